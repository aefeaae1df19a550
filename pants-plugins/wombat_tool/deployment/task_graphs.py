"""What is wrong with a graph of tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def graph_problems(needs: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Tasks that need what is not there, or each other; each problem as a sentence.

    :param needs: for each task the tasks that come before it.
    """
    for task, others in needs.items():
        for other in others:
            if other not in needs:
                yield f"The task {task} depends on {other!r}, which is not there."
    circle = _cycle(needs)
    if circle:
        yield f"Tasks wait for each other: {' -> '.join(circle)}."


def _cycle(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Tasks that wait for each other, the first of them again at the end; none if there are none."""
    done: set[str] = set()
    for start in needs:
        path: dict[str, None] = {}
        waiting = [(start, False)]
        while waiting:
            name, is_left = waiting.pop()
            if is_left:
                del path[name]
                done.add(name)
            elif name in path:
                circle = list(path)
                return [*circle[circle.index(name) :], name]
            elif name not in done and name in needs:
                path[name] = None
                waiting.append((name, True))
                waiting += [(need, False) for need in needs[name]]
    return []
