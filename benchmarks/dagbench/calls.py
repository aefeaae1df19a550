"""Calls a step's code many times in one interpreter: `python calls.py TIMES FUNCTION NUMBER OUTPUT INPUT...`.

Prints how many seconds a call took, reading and writing included.
"""

from __future__ import annotations

import sys
import time

from dagbench import step


def main() -> None:
    """Time the calls; the first one, which warms up, does not count."""
    times = int(sys.argv.pop(1))
    step.main()
    started = time.perf_counter()
    for _ in range(times):
        step.main()
    print((time.perf_counter() - started) / times)


if __name__ == "__main__":
    main()
