"""Tests of the generated graphs: how many steps have to run, which data is right, and what is written for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dagbench import work
from dagbench.graphs import (
    SHAPES,
    Graph,
    IdealCache,
    changed,
    expected_values,
    expected_versions,
    graph_of,
    output_bytes,
    source_bytes,
    source_values,
)
from dagbench.repository import addresses_of, build_files, source_path, write_graph, write_settings, write_source


def downstream(graph: Graph, source: str) -> set[str]:
    """The steps that read something that is made from a source."""
    touched = {source}
    found = set()
    for step in graph.steps:
        if touched.intersection(step.inputs):
            touched.add(step.output)
            found.add(step.name)
    return found


def counts(graph: Graph) -> tuple[int, ...]:
    """How many steps run in the six scenarios."""
    cache, original, first = IdealCache(graph), source_values(graph), graph.sources[0]
    runs = [original, original, changed(original, first), original, original]
    return (*(cache.steps_to_run(sources) for sources in runs), cache.steps_to_run(original, [first]))


@pytest.mark.parametrize(
    ("shape", "steps", "expected"),
    [
        pytest.param("layers", 1000, (1000, 0, 210, 0, 0, 1), id="the-layered-graph-of-the-comparison"),
        pytest.param("layers", 100, (100, 0, 79, 0, 0, 1), id="layers-of-ten"),
        pytest.param("layers", 30, (30, 0, 28, 0, 0, 1), id="the-smallest-layers"),
        pytest.param("chain", 1000, (1000, 0, 1000, 0, 0, 1), id="chain"),
        pytest.param("chain", 1, (1, 0, 1, 0, 0, 1), id="one-step"),
        pytest.param("wide", 101, (101, 0, 2, 0, 0, 1), id="wide"),
    ],
)
def test_the_six_scenarios_run_known_numbers_of_steps(shape: str, steps: int, expected: tuple[int, ...]) -> None:
    assert counts(graph_of(shape, steps)) == expected


@pytest.mark.parametrize("shape", SHAPES)
def test_a_changed_input_runs_exactly_what_is_downstream(shape: str) -> None:
    graph = graph_of(shape, 120)

    assert counts(graph)[2] == len(downstream(graph, graph.sources[0]))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("steps", [30, 120, 1000])
def test_a_graph_has_as_many_steps_as_asked_for_each_after_what_it_reads(shape: str, steps: int) -> None:
    graph = graph_of(shape, steps)

    assert len(graph.steps) == steps
    known = set(graph.sources)
    for number, step in enumerate(graph.steps):
        assert step.number == number
        assert known.issuperset(step.inputs)
        assert len(set(step.inputs)) == len(step.inputs)
        known.add(step.output)
    read = {name for step in graph.steps for name in step.inputs}
    assert known - read == set(graph.finals)


@pytest.mark.parametrize("steps", [30, 60, 80, 1000])
def test_steps_of_all_layers_but_the_first_read_three_of_the_layer_before(steps: int) -> None:
    graph = graph_of("layers", steps)
    layer_of = {step.output: step.directory for step in graph.steps}

    layers = sorted(set(layer_of.values()))
    assert len(layers) == 10
    for step in graph.steps[steps // 10 :]:
        assert len(step.inputs) == 3
        assert {layers.index(layer_of[name]) for name in step.inputs} == {layers.index(step.directory) - 1}


@pytest.mark.parametrize(
    ("shape", "steps", "message"),
    [
        pytest.param("layers", 1001, "multiple of 10 steps, and at least 30, but 1001", id="no-whole-layers"),
        pytest.param("layers", 20, "multiple of 10 steps, and at least 30, but 20", id="too-narrow"),
        pytest.param("chain", 0, "at least one step, but 0", id="empty-chain"),
        pytest.param("wide", 1, "at least two steps, but 1", id="nothing-to-gather"),
        pytest.param("ring", 10, "one of layers, chain, wide, but was 'ring'", id="unknown-shape"),
    ],
)
def test_what_cannot_be_made_is_refused(shape: str, steps: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        graph_of(shape, steps)


@pytest.mark.parametrize("shape", SHAPES)
def test_expected_values_are_what_the_steps_functions_return(shape: str) -> None:
    graph = graph_of(shape, 120)
    sources = changed(source_values(graph), graph.sources[-1])

    rows = {name: [json.loads(line) for line in source_bytes(v).splitlines()] for name, v in sources.items()}
    for step in graph.steps:
        function = getattr(work, step.function)
        rows[step.output] = function(**{f"x{i}": rows[name] for i, name in enumerate(step.inputs)}, step=step.number)
    expected = expected_values(graph, sources)
    assert {name: rows[name] for name in expected} == {name: [{"v": value}] for name, value in expected.items()}


def test_a_change_is_seen_in_every_dataset_downstream_of_a_long_chain() -> None:
    graph = graph_of("chain", 1000)
    original = source_values(graph)

    before = expected_versions(graph, original)
    after = expected_versions(graph, changed(original, graph.sources[0]))
    assert all(before[name] != after[name] for name in before)


def test_other_white_space_is_another_file_with_the_same_rows() -> None:
    plain, spaced = source_bytes([1, 2]), source_bytes([1, 2], spaced=True)

    assert plain != spaced
    assert [json.loads(line) for line in plain.splitlines()] == [json.loads(line) for line in spaced.splitlines()]


def test_a_version_is_the_sha256_of_one_line_of_json() -> None:
    assert output_bytes(7) == b'{"v":7}\n'
    graph = graph_of("chain", 1)
    # 3 * (0 + 1) + 0, and `printf '{"v":3}\n' | sha256sum`.
    assert expected_versions(graph, {"in_0000": (0, 1)}) == {
        "d_0000": "dbba4edb513d0136041076294151d58758b7432cd95e1234e93e77108a9d18d7"
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_the_build_files_declare_the_graph(shape: str) -> None:
    graph = graph_of(shape, 120)

    declared: dict[str, dict[str, object]] = {}
    for directory, text in build_files(graph).items():
        for kind, fields in targets_in(text):
            if "name" in fields:
                declared[f"{directory}:{fields['name']}"] = {"kind": kind, **fields}
    addresses = addresses_of(graph)
    assert sum(target["kind"] == "pipeline_step" for target in declared.values()) == 120
    assert {name for name, target in declared.items() if target["kind"] == "dataset"} == set(addresses.values())
    for step in graph.steps:
        target = declared[f"{step.directory}:{step.name}"]
        assert target["entry_point"] == f"work.py:{step.function}"
        assert target["inputs"] == {f"x{i}": addresses[name] for i, name in enumerate(step.inputs)}
        assert target["outputs"] == [f":{step.output}"]
        assert target["params"] == {"step": step.number}
    assert declared[".:pipeline"]["outputs"] == [addresses[name] for name in graph.finals]


def targets_in(text: str) -> list[tuple[str, dict[str, object]]]:
    """What a BUILD file declares."""
    found: list[tuple[str, dict[str, object]]] = []

    def declare(kind: str) -> object:
        return lambda **fields: found.append((kind, fields))

    kinds = ("dataset", "pipeline", "pipeline_step", "python_sources")
    exec(text, {kind: declare(kind) for kind in kinds})
    return found


def test_a_repository_has_settings_sources_and_functions_beside_each_build_file_with_steps(tmp_path: Path) -> None:
    graph = graph_of("wide", 120)
    root = tmp_path / "repository"

    write_settings(root, plugins=tmp_path / "plugins", scratch=tmp_path, workers=3)
    write_graph(root, graph, source_values(graph))
    write_source(root, "in_0003", [1, 2], spaced=True)

    settings = (root / "pants.toml").read_text()
    assert f'pythonpath = ["{tmp_path}/plugins"]' in settings
    assert f'local_store_dir = "{tmp_path}/store"' in settings
    assert "process_execution_local_parallelism = 3" in settings
    assert "{" not in settings
    assert sorted(path.parent.name for path in root.glob("*/work.py")) == ["part_00", "part_01"]
    assert source_path(root, "in_0002").read_bytes() == b'{"v": 2}\n{"v": 5}\n'
    assert source_path(root, "in_0003").read_bytes() == b'{ "v" :  1 }\n{ "v" :  2 }\n'


def test_requirements_come_from_a_lock_file(tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text("pyarrow==1.0 --hash=sha256:0\n")
    root = tmp_path / "repository"

    write_settings(root, plugins=tmp_path, scratch=tmp_path, workers=1, lock=lock, requirement="pyarrow")

    assert (root / "requirements.lock").read_text() == lock.read_text()
    assert 'default_resolve = "requirements"' in (root / "pants.toml").read_text()
    assert 'python_requirement(name="pyarrow", requirements=["pyarrow"])' in (root / "BUILD").read_text()
    assert "\nimport pyarrow\n" in (root / "probe" / "probe.py").read_text()
