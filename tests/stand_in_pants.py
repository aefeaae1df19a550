"""A program in the place of Pants: it notes how it was called, and fails or hangs where a test wants it to."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PROGRAM = """\
#!{python}
import json, os, subprocess, sys, time
from pathlib import Path

here = Path({directory!r})
token = os.environ.get("PANTS_REMOTE_OAUTH_BEARER_TOKEN_PATH")
call = {{
    "arguments": sys.argv[1:],
    "directory": os.getcwd(),
    "environment": dict(os.environ),
    "token": Path(token).read_text() if token else None,
    "token_mode": os.stat(token).st_mode & 0o777 if token else None,
}}
with open(here / "calls", "a") as calls:
    calls.write(json.dumps(call) + "\\n")
target = sys.argv[2]
behaviour = here / target.replace("/", "-").replace(":", "-")
if behaviour.exists():
    words = behaviour.read_text().split()
    if words[0] == "hang":
        child = subprocess.Popen(["sleep", "600"])
        (here / "pids").write_text(f"{{os.getpid()}} {{child.pid}}")
        time.sleep(600)
    behaviour.unlink()
    if words[1:]:
        behaviour.write_text(" ".join(words[1:]))
    sys.exit(int(words[0]))
"""


@dataclass(frozen=True)
class Call:
    """A call of the program.

    :param token: what was in the file of the cache server's token.
    """

    arguments: Sequence[str]
    directory: str
    environment: dict[str, str]
    token: str | None
    token_mode: int | None

    @property
    def target(self) -> str:
        """The target that was to be run."""
        assert self.arguments[0] == "run"
        return self.arguments[1]

    @property
    def overrides(self) -> dict[str, Any]:
        """The parameters that were set, with their values as a run reads them."""
        assert self.arguments[2:3] in ([], ["--"])
        pairs = (argument.split("=", 1) for argument in self.arguments[3:])
        return {name: json.loads(value) for name, value in pairs}


class StandIn:
    """The program `pants` in a directory.

    :param checkout: where it lies; what it notes lies beside that.
    """

    def __init__(self, checkout: Path) -> None:
        self._notes = checkout.parent / "notes"
        self._notes.mkdir()
        program = checkout / "pants"
        program.write_text(_PROGRAM.format(python=sys.executable, directory=str(self._notes)))
        program.chmod(0o755)

    def behave(self, target: str, *behaviours: str) -> None:
        """What the next calls for a target do: an exit code each, or "hang"."""
        (self._notes / target.replace("/", "-").replace(":", "-")).write_text(" ".join(behaviours))

    @property
    def calls(self) -> list[Call]:
        """All calls, in their order."""
        file = self._notes / "calls"
        return [Call(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []

    def forget(self) -> None:
        """Forget the calls."""
        (self._notes / "calls").unlink(missing_ok=True)

    @property
    def hanging(self) -> tuple[int, ...]:
        """The processes of a call that hangs."""
        file = self._notes / "pids"
        return tuple(int(pid) for pid in file.read_text().split()) if file.exists() else ()
