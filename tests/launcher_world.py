"""Machines on which the launcher `./pants` is tried: with stand-ins for Python, for what it installs and for Pants."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lock_environments import file_above

LAUNCHER = file_above("pants")
LOCK = file_above("3rdparty/launcher/pants.lock")
TOOLS = "/usr/bin:/bin"
TIMEOUT_S = 300

# Stands in for Pants' native client: prints, separated by NUL, its process id, what it was given and what it can see.
CLIENT = r"""#!/bin/sh
if [ -n "${PANTS_NO_NATIVE_CLIENT:-}" ]; then exec "$_PANTS_SERVER_EXE" "$@"; fi
printf 'native\0%s\0%s\0' "$$" "$#"
for arg; do printf '%s\0' "$arg"; done
for name in _PANTS_SERVER_EXE NO_SCIE_WARNING PANTS_PEX_CLI_VERSION PANTS_PEX_CLI_KNOWN_VERSIONS \
    PANTS_PEX_CLI_URL_TEMPLATE PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH PANTS_CA_CERTS_PATH PYENV_ROOT; do
    eval "printf '%s=%s\0' $name \"\${$name:-}\""
done
printf 'umask=%s\0' "$(umask)"
exit "${FAKE_EXIT:-0}"
"""

# Stands in for a Python 3.9 and for what it installs. It really makes directories and takes locks, but in no time.
# In `calls` it lists the modules that it was asked to run; pip fails with what is in `pip-fails`, and
# stops while there is a `pip-blocks`.
PYTHON = r"""#!/bin/sh
case $1$2 in
    -I-c)
        case $3 in
            *flock*) exec "{real}" "$@" ;;
            *) printf '{reply}\n'; exit {code} ;;
        esac ;;
    -I-) exec "{real}" "$@" ;;
esac
module=$3
echo "$module" >>"{log}/calls"
shift 3
case $module in
    venv)
        mkdir -p "$1/bin" "$1/lib/python3.9/site-packages/pants/bin"
        ln -s "{self}" "$1/bin/python"
        echo 'left over' >"$1/bin/pip" ;;
    pip)
        while [ -f "{log}/pip-blocks" ]; do touch "{log}/blocked"; sleep 0.05; done
        if [ -f "{log}/pip-fails" ]; then cat "{log}/pip-fails"; exit 1; fi
        site=${{0%/bin/python}}/lib/python3.9/site-packages/pants
        case $1 in
            install) cp "{log}/client" "$site/bin/native_client"; chmod 644 "$site/bin/native_client" ;;
        esac ;;
    pex)
        while [ "$1" != --output-file ]; do shift; done
        umask >"$2" ;;
esac
"""


@dataclass
class Called:
    """What the stand-in of the native client saw."""

    pid: int
    args: list[str]
    env: dict[str, str]


@dataclass
class Result:
    """How a call of the launcher ended."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def called(self) -> Called:
        assert self.code == 0, self.stderr
        kind, pid, count, *rest = self.stdout.decode().split("\0")
        assert kind == "native"
        args, pairs = rest[: int(count)], rest[int(count) : -1]
        return Called(int(pid), args, dict(pair.split("=", 1) for pair in pairs))


def prepare(umask: int) -> None:
    """Make a new process one of an interactive shell: what started the tests may ignore signals, as nohup does."""
    os.umask(umask)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


@dataclass
class World:
    """A repository with the launcher in it, on a machine of its own as far as the launcher can tell."""

    base: Path
    path: str = TOOLS
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = self.base / "home"
        self.repo = self.base / "repo"
        self.setups = self.home / ".cache/wombat/setup"
        self.log = self.base / "log"
        for directory in (self.home, self.repo / "3rdparty/launcher", self.log):
            directory.mkdir(parents=True)
        shutil.copy(LAUNCHER, self.repo / "pants")
        shutil.copy(LOCK, self.repo / "3rdparty/launcher/pants.lock")
        (self.repo / "pants.toml").touch()
        (self.log / "client").write_text(CLIENT)

    @property
    def lock(self) -> Path:
        return self.repo / "3rdparty/launcher/pants.lock"

    @property
    def modules_run(self) -> list[str]:
        calls = self.log / "calls"
        return calls.read_text().split() if calls.exists() else []

    def environment(self, extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
        merged: dict[str, str | None] = {"PATH": self.path, "HOME": str(self.home), **self.env, **(extra or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def start(
        self,
        *args: str,
        program: Sequence[str] = (),
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        umask: int = 0o022,
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*(program or [str(self.repo / "pants")]), *args],
            cwd=cwd or self.repo,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=lambda: prepare(umask),
        )

    def run(
        self,
        *args: str,
        program: Sequence[str] = (),
        cwd: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        umask: int = 0o022,
    ) -> Result:
        return finish(self.start(*args, program=program, cwd=cwd, env=env, umask=umask))

    def python(self, path: str, *, reply: str = "3.9.7\\n{self}", code: int = 0) -> Path:
        """Put a stand-in for a Python interpreter at `path`, counted from this world's directory."""
        file = self.base / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = PYTHON.format(
            real=sys.executable, reply=reply.replace("{self}", str(file)), code=code, log=self.log, self=file
        )
        write_program(file, text)
        return file

    def broken_python(self, path: str) -> Path:
        """Put a program at `path` that fails as a shim of pyenv does for a version that is not switched on."""
        file = self.base / path
        file.parent.mkdir(parents=True, exist_ok=True)
        write_program(file, "#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
        return file


def finish(process: subprocess.Popen[bytes]) -> Result:
    stdout, stderr = process.communicate(timeout=TIMEOUT_S)
    return Result(process.returncode, stdout, stderr.decode())


def write_program(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o755)
