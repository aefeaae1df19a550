"""Reports what keeps a machine from finding the results of others in the remote cache.

Whoever writes to the cache runs, once for all steps that ask the machine for the same things, a tiny process whose key
holds only what they ask for, and whose result is what the machine has. Any other machine that asks for the same gets that
result, however much it differs, and compares.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import Dict, Iterable, List, Mapping, Optional, Tuple

from pants.engine.internals.session import RunId
from pants.engine.platform import Platform
from pants.engine.process import Process, ProcessResultMetadata
from pants.engine.rules import Rule, collect_rules, rule
from pants.option.global_options import GlobalOptions
from pants.util.logging import LogLevel

from wombat import compat
from wombat.graph.machines import (
    MACHINE_VARIABLE_PREFIX,
    machine_differences,
    machine_variable,
    machine_warning,
    read_machine,
    unknown_machines,
)
from wombat.graph.params import canonical_json
from wombat.rules.plan import StepPlan
from wombat.rules.step_library import StepLibrary
from wombat.rules.venv import BASE_ENVIRONMENT, REMOTE_CACHE_WAIT_MS

logger = logging.getLogger(__name__)

_MOST_KINDS = 8
"""How many kinds of machines that write are asked for: each costs a question to the cache."""


@dataclass(frozen=True)
class Machine:
    """What a step reads of the machine that it runs on.

    :param asked: what the repository asks for, as JSON: the same on all machines.
    :param has: what this machine has for it, by the names of `wombat.graph.machines`.
    """

    asked: str
    has: Tuple[Tuple[str, str], ...]


def machine_of(plan: StepPlan, library: StepLibrary) -> Machine:
    """What a step reads of this machine."""
    if plan.code is not None:
        interpreter = plan.code.venv.interpreter
        asked = {"requirements": plan.code.declared}
        has = {"requirements": plan.code.venv.pex.fingerprint}
    else:
        assert plan.program is not None, "A plan has code or a program."
        program = plan.program
        interpreter = program.interpreter
        shell, *arguments = program.args
        asked = {"program": program.digest.fingerprint, "arguments": canonical_json(arguments)}
        mounted = {path: digest.fingerprint for path, digest in program.immutable_input_digests.items()}
        has = {"shell": shell, "tools": canonical_json([dict(program.env), mounted])}
    has.update(interpreter=interpreter.path, release=interpreter.fingerprint, step_library=library.digest.fingerprint)
    return Machine(canonical_json(asked), tuple(sorted(has.items())))


@dataclass(frozen=True)
class OtherMachineRequest:
    """Asks whether results for `machine` were written by others only, and leaves word of it if it writes itself."""

    machine: Machine


@dataclass(frozen=True)
class OtherMachine:
    """What the one has that was the last to write for the first time.

    :param has: None if no other wrote, or one that has the same.
    :param is_unknown: whether nobody wrote, as far as this machine can see, which does not write either.
    """

    has: Optional[Mapping[str, str]] = None
    is_unknown: bool = False


@rule(desc="Compare with other machines", level=LogLevel.DEBUG)
async def find_other_machine(request: OtherMachineRequest, options: GlobalOptions, run_id: RunId) -> OtherMachine:
    if not (options.remote_cache_read or options.remote_cache_write):
        return OtherMachine()
    machine = request.machine
    here = dict(machine.has)
    others: List[Dict[str, str]] = []
    while len(others) < _MOST_KINDS:
        process = Process(
            # Without the variable it fails, and failures are not kept: who only reads asks again the next time.
            ("/bin/sh", "-c", f"env | grep '^{MACHINE_VARIABLE_PREFIX}'"),
            description="Compare with other machines",
            level=LogLevel.DEBUG,
            env={
                **BASE_ENVIRONMENT,
                "ASKED": machine.asked,
                # A machine that differs from those before leaves word after them.
                "BEFORE": canonical_json(others),
            },
            execution_slot_variable=machine_variable(here) if options.remote_cache_write else None,
            remote_cache_speculation_delay_millis=REMOTE_CACHE_WAIT_MS,
        )
        result = await compat.fallible_process(process)
        found = read_machine(result.stdout) if result.exit_code == 0 else None
        if found is None:
            break
        if found == here:
            if result.metadata.source(run_id) is ProcessResultMetadata.Source.RAN:
                break
            return OtherMachine()
        others.append(found)
    return OtherMachine(others[-1]) if others else OtherMachine(is_unknown=not options.remote_cache_write)


other_machine = compat.caller(find_other_machine, OtherMachineRequest, OtherMachine)


async def tell_of_machine(ran: Mapping[str, Machine]) -> None:
    """Warn of what keeps this machine from using the results of others, and say where none are known.

    :param ran: by its address, what each step read of the machine that ran and could have been found.
    """
    steps: Dict[Machine, List[str]] = defaultdict(list)
    for address, machine in ran.items():
        steps[machine].append(address)
    others = await compat.concurrently(other_machine(OtherMachineRequest(machine)) for machine in steps)
    concerned: List[str] = []
    unknown: List[str] = []
    differences: Dict[str, None] = {}
    for machine, other in zip(steps, others):
        if other.is_unknown:
            unknown.extend(steps[machine])
        found = [] if other.has is None else machine_differences(other.has, dict(machine.has))
        if found:
            concerned.extend(steps[machine])
            differences.update(dict.fromkeys(found))
    if differences:
        logger.warning(machine_warning(sorted(concerned), list(differences)))
    if unknown:
        logger.info(unknown_machines(sorted(unknown), Platform.create_for_localhost().value))


def rules() -> Iterable[Rule]:
    return collect_rules()
