"""How the launcher `./pants` finds a set-up again, rewrites arguments and hands over, in any shell."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess

import pytest

from launcher_world import LAUNCHER, LOCK, TOOLS, World, finish


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
