"""The generated graphs: their steps, the data that is right for them, and how many steps have to run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHAPES = ("layers", "chain", "wide")

LAYERS = 10
# With layers of 100 steps, these make one changed input of the first layer reach 210 steps.
_READ_BEFORE = (0, 1, 7)
_READ_BEFORE_IF_NARROW = (0, 1, 2)
_STEPS_IN_A_DIRECTORY = 100

# As in `work.py`, whose results are checked against what is computed here.
_MODULUS = 2**61 - 1


@dataclass(frozen=True)
class Step:
    """A step that reads some datasets and makes one.

    :param function: in `work.py`.
    :param number: counts from 0 through the graph; the step's parameter `step`, so that no two steps are the same.
    :param directory: of the BUILD file that declares the step.
    :param inputs: names of datasets, in the order of the function's parameters x0, x1 ...
    """

    name: str
    function: str
    number: int
    directory: str
    inputs: tuple[str, ...]
    output: str


@dataclass(frozen=True)
class Graph:
    """Steps in an order in which they can run.

    :param sources: names of the datasets that are files of the repository.
    :param finals: names of the datasets that nothing reads.
    """

    shape: str
    sources: tuple[str, ...]
    steps: tuple[Step, ...]
    finals: tuple[str, ...]


def graph_of(shape: str, steps: int) -> Graph:
    """The graph of a shape.

    * layers: ten layers of equally many steps, each of which reads three of the layer before.
    * chain: each step reads the one before.
    * wide: steps that do not depend on each other, and one that reads them all.

    :raises ValueError: if there is no such graph of that many steps.
    """
    if shape == "layers":
        return _layers(steps)
    if shape == "chain":
        return _chain(steps)
    if shape == "wide":
        return _wide(steps)
    raise ValueError(f"The shape must be one of {', '.join(SHAPES)}, but was {shape!r}.")


def _layers(steps: int) -> Graph:
    width, rest = divmod(steps, LAYERS)
    if rest or width < len(_READ_BEFORE):
        raise ValueError(
            f"A graph of {LAYERS} layers must have a multiple of {LAYERS} steps, and at least "
            f"{LAYERS * len(_READ_BEFORE)}, but {steps} were asked for."
        )
    read_before = _READ_BEFORE if width > max(_READ_BEFORE) else _READ_BEFORE_IF_NARROW
    sources = tuple(f"in_{i:04}" for i in range(width))
    made: list[Step] = []
    before: Sequence[str] = sources
    for layer in range(LAYERS):
        for i in range(width):
            inputs = (before[i],) if layer == 0 else tuple(before[(i + k) % width] for k in read_before)
            function = "start" if layer == 0 else "combine"
            made.append(_step(layer * width + i, function, inputs, f"layer_{layer:02}"))
        before = [step.output for step in made[-width:]]
    return Graph("layers", sources, tuple(made), tuple(before))


def _chain(steps: int) -> Graph:
    if steps < 1:
        raise ValueError(f"A chain must have at least one step, but {steps} were asked for.")
    made: list[Step] = []
    before = "in_0000"
    for number in range(steps):
        made.append(_step(number, "start", (before,)))
        before = made[-1].output
    return Graph("chain", ("in_0000",), tuple(made), (before,))


def _wide(steps: int) -> Graph:
    if steps < 2:
        raise ValueError(f"A wide graph must have at least two steps, but {steps} were asked for.")
    sources = tuple(f"in_{i:04}" for i in range(steps - 1))
    made = [_step(number, "start", (source,)) for number, source in enumerate(sources)]
    made.append(_step(steps - 1, "gather", tuple(step.output for step in made)))
    return Graph("wide", sources, tuple(made), (made[-1].output,))


def _step(number: int, function: str, inputs: tuple[str, ...], directory: str = "") -> Step:
    where = directory or f"part_{number // _STEPS_IN_A_DIRECTORY:02}"
    return Step(f"s_{number:04}", function, number, where, inputs, f"d_{number:04}")


def source_values(graph: Graph) -> dict[str, tuple[int, int]]:
    """What the two rows of each source hold to begin with."""
    return {name: (i, 2 * i + 1) for i, name in enumerate(graph.sources)}


def changed(values: Mapping[str, tuple[int, int]], name: str) -> dict[str, tuple[int, int]]:
    """The same, but for one source."""
    first, second = values[name]
    return {**values, name: (first, second + 1000)}


def source_bytes(rows: Sequence[int], *, spaced: bool = False) -> bytes:
    """JSON lines.

    :param spaced: with other white space, which means the same.
    """
    line = '{ "v" :  %d }\n' if spaced else '{"v": %d}\n'
    return "".join(line % value for value in rows).encode()


def expected_values(graph: Graph, sources: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """The one value that each step's output has to hold, by name of the dataset."""
    values: dict[str, int] = {}
    for step in graph.steps:
        read = [values[name] if name in values else sum(sources[name]) for name in step.inputs]
        factors = {"start": [3], "combine": [1, 3, 7]}.get(step.function, [1] * len(read))
        values[step.output] = (sum(f * v for f, v in zip(factors, read)) + step.number) % _MODULUS
    return values


def output_bytes(value: int) -> bytes:
    """How a step's output has to look: one JSON line without blanks."""
    return b'{"v":%d}\n' % value


def expected_versions(graph: Graph, sources: Mapping[str, Sequence[int]]) -> dict[str, str]:
    """The version of each step's output, which is the SHA-256 of its bytes."""
    values = expected_values(graph, sources)
    return {name: hashlib.sha256(output_bytes(value)).hexdigest() for name, value in values.items()}


class IdealCache:
    """What has to run if a step runs only when it never read the same bytes before."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._seen: set[tuple[int, tuple[bytes, ...]]] = set()

    def steps_to_run(self, sources: Mapping[str, Sequence[int]], spaced: Sequence[str] = ()) -> int:
        """Run the graph once and count the steps that were not in the cache; now they are.

        :param spaced: names of sources that are written with other white space.
        """
        content = {name: source_bytes(rows, spaced=name in spaced) for name, rows in sources.items()}
        content.update({name: output_bytes(value) for name, value in expected_values(self._graph, sources).items()})
        ran = 0
        for step in self._graph.steps:
            key = (step.number, tuple(content[name] for name in step.inputs))
            if key not in self._seen:
                self._seen.add(key)
                ran += 1
        return ran
