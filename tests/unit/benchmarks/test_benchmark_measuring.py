"""Tests of how the benchmark measures: processes, the bare script, medians, large files."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dagbench import bare, file_work, large
from dagbench.graphs import expected_versions, graph_of, output_bytes, source_values
from dagbench.processes import (
    CommandError,
    Usage,
    descendants,
    end_all_in,
    end_tree,
    machine_cpu_s,
    measure,
    parse_stat,
    peak_mib,
    tree_cpu_s,
)
from dagbench.repository import addresses_of, write_source
from dagbench.scenarios import (
    FIRST,
    UNCHANGED,
    GraphOutcome,
    Outcome,
    as_document,
    bare_plan,
    merged,
    wrong_in_record,
)

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the benchmark reads /proc")

_BURN_CPU = "import time\nwhile time.process_time() < {seconds}: pass"


def test_a_stat_line_is_read_whatever_the_program_is_called() -> None:
    line = b"42 (a) b (c)) S 7 42 42 34816 1 0 0 0 0 0 150 50 30 20 20 0 1 0 99"

    stat = parse_stat(42, line)
    assert (stat.pid, stat.state, stat.parent, stat.terminal) == (42, "S", 7, 34816)
    assert stat.cpu_s == pytest.approx(250 / os.sysconf("SC_CLK_TCK"))


def test_a_command_is_measured_with_its_children(tmp_path: Path) -> None:
    burn = _BURN_CPU.format(seconds=0.15)
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\n{burn}\nprint('done')"

    usage = measure([sys.executable, "-c", code], directory=tmp_path, environment=os.environ, log=tmp_path / "logs/a")
    assert usage.cpu_s >= 0.3
    assert usage.wall_s >= 0.3
    assert usage.client_peak_mib > 1
    assert usage.daemon_peak_mib == 0
    assert (tmp_path / "logs/a.out").read_text() == "done\n"


def test_what_a_daemon_and_its_children_use_during_a_command_counts(tmp_path: Path) -> None:
    burn = _BURN_CPU.format(seconds=0.3)
    code = f"import subprocess, sys\nsys.stdin.readline()\nsubprocess.run([sys.executable, '-c', {burn!r}])\ninput()"
    daemon = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert daemon.stdin is not None
    try:
        command = ["sh", "-c", f"echo go >/proc/{os.getpid()}/fd/{daemon.stdin.fileno()}; sleep 1"]
        usage = measure(command, directory=tmp_path, environment=os.environ, log=tmp_path / "log", daemon=daemon.pid)
    finally:
        daemon.kill()
        daemon.wait()
    assert usage.cpu_s >= 0.25
    assert usage.daemon_peak_mib > 1


def test_a_command_that_fails_is_an_error_with_what_it_printed(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo it broke >&2; exit 3"]

    with pytest.raises(CommandError, match=r"(?s)ended with exit code 3.*it broke"):
        measure(command, directory=tmp_path, environment=os.environ, log=tmp_path / "log")


def test_a_process_tree_is_ended_as_a_whole() -> None:
    process = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60"], start_new_session=True)
    deadline = time.monotonic() + 10
    while len(descendants(process.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    below = descendants(process.pid)

    end_tree(process.pid, patience_s=0.2)
    assert process.wait(10) != 0
    assert len(below) == 2
    assert not [pid for pid in below if peak_mib(pid)]


def test_what_works_in_a_directory_without_a_terminal_is_ended(tmp_path: Path) -> None:
    inside = tmp_path / "inside" / "deep"
    inside.mkdir(parents=True)
    (tmp_path / "insider").mkdir()
    ended = subprocess.Popen(["sleep", "60"], cwd=inside, start_new_session=True)
    spared = subprocess.Popen(["sleep", "60"], cwd=tmp_path / "insider", start_new_session=True)
    try:
        end_all_in(tmp_path / "inside")
        assert ended.wait(10) != 0
        assert spared.poll() is None
    finally:
        spared.kill()
        spared.wait()


def test_cpu_time_counts_up() -> None:
    own, machine = tree_cpu_s(os.getpid()), machine_cpu_s()
    deadline = time.process_time() + 0.1
    while time.process_time() < deadline:
        pass

    assert tree_cpu_s(os.getpid()) - own >= 0.05
    assert machine_cpu_s() - machine >= 0.05


def test_the_bare_script_makes_the_right_data(tmp_path: Path) -> None:
    graph = graph_of("layers", 30)
    sources = source_values(graph)
    for part in ("data", "out"):
        (tmp_path / part).mkdir()
    for name, rows in sources.items():
        write_source(tmp_path, name, rows)
    plan = bare_plan(graph, sys.executable, tmp_path / "data", tmp_path / "out")
    (tmp_path / "plan.json").write_text(json.dumps(plan))

    root = Path(bare.__file__).parent
    environment = {**os.environ, "PYTHONPATH": str(root.parent)}
    command = [sys.executable, str(root / "bare.py"), str(tmp_path / "plan.json"), "2"]
    subprocess.run(command, check=True, env=environment)

    for name, version in expected_versions(graph, sources).items():
        assert hashlib.sha256((tmp_path / "out" / f"{name}.jsonl").read_bytes()).hexdigest() == version


def test_the_bare_script_runs_what_can_run_at_once_and_the_rest_in_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    commands = [["sh", "-c", f"echo {number} >>{log}"] for number in range(4)]

    bare.run([(commands[0], []), (commands[1], [0]), (commands[2], [0]), (commands[3], [1, 2])], 2)

    order = log.read_text().split()
    assert (order[0], order[-1]) == ("0", "3")
    assert sorted(order) == ["0", "1", "2", "3"]


def test_the_bare_script_stops_at_a_failure(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        bare.run([(["false"], []), (["touch", str(tmp_path / "made")], [0]), (["false"], [1])], 1)


def usage(wall_s: float) -> Usage:
    return Usage(wall_s=wall_s, cpu_s=2 * wall_s)


def repetition(*wall_s: float, ran: int = 0) -> GraphOutcome:
    first, unchanged = wall_s
    outcomes = (Outcome(FIRST, usage(first), 3, 3), Outcome(UNCHANGED, usage(unchanged), ran, 0))
    return GraphOutcome(outcomes, usage(first), usage(unchanged))


def test_repetitions_are_merged_into_medians() -> None:
    outcome = merged([repetition(1, 5), repetition(9, 4), repetition(2, 6)])

    assert [one.usage.wall_s for one in outcome.outcomes] == [2, 5]
    assert [one.usage.cpu_s for one in outcome.outcomes] == [4, 10]
    assert outcome.daemon_start.wall_s == 2
    assert outcome.restore.wall_s == 5
    assert all(one.is_right for one in outcome.outcomes)


def test_one_wrong_repetition_makes_the_whole_wrong() -> None:
    outcome = merged([repetition(1, 1), repetition(1, 1, ran=7), repetition(1, 1)])

    assert [(one.steps_ran, one.is_right) for one in outcome.outcomes] == [(3, True), (7, False)]
    assert [one["is_right"] for one in as_document(outcome)["outcomes"]] == [True, False]


def test_data_is_right_only_if_every_dataset_has_the_right_version() -> None:
    graph = graph_of("chain", 3)
    addresses = addresses_of(graph)
    versions = expected_versions(graph, source_values(graph))
    record = {"datasets": [{"address": addresses[name], "version": version} for name, version in versions.items()]}

    assert wrong_in_record(record, versions, addresses) == ""
    record["datasets"][1]["version"] = hashlib.sha256(output_bytes(0)).hexdigest()
    assert "1 of 3 datasets are not what they should be; the first, part_00:d_0001," in wrong_in_record(
        record, versions, addresses
    )
    assert "3 of 3 datasets" in wrong_in_record({"datasets": []}, versions, addresses)


@pytest.mark.parametrize("size_bytes", [0, 10, 3 * (1 << 20) + 17])
def test_a_large_file_has_its_size_and_comes_out_of_the_steps_as_foretold(size_bytes: int, tmp_path: Path) -> None:
    version = large.write_noise(tmp_path / "0", size_bytes)

    for number, by in enumerate(large.ROTATIONS):
        file_work.rotate(tmp_path / str(number), tmp_path / str(number + 1), by=by)
    assert (tmp_path / "0").stat().st_size == size_bytes
    last = (tmp_path / str(len(large.ROTATIONS))).read_bytes()
    assert hashlib.sha256(last).hexdigest() == version
