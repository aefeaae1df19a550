"""A machine that differs from those that fill the remote cache hears of it, and leaves word only if it writes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Dict, List, Mapping, Optional, Tuple

import pytest
from pants.engine.platform import Platform
from pants.engine.process import Process, ProcessResultMetadata

from wombat import compat
from wombat.graph.machines import read_machine
from wombat.rules import machine as machine_rules
from wombat.rules.machine import Machine, OtherMachine, OtherMachineRequest, find_other_machine, tell_of_machine

OLD, NEW, MINE = ({"interpreter": f"/{name}/python"} for name in ("old", "new", "mine"))


@dataclass
class Cache:
    """Results by what is part of the key of a process, and no more, as a remote cache has them."""

    results: Dict[Tuple[Tuple[str, ...], Tuple[Tuple[str, str], ...]], bytes] = field(default_factory=dict)
    asked: int = 0

    def run(self, process: Process) -> Any:
        """A result from the cache, or what the process does on this machine."""
        self.asked += 1
        key = (process.argv, tuple(sorted(process.env.items())))
        ran = key not in self.results
        if ran and process.execution_slot_variable is not None:
            self.results[key] = f"PATH=/bin\n{process.execution_slot_variable}=0\n".encode()
        stdout = self.results.get(key, b"")
        source = ProcessResultMetadata.Source.RAN if ran else ProcessResultMetadata.Source.HIT_REMOTELY
        metadata = SimpleNamespace(source=lambda run_id: source)
        return SimpleNamespace(exit_code=0 if stdout else 1, stdout=stdout, metadata=metadata)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch) -> Cache:
    """The cache that all machines share."""
    cache = Cache()

    async def run(process: Process) -> Any:
        return cache.run(process)

    monkeypatch.setattr(compat, "fallible_process", run)
    return cache


def hear(machine: Machine, *, writes: bool, reads: bool = True) -> OtherMachine:
    """What a machine hears of another one."""
    options: Any = SimpleNamespace(remote_cache_read=reads, remote_cache_write=writes)
    rule = find_other_machine.rule.func  # type: ignore[attr-defined]
    other = asyncio.run(rule(OtherMachineRequest(machine), options, 1))
    assert isinstance(other, OtherMachine)
    return other


def machine(has: Mapping[str, str], asked: str = "numpy") -> Machine:
    """A machine that is asked for something and has something."""
    return Machine(asked, tuple(sorted(has.items())))


def ask(has: Mapping[str, str], *, writes: bool, reads: bool = True, asked: str = "numpy") -> Optional[Mapping[str, str]]:
    """What another machine has, as a machine hears of it."""
    return hear(machine(has, asked), writes=writes, reads=reads).has


def test_the_first_machine_hears_of_none(cache: Cache) -> None:
    assert ask(OLD, writes=True) is None
    assert [read_machine(stdout) for stdout in cache.results.values()] == [OLD]


@pytest.mark.parametrize("writes", [True, False])
def test_a_machine_like_another_one_hears_of_none(cache: Cache, writes: bool) -> None:
    ask(OLD, writes=True)

    assert ask(OLD, writes=writes) is None
    assert len(cache.results) == 1


def test_a_machine_that_reads_hears_of_another_one_each_time_and_leaves_nothing(cache: Cache) -> None:
    ask(OLD, writes=True)

    assert [ask(MINE, writes=False), ask(MINE, writes=False)] == [OLD, OLD]
    assert len(cache.results) == 1


def test_a_machine_that_writes_hears_of_another_one_once(cache: Cache) -> None:
    ask(OLD, writes=True)

    assert [ask(NEW, writes=True), ask(NEW, writes=True)] == [OLD, None]


def test_the_latest_machine_is_what_counts(cache: Cache) -> None:
    ask(OLD, writes=True)
    ask(NEW, writes=True)

    assert ask(MINE, writes=False) == NEW
    assert ask(OLD, writes=False) is None


def test_machines_that_are_asked_for_other_things_are_not_compared(cache: Cache) -> None:
    ask(OLD, writes=True)

    assert ask(MINE, writes=False, asked="numpy, of another lock file") is None


def test_many_kinds_of_machines_cost_few_questions(cache: Cache) -> None:
    kinds: List[Dict[str, str]] = [{"interpreter": f"/{number}/python"} for number in range(20)]
    for kind in kinds:
        ask(kind, writes=True)
    cache.asked = 0

    assert ask(MINE, writes=False) is not None
    assert cache.asked == 8


def test_without_a_remote_cache_nothing_is_asked(cache: Cache) -> None:
    assert ask(OLD, writes=False, reads=False) is None
    assert cache.asked == 0


def test_who_only_reads_hears_that_nobody_is_known(cache: Cache) -> None:
    assert [hear(machine(MINE), writes=writes).is_unknown for writes in (False, True, False)] == [True, False, False]


def test_what_differs_is_a_warning_and_what_is_not_known_a_hint(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = {machine(MINE): OtherMachine(OLD), machine(MINE, "pandas"): OtherMachine(is_unknown=True)}

    async def answers(_: Any) -> Any:
        return [*known.values()]

    monkeypatch.setattr(compat, "concurrently", answers)
    monkeypatch.setattr(machine_rules, "other_machine", lambda _: None)
    first, second = known
    with caplog.at_level(logging.INFO):
        asyncio.run(tell_of_machine({"p:a": first, "p:b": second, "p:c": first}))

    (warned, hinted) = caplog.records
    assert warned.levelname == "WARNING"
    assert "these ran: p:a, p:c.\n  path of the Python of steps: /old/python there, /mine/python here" in warned.message
    assert hinted.levelname == "INFO"
    assert "no machine that made results for p:b:" in hinted.message
    assert f"another platform than {Platform.create_for_localhost().value}" in hinted.message


def test_a_machine_like_others_hears_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async def answers(_: Any) -> Any:
        return [OtherMachine()]

    monkeypatch.setattr(compat, "concurrently", answers)
    with caplog.at_level(logging.INFO):
        asyncio.run(tell_of_machine({"p:a": machine(MINE)}))

    assert caplog.messages == []
