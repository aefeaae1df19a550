"""Tests of the launcher `./pants`: how it sets Pants up, finds the set-up again, rewrites arguments and hands over."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LAUNCHER = ROOT / "pants"
LOCK = ROOT / "3rdparty/launcher/pants.lock"
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


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def fresh(world: World) -> World:
    """A machine with a Python 3.9 on PATH, but without Pants."""
    world.path = f"{world.python('bin/python3.9').parent}:{TOOLS}"
    return world


@pytest.fixture
def warm(fresh: World) -> World:
    """A machine on which Pants is set up."""
    assert fresh.run().code == 0
    return fresh


# --- set-up: a fresh machine ------------------------------------------------------------------------------------------


def test_first_call_sets_up_and_says_so_and_later_ones_do_nothing_of_it(fresh: World) -> None:
    first = fresh.run("list", "::")
    done = fresh.modules_run
    second = fresh.run("list", "::")

    assert first.called.args == second.called.args == ["list", "::"]
    assert "setting up Pants 2.17.1 in " + str(fresh.setups) in first.stderr
    assert "with Python 3.9.7, " in first.stderr
    assert done == ["venv", "pip", "pip", "pex"]
    assert second.stderr == ""
    assert fresh.modules_run == done


def test_setup_leaves_one_directory_one_marker_and_the_lock(warm: World) -> None:
    names = sorted(path.name for path in warm.setups.iterdir())

    assert len(names) == 3, names
    assert re.fullmatch(r"1-\w+-\w+-\d+-\d+-py3\.9\.7", names[0])
    assert names[1] == names[0].replace("-py3.9.7", ".ready")
    assert names[2] == "lock"


def test_setup_keeps_no_program_that_names_the_building_site(warm: World) -> None:
    finished = next(warm.setups.glob("*-py3.9.7"))

    assert sorted(path.name for path in (finished / "bin").iterdir()) == ["pants", "python"]
    assert "building-" not in (finished / "bin/pants").read_text()


def test_pants_is_told_of_the_pex_tool_by_its_environment(warm: World) -> None:
    env = warm.run("list").called.env
    tool = next(warm.setups.glob("*-py3.9.7")) / "pex"
    content = tool.read_bytes()
    facts = f"{hashlib.sha256(content).hexdigest()}|{len(content)}"

    assert env["PANTS_PEX_CLI_VERSION"] == "v2.1.137"
    assert env["PANTS_PEX_CLI_URL_TEMPLATE"] == f"file://{tool}"
    assert f"'v2.1.137|linux_x86_64|{facts}'" in env["PANTS_PEX_CLI_KNOWN_VERSIONS"]
    assert f"'v2.1.137|macos_arm64|{facts}'" in env["PANTS_PEX_CLI_KNOWN_VERSIONS"]


def test_another_source_of_the_pex_tool_is_left_alone(warm: World) -> None:
    env = warm.run("list", env={"PANTS_PEX_CLI_URL_TEMPLATE": "file:///mirror/{version}/pex"}).called.env

    assert env["PANTS_PEX_CLI_URL_TEMPLATE"] == "file:///mirror/{version}/pex"
    assert env["PANTS_PEX_CLI_VERSION"] == env["PANTS_PEX_CLI_KNOWN_VERSIONS"] == ""


def test_braces_in_the_path_do_not_reach_the_url_template(world: World, tmp_path: Path) -> None:
    world.path = f"{world.python('bin/python3.9').parent}:{TOOLS}"
    env = world.run("list", env={"WOMBAT_CACHE_DIR": str(tmp_path / "{x}é%")}).called.env

    assert "/%7Bx%7D%C3%A9%25/setup/" in env["PANTS_PEX_CLI_URL_TEMPLATE"]


def test_umask_shapes_neither_the_pex_tool_nor_is_it_changed_for_pants(fresh: World) -> None:
    result = fresh.run("list", umask=0o077)

    assert (next(fresh.setups.glob("*-py3.9.7")) / "pex").read_text().strip() == "0022"
    assert result.called.env["umask"] == "0077"


def test_cache_directory_can_be_chosen(fresh: World, tmp_path: Path) -> None:
    assert fresh.run("list", env={"WOMBAT_CACHE_DIR": str(tmp_path / "chosen")}).code == 0
    assert fresh.run("list", env={"XDG_CACHE_HOME": str(tmp_path / "xdg")}).code == 0
    assert fresh.run("list", env={"XDG_CACHE_HOME": "relative"}).code == 0

    assert list((tmp_path / "chosen/setup").glob("*.ready"))
    assert list((tmp_path / "xdg/wombat/setup").glob("*.ready"))
    assert list(fresh.setups.glob("*.ready"))


def test_a_native_client_that_cannot_run_is_replaced_by_the_python_client(fresh: World) -> None:
    (fresh.log / "client").write_text("#!/nonexistent/interpreter\n")
    fresh.run("list")
    ready = next(fresh.setups.glob("*.ready")).read_text().splitlines()

    assert ready[1] == f"{ready[0]}/bin/pants"


# --- set-up: which Python -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("home/.pyenv/versions/3.9.18/bin/python3.9", id="pyenv"),
        pytest.param("home/.local/share/uv/python/cpython-3.9.23-linux-x86_64-gnu/bin/python3.9", id="uv"),
        pytest.param("path/python3", id="python3 on PATH"),
        pytest.param("path/python", id="python on PATH"),
    ],
)
def test_python_is_found(world: World, where: str) -> None:
    python = world.python(where)
    world.broken_python("path/python3.9")
    world.path = f"{world.base}/path:{TOOLS}"

    assert f"with Python 3.9.7, {python}\n" in world.run("list").stderr


@pytest.mark.parametrize(
    ("variable", "where"),
    [
        pytest.param("PYENV_ROOT", "elsewhere/versions/3.9.18/bin/python3.9", id="pyenv"),
        pytest.param("UV_PYTHON_INSTALL_DIR", "elsewhere/cpython-3.9.23-linux/bin/python3.9", id="uv"),
        pytest.param("XDG_DATA_HOME", "elsewhere/uv/python/cpython-3.9.23-linux/bin/python3.9", id="uv by XDG"),
        pytest.param("RUNNER_TOOL_CACHE", "elsewhere/Python/3.9.9/x64/bin/python3.9", id="GitHub's runners"),
    ],
)
def test_python_is_found_where_a_variable_points(world: World, variable: str, where: str) -> None:
    python = world.python(where)
    world.path = no_python_path(world)

    assert f"with Python 3.9.7, {python}\n" in world.run("list", env={variable: f"{world.base}/elsewhere"}).stderr


def test_pyenv_of_another_home_is_found_by_its_shims(world: World) -> None:
    python = world.python("other/.pyenv/versions/3.9.18/bin/python3.9")
    world.broken_python("other/.pyenv/shims/python3.9")
    world.path = f"{world.base}/other/.pyenv/shims:{TOOLS}"
    result = world.run("list")

    assert f"with Python 3.9.7, {python}\n" in result.stderr
    assert result.called.env["PYENV_ROOT"] == f"{world.base}/other/.pyenv"


def test_named_python_wins_and_has_a_setup_of_its_own(warm: World) -> None:
    other = warm.python("other/python", reply="3.9.2\\n{self}")
    result = warm.run("list", env={"WOMBAT_PYTHON": str(other)})
    done = warm.modules_run

    assert f"with Python 3.9.2, {other}\n" in result.stderr
    assert warm.run("list", env={"WOMBAT_PYTHON": str(other)}).stderr == ""
    assert warm.run("list").stderr == ""
    assert warm.modules_run == done


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param("is cpython 3.11.2", "is cpython 3.11.2", id="too new"),
        pytest.param("is 3.9.2 but lacks ssl", "is 3.9.2 but lacks ssl", id="no ssl"),
        pytest.param("", "does not start", id="broken"),
    ],
)
def test_named_python_that_does_not_fit_is_an_error(fresh: World, reply: str, words: str) -> None:
    named = fresh.python("named/python", reply=reply, code=1)
    result = fresh.run("list", env={"WOMBAT_PYTHON": str(named)})

    assert result.code == 1
    assert f"{named}: {words}" in result.stderr
    assert "unset it to have PATH, pyenv and uv searched" in result.stderr
    assert fresh.modules_run == []


def no_python_path(world: World) -> str:
    """A PATH with the tools that set-up needs and no Python at all, whatever this machine has."""
    tools = world.base / "tools"
    if not tools.exists():
        tools.mkdir()
        for name in (
            "cat",
            "chmod",
            "cksum",
            "cut",
            "env",
            "mkdir",
            "rm",
            "sed",
            "sh",
            "tail",
            "uname",
            "cp",
            "ln",
            "touch",
        ):
            found = shutil.which(name, path=TOOLS)
            if found:
                (tools / name).symlink_to(found)
    return str(tools)


def usual_places_have_a_python_39() -> bool:
    return any(Path(place).exists() for place in ("/usr/bin/python3.9", "/usr/local/bin/python3.9", "/opt/python"))


@pytest.mark.skipif(usual_places_have_a_python_39(), reason="this machine has a Python 3.9 where the launcher looks")
def test_no_python_says_what_was_tried_and_what_to_do(world: World) -> None:
    new = world.python("path/python3", reply="is cpython 3.12.1", code=1)
    shim = world.broken_python("path/python3.9")
    world.path = f"{world.base}/path:{no_python_path(world)}"
    result = world.run("list")

    assert result.code == 1
    assert "found no CPython 3.9, and Pants 2.17.1 runs on no newer one" in result.stderr
    assert f"{new}: is cpython 3.12.1" in result.stderr
    assert f"{shim}: does not start" in result.stderr
    for way in ("uv python install 3.9", "pyenv install 3.9", "export WOMBAT_PYTHON=", "newer releases have no 3.9"):
        assert way in result.stderr


def test_the_real_probe_judges_the_interpreter_that_runs_this_test(world: World) -> None:
    result = world.run("list", env={"WOMBAT_PYTHON": sys.executable, "PIP_NO_INDEX": "1"})

    assert result.code == 1
    if sys.version_info[:2] == (3, 9):
        assert f"with Python {sys.version.split()[0]}, {os.path.realpath(sys.executable)}\n" in result.stderr
    else:
        assert f"{sys.executable}: is cpython {sys.version.split()[0]}" in result.stderr


# --- set-up: what can go wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        pytest.param(
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "it serves another file",
            id="hash",
        ),
        pytest.param(
            "NewConnectionError: Connection refused\nERROR: No matching distribution found for six==1.17.0",
            "pip did not reach its package index",
            id="network",
        ),
        pytest.param("SSLError: CERTIFICATE_VERIFY_FAILED\nConnection broken", "export PIP_CERT=", id="certificate"),
        pytest.param("OSError: [Errno 28] No space left on device", "The disk is full", id="disk"),
        pytest.param(
            "ERROR: Could not find a version that satisfies the requirement x (from versions: 1)",
            "is published for Linux",
            id="platform",
        ),
        pytest.param("Segmentation fault", "Run the same command again", id="something else"),
    ],
)
def test_failing_pip_is_explained_and_leaves_nothing_behind(fresh: World, complaint: str, words: str) -> None:
    (fresh.log / "pip-fails").write_text(complaint)
    failed = fresh.run("list")
    left = sorted(path.name for path in fresh.setups.iterdir())
    (fresh.log / "pip-fails").unlink()

    assert failed.code == 1
    assert complaint.splitlines()[-1] in failed.stderr
    assert "set-up failed: could not install Pants" in failed.stderr
    assert words in failed.stderr
    assert left == ["lock"]
    assert fresh.run("list").code == 0


@pytest.mark.parametrize(
    ("env", "words"),
    [
        pytest.param({"HOME": None}, ["HOME is not set", "export WOMBAT_CACHE_DIR="], id="no home"),
        pytest.param({"HOME": ""}, ["HOME is not set", "export WOMBAT_CACHE_DIR="], id="empty home"),
        pytest.param(
            {"HOME": "/dev/null"}, ["cannot write to '/dev/null/", "export WOMBAT_CACHE_DIR="], id="not writable"
        ),
        pytest.param({"WOMBAT_CACHE_DIR": "here"}, ["absolute paths", "'here/setup'"], id="relative"),
        pytest.param({"WOMBAT_CACHE_DIR": "/tmp/a b"}, ["no blank", "'/tmp/a b/setup'", "another"], id="blank"),
    ],
)
def test_a_bad_place_for_the_setup_is_explained(fresh: World, env: Mapping[str, str | None], words: list[str]) -> None:
    result = fresh.run("list", env=env)

    assert result.code == 1
    assert all(word in result.stderr for word in words), result.stderr
    assert fresh.modules_run == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "cannot be read", id="missing"),
        pytest.param("six==1.17.0\n", "must pin pantsbuild-pants and pex", id="wrong"),
    ],
)
def test_a_bad_lock_file_is_explained(fresh: World, content: str | None, words: str) -> None:
    fresh.lock.unlink()
    if content is not None:
        fresh.lock.write_text(content)
    result = fresh.run("list")

    assert result.code == 1
    assert words in result.stderr
    assert "git checkout -- " in result.stderr


def start_blocked(world: World, *args: str) -> subprocess.Popen[bytes]:
    """Start a set-up that stops in the middle of pip until `pip-blocks` is removed."""
    (world.log / "pip-blocks").touch()
    process = world.start(*args)
    deadline = time.monotonic() + TIMEOUT_S
    while not (world.log / "blocked").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def test_a_killed_setup_does_no_harm_and_its_remains_are_removed(fresh: World) -> None:
    process = start_blocked(fresh, "list")
    os.killpg(process.pid, signal.SIGKILL)
    finish(process)
    (fresh.log / "pip-blocks").unlink()
    left = [path.name for path in fresh.setups.glob("building-*")]
    result = fresh.run("list")

    assert left
    assert result.called.args == ["list"]
    assert not list(fresh.setups.glob("building-*"))


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_setup_cleans_up_and_says_so_by_its_exit_code(fresh: World, number: signal.Signals) -> None:
    process = start_blocked(fresh, "list")
    os.killpg(process.pid, number)
    result = finish(process)

    assert result.code == 128 + number
    assert [path.name for path in fresh.setups.iterdir()] == ["lock"]


def test_two_setups_at_once_do_the_work_once(fresh: World) -> None:
    first = start_blocked(fresh, "list", "first")
    second = fresh.start("list", "second")
    assert second.stderr is not None
    waiting = second.stderr.readline().decode()
    (fresh.log / "pip-blocks").unlink()
    results = [finish(first), finish(second)]

    assert waiting == "pants: waiting for another call that is setting Pants up\n"
    assert [result.called.args for result in results] == [["list", "first"], ["list", "second"]]
    assert fresh.modules_run == ["venv", "pip", "pip", "pex"]


def test_a_changed_lock_file_gets_its_own_setup(warm: World) -> None:
    original = warm.lock.read_text()
    warm.lock.write_text(original + "# changed\n")
    assert "setting up" in warm.run("list").stderr
    done = warm.modules_run
    warm.lock.write_text(original)

    assert warm.run("list").stderr == ""
    assert warm.modules_run == done


def test_a_python_that_went_away_is_replaced(warm: World) -> None:
    shutil.rmtree(warm.base / "bin")
    warm.python("home/.pyenv/versions/3.9.7/bin/python3.9")
    result = warm.run("list")

    assert "setting up" in result.stderr
    assert result.called.args == ["list"]


def test_a_lost_marker_costs_no_second_setup(warm: World) -> None:
    done = warm.modules_run
    next(warm.setups.glob("*.ready")).unlink()
    result = warm.run("list")

    assert result.called.args == ["list"]
    assert result.stderr == ""
    assert warm.modules_run == done


# --- warm calls -----------------------------------------------------------------------------------------------------


def test_warm_call_needs_two_tools_and_no_python(warm: World) -> None:
    tools = warm.base / "two"
    tools.mkdir()
    for name in ("uname", "cksum"):
        found = shutil.which(name, path=TOOLS)
        assert found
        (tools / name).symlink_to(found)
    result = warm.run("list", "::", env={"PATH": str(tools)})

    assert result.called.args == ["list", "::"]


def test_warm_call_becomes_the_client(warm: World) -> None:
    process = warm.start("list")
    result = finish(process)

    assert result.called.pid == process.pid


def test_exit_code_passes_through(warm: World) -> None:
    assert warm.run("test", "::", env={"FAKE_EXIT": "37"}).code == 37


def test_fallback_program_is_beside_the_interpreter(warm: World) -> None:
    env = warm.run().called.env

    assert env["_PANTS_SERVER_EXE"] == str(next(warm.setups.glob("*-py3.9.7")) / "bin/pants")
    assert env["NO_SCIE_WARNING"] == "1"


def test_called_in_other_ways(warm: World) -> None:
    below = warm.repo / "a/b"
    below.mkdir(parents=True)
    link = warm.base / "link"
    link.symlink_to(warm.repo / "pants")

    for program, cwd in (
        (["./pants"], warm.repo),
        (["sh", "pants"], warm.repo),
        (["../../pants"], below),
        ([str(link)], below),
        (["env", f"PATH={warm.repo}:{TOOLS}", "pants"], below),
    ):
        assert warm.run("list", program=program, cwd=cwd).called.args == ["list"], program


@pytest.mark.parametrize(
    "args",
    [
        pytest.param([], id="none"),
        pytest.param(["--version"], id="version"),
        pytest.param(
            ["run", "a b:c", "--", "x=it's", '"quoted"', "", "új\nline", "*", "$HOME", "\\"], id="odd characters"
        ),
        pytest.param(["run", "a:b", "--", "::pipeline", "run"], id="after two dashes"),
        pytest.param(["list", "::", "a::", "a:b", "//:c"], id="Pants' own specs"),
        pytest.param(["--opt=a::b", "list", "-x::y"], id="options"),
        pytest.param(["list", "a::b/c", "a::b-c", "a:::b"], id="not quite selectors"),
    ],
)
def test_arguments_pass_unchanged(warm: World, args: list[str]) -> None:
    assert warm.run(*args).called.args == args


def test_odd_characters_survive_rewriting(warm: World) -> None:
    odd = ["--x=it's", "a b:c", '"', "", "új\nline", "*", "$HOME", "\\", "-"]
    called = warm.run("run", *odd, "::pipeline", "--", *odd, "::pipeline", "--", "run").called

    assert called.args == ["run-pipelines", *odd, "::", "--", *odd, "::pipeline", "--", "run"]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        pytest.param(["run", "::pipeline"], ["run-pipelines", "::"], id="here"),
        pytest.param(["run", "a b/c::pipeline"], ["run-pipelines", "a b/c::"], id="below, with a blank"),
        pytest.param(["run", "../web::pipeline"], ["run-pipelines", "../web::"], id="beside"),
        pytest.param(["run", "//::pipeline"], ["run-pipelines", "//::"], id="build root"),
        pytest.param(
            ["--no-pantsd", "run", "etl::pipeline", "web::pipeline", "--", "a=1"],
            ["--no-pantsd", "run-pipelines", "etl::", "web::", "--", "a=1"],
            id="several",
        ),
        pytest.param(["list", "::dataset"], ["--filter-target-type=dataset", "list", "::"], id="filter"),
        pytest.param(
            ["-ldebug", "package", "etl::dataset", "x:y"],
            ["--filter-target-type=dataset", "-ldebug", "package", "etl::", "x:y"],
            id="filter with options and addresses",
        ),
        pytest.param(["list", "::pipeline"], ["--filter-target-type=pipeline", "list", "::"], id="pipelines elsewhere"),
    ],
)
def test_selectors_are_rewritten(warm: World, args: list[str], expected: list[str]) -> None:
    below = warm.repo / "below"
    below.mkdir()

    assert warm.run(*args).called.args == expected
    # Pants itself counts directories from the working directory, so the launcher must not.
    assert warm.run(*args, program=["../pants"], cwd=below).called.args == expected


@pytest.mark.parametrize(
    ("args", "words"),
    [
        pytest.param(
            ["run", "::dataset"],
            ["one target, or all pipelines", "(::pipeline)", "'::dataset'", "./pants list ::dataset"],
            id="run of another type",
        ),
        pytest.param(
            ["list", "::dataset", "a::pipeline"],
            ["one type", "'a::pipeline'", "--filter-target-type=dataset,pipeline DIR::"],
            id="two types",
        ),
    ],
)
def test_selectors_that_make_no_sense_are_explained(warm: World, args: list[str], words: list[str]) -> None:
    result = warm.run(*args)

    assert result.code == 1
    assert result.stdout == b""
    assert all(word in result.stderr for word in words), result.stderr


def test_pants_may_use_the_pythons_that_the_launcher_knows(warm: World) -> None:
    uv = warm.home / ".local/share/uv/python"
    for name in ("cpython-3.12.1-linux-x86_64-gnu", "cpython-3.9-linux-x86_64-gnu", "it's cpython-3.1.1"):
        (uv / name / "bin").mkdir(parents=True)
    env = warm.run("list", env={"PATH": TOOLS}).called.env
    chosen = warm.run("list", env={"PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH": "['<PATH>']"}).called.env
    on_path = warm.run("list", env={"UV_PYTHON_INSTALL_DIR": "/nonexistent"}).called.env

    assert env["PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH"] == (
        f"+['{warm.base}/bin','{uv}/cpython-3.12.1-linux-x86_64-gnu/bin',]"
    )
    assert chosen["PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH"] == "['<PATH>']"
    assert on_path["PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH"] == ""


def test_certificates_for_pip_are_for_pants_too(warm: World) -> None:
    ca = warm.base / "ca.pem"
    ca.touch()

    assert warm.run(env={"PIP_CERT": str(ca)}).called.env["PANTS_CA_CERTS_PATH"] == str(ca)
    assert warm.run(env={"PIP_CERT": str(ca), "PANTS_CA_CERTS_PATH": "/x"}).called.env["PANTS_CA_CERTS_PATH"] == "/x"
    assert warm.run(env={"PIP_CERT": "/nonexistent"}).called.env["PANTS_CA_CERTS_PATH"] == ""


# --- the files as they are ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox", "ksh", "mksh", "zsh"])
def test_script_is_portable(shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    command = [program, "sh"] if shell == "busybox" else [program]

    subprocess.run([*command, "-n", str(LAUNCHER)], check=True)


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox", "ksh", "mksh"])
def test_other_shells_do_the_same(fresh: World, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    command = [program, "sh"] if shell == "busybox" else [program]
    first = fresh.run("run", "::pipeline", "a b", program=[*command, str(fresh.repo / "pants")])

    assert first.called.args == ["run-pipelines", "::", "a b"]


def test_launcher_is_executable() -> None:
    assert LAUNCHER.stat().st_mode & stat.S_IXUSR


def test_lock_file_pins_everything_by_hash_and_names_no_host() -> None:
    text = LOCK.read_text()
    logical = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.lstrip().startswith("#")]

    assert all(re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line) for line in logical)
    assert {"pantsbuild-pants==2.17.1", "pex==2.1.137"} <= {line.split()[0] for line in logical}
    assert "://" not in text


# --- real environments ----------------------------------------------------------------------------------------------


def python_39() -> str | None:
    """Return a real Python 3.9 of this machine, if it is easy to find."""
    if sys.version_info[:2] == (3, 9):
        return sys.executable
    candidates = [
        shutil.which("python3.9"),
        *map(str, Path("~/.pyenv/versions").expanduser().glob("3.9*/bin/python3.9")),
    ]
    for candidate in candidates:
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def write_wheel(directory: Path, project: str, version: str, files: Mapping[str, str]) -> str:
    """Write a wheel of text files and return its line for a lock file."""
    info = f"{project.replace('-', '_')}-{version}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},\n"
        for name, text in contents.items()
    )
    path = directory / f"{project.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in {**contents, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(name, text)
    return (
        f"{project}=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n    # via test\n"
    )


@pytest.fixture
def offline(world: World) -> World:
    """A machine with a real Python 3.9 and pip, and packages that only pretend to be Pants and Pex."""
    python = python_39()
    if python is None:
        pytest.skip("no Python 3.9 on this machine")
    wheels = world.base / "wheels"
    wheels.mkdir()
    loader = "import sys\ndef main():\n    print('python client', sys.executable, sys.argv[1:])\n    return 7\n"
    pex = "import sys\nopen(sys.argv[sys.argv.index('--output-file') + 1], 'w').write(sys.argv[-1])\n"
    world.lock.write_text(
        write_wheel(
            wheels,
            "pantsbuild-pants",
            "2.17.1",
            {
                "pants/__init__.py": "",
                "pants/bin/__init__.py": "",
                "pants/bin/native_client": CLIENT,
                "pants/bin/pants_loader.py": loader,
            },
        )
        + write_wheel(wheels, "pex", "2.1.137", {"pex/__init__.py": "", "pex/__main__.py": pex})
    )
    world.env = {
        "WOMBAT_PYTHON": python,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CONFIG_FILE": "/dev/null",
    }
    return world


def test_real_environment_survives_its_renaming(offline: World) -> None:
    native = offline.run(
        "list", "a b", env={"PIP_TARGET": "/nonexistent", "PIP_USER": "1", "PYTHONPATH": "/nonexistent"}
    )
    fallback = offline.run("list", "a b", env={"PANTS_NO_NATIVE_CLIENT": "1"})
    interpreter = next(offline.setups.glob("*-py3.9*")) / "bin/python"

    assert native.called.args == ["list", "a b"]
    assert fallback.code == 7
    assert fallback.stdout.decode() == f"python client {interpreter} ['list', 'a b']\n"
    assert (interpreter.parent.parent / "pex").read_text() == "pex==2.1.137"


def test_real_pip_refuses_a_file_that_is_not_the_locked_one(offline: World) -> None:
    offline.lock.write_text(re.sub("sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, offline.lock.read_text(), count=1))
    result = offline.run("list")

    assert result.code == 1
    assert "it serves another file" in result.stderr
    assert [path.name for path in offline.setups.iterdir()] == ["lock"]


@pytest.mark.slow
def test_real_pants_from_the_package_index(world: World) -> None:
    python = python_39()
    if python is None:
        pytest.skip("no Python 3.9 on this machine")
    (world.repo / "pants.toml").write_text('[GLOBAL]\npants_version = "2.17.1"\npantsd = false\n')
    passed = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name.endswith("_PROXY")}
    result = world.run("--version", env={**passed, "WOMBAT_PYTHON": python})
    known = next(world.setups.glob("*.ready")).read_text().splitlines()[4]

    assert (result.code, result.stdout) == (0, b"2.17.1\n"), result.stderr
    # The same bytes on every machine: they are part of cache keys.
    assert "|linux_x86_64|73a62b0619d96b9268763ee041d225216f7f3715401ca57e0d47ebe565b7212d|12982561'" in known
