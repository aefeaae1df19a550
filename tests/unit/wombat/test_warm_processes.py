"""Processes that Pants may hand to a warm server: what starts it, and what is the request."""

from __future__ import annotations

from typing import Tuple

import pytest
from pants.engine.fs import EMPTY_DIGEST
from pants.engine.process import Process
from pants.option.global_options import KeepSandboxes
from pants.util.frozendict import FrozenDict

from wombat.rules.interpreter import Interpreter
from wombat.rules.tool import Tool
from wombat.rules.venv import Venv, warm_mounts

_VENV = Venv(
    pex=EMPTY_DIGEST,
    environment=FrozenDict({"WOMBAT_VENV": ".cache/venv"}),
    append_only_caches=FrozenDict({"pex_root": ".cache/pex_root"}),
    interpreter=Interpreter("/usr/bin/python3", "cpython 3.9.18"),
)


def taken_apart(argv: Tuple[str, ...]) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    """What starts a server, and the request, as Pants 2.17 divides a command line (parsed_jvm_command_lines.rs)."""
    place = argv.index("-cp") + 2
    # What begins so would belong to the server; the first other word is the name of the request.
    assert not argv[place].startswith(("-", "@"))
    return argv[:place], argv[place:]


def process(*arguments: str, warm: Tuple[str, ...] = ("lib", "venv")) -> Process:
    return Tool(EMPTY_DIGEST, _VENV, warm).process(*arguments, description="Look at data")


def test_all_commands_are_requests_to_the_same_server() -> None:
    one, other = process("preview", "--rows", "3"), process("-h", "@file", "-cp", "x", "")

    server, request = taken_apart(one.argv)
    assert server == ("/usr/bin/python3", "-sB", "lib/enter_venv.py", "wombat_tool", "-cp", "lib")
    assert request == ("run", "preview", "--rows", "3")
    assert taken_apart(other.argv) == (server, ("run", "-h", "@file", "-cp", "x", ""))
    # The server has the variables and caches of the process that it was started for.
    assert (one.env, one.append_only_caches) == (other.env, other.append_only_caches)


def test_another_package_has_another_server() -> None:
    assert taken_apart(_VENV.argv("wombat_step")) == (
        ("/usr/bin/python3", "-sB", "lib/enter_venv.py", "wombat_step", "-cp", "lib"),
        ("run",),
    )


@pytest.mark.parametrize("keep_sandboxes", list(KeepSandboxes))
def test_only_what_need_not_be_kept_runs_in_a_server(keep_sandboxes: KeepSandboxes) -> None:
    expected = {"lib", "venv"} if keep_sandboxes is KeepSandboxes.never else set()

    one = process("preview", warm=warm_mounts(keep_sandboxes))

    assert set(one.use_nailgun) == expected
    assert expected <= set(one.immutable_input_digests)
