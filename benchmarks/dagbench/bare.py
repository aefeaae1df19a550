"""The bare script: starts the commands of a graph's steps in order, some at once, and remembers nothing.

    python bare.py PLAN WORKERS

PLAN is a JSON file, a list of [command, numbers of the commands that have to be done before].
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading

Plan = list[tuple[list[str], list[int]]]


def run(plan: Plan, workers: int) -> None:
    """Run all commands, each after those that it waits for.

    :param workers: how many run at once.
    :raises subprocess.CalledProcessError: if one fails.
    """
    waits = [len(after) for _, after in plan]
    then: list[list[int]] = [[] for _ in plan]
    for number, (_, after) in enumerate(plan):
        for one in after:
            then[one].append(number)
    ready: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number, count in enumerate(waits):
        if count == 0:
            ready.put(number)
    lock = threading.Lock()
    left = len(plan)
    errors: list[Exception] = []

    def work() -> None:
        nonlocal left
        while True:
            number = ready.get()
            if number < 0:
                return
            try:
                subprocess.run(plan[number][0], check=True)
            except (OSError, subprocess.CalledProcessError) as error:
                errors.append(error)
            with lock:
                left -= 1
                for one in then[number]:
                    waits[one] -= 1
                    if waits[one] == 0:
                        ready.put(one)
                if left == 0 or errors:
                    for _ in range(workers):
                        ready.put(-1)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as opened:
        run(json.load(opened), int(sys.argv[2]))
