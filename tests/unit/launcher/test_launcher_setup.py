"""How the launcher `./pants` sets Pants up: with which Python, where, and what it says when it cannot."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from launcher_world import TIMEOUT_S, TOOLS, World, finish

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
