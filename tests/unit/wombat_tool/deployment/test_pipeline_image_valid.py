"""Recipes of images, held against Docker's rules by its own parser and by a linter, each of which must find what is wrong."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployment_plans import problems, rendered
from lock_environments import environment_of_lock

LIKE_A_SCRIPT = "prepares what looks like a script"
"""The linter reads a list with escaped quotes as a script; Docker does not."""
CASES: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "with all settings": {
        "base": "registry.example:5000/team/python:3.9-slim@sha256:" + "0" * 64,
        "packages": ["libgomp1=12.2.0-14", "r-base-core"],
        "prepare": ["shop:pipeline", "-shop:old"],
        "env_vars": {"PIP_CERT": "/etc/ssl/certs/ca-certificates.crt", "GREETING": "it's \"$HOME\" \\ `id` # 'x' é\t"[:-1]},
        "build_variables": ["PIP_INDEX_URL", "HTTPS_PROXY"],
        "launcher_files": ["tools/the pants.lock", "pants"],
    },
    LIKE_A_SCRIPT: {"prepare": ["$(id)", "a && b", 'say "no"', "\\", "a\nb", "é", "x" * 300]},
}
GOOD = 'FROM debian:12-slim\nENV A="b"\nUSER 1000:1000\nWORKDIR /repo\nCOPY ["a", "b"]\nRUN ["./a", "b"]\nCMD ["./a"]\n'
BAD = {
    "an unknown instruction": ("WORKDIR", "WORKDIRECTORY"),
    "a relative directory": ("/repo", "repo"),
    "a user that is root": ("1000:1000", "0:0"),
    "an open quote": ('"b"\n', '"b\n'),
    "a list that is no JSON": ('"b"]\n', '"b",]\n'),
    "a script that is cut off": ('["./a", "b"]', "if true; then"),
    "two commands": ("CMD", 'CMD ["./b"]\nCMD'),
}
UNPARSED = {"half a variable": "FROM x\nENV A\n", "a second word": "FROM x\nENV A=b c\n", "nothing": ""}
# Reads files, and prints what Docker's parser takes them for.
_PARSE = """
import dockerfile, json, sys
print(json.dumps([[c.cmd, c.json, list(c.flags), list(c.value)] for c in dockerfile.parse_string(sys.stdin.read())]))
"""


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the tools' programs."""
    return environment_of_lock("3rdparty/tools/image.lock", tmp_path_factory.mktemp("tools") / "venv").parent


def said_by_hadolint(tools: Path, text: str) -> str:
    """What the linter has to say, by its default rules; "" for nothing."""
    # Its configuration is looked for in the working directory and at home.
    finished = subprocess.run(
        [str(tools / "hadolint"), "--no-color", "-"],
        input=text,
        cwd=tools,
        env={"HOME": str(tools)},
        capture_output=True,
        text=True,
    )
    return finished.stdout + finished.stderr if finished.returncode else ""


def parsed(tools: Path, text: str) -> list[tuple[str, bool, list[str], list[str]]]:
    """The instructions as Docker reads them: name, whether its arguments are a list in JSON, flags, arguments.

    :raises AssertionError: if Docker does not take the file.
    """
    finished = subprocess.run([str(tools / "python"), "-c", _PARSE], input=text, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    return [(name, is_json, flags, value) for name, is_json, flags, value in json.loads(finished.stdout)]


def recipe(made: dict[str, Any]) -> str:
    return rendered("pipeline_image", made)["shop/Dockerfile"]


@pytest.mark.parametrize("case", CASES)
def test_what_is_generated_is_what_docker_takes(case: str, tools: Path) -> None:
    made = CASES[case]

    text = recipe(made)

    if case != LIKE_A_SCRIPT:
        assert said_by_hadolint(tools, text) == ""
    instructions = parsed(tools, text)
    assert instructions[0][0] == "FROM"
    *_, prepared, command = instructions
    assert prepared == ("RUN", True, [], ["./pants", "prepare-steps", *made.get("prepare", ["::"])])
    assert command == ("CMD", True, [], ["./pants", "--version"])
    copied = [value for name, _, flags, value in instructions if name == "COPY" and flags == ["--chown=1000:1000"]]
    files = made.get("launcher_files", ["pants", "3rdparty/launcher/pants.lock"])
    assert copied == [*([file, file] for file in files), [".", "."]]


@pytest.mark.parametrize("fault", BAD)
def test_the_linter_finds_what_is_wrong(fault: str, tools: Path) -> None:
    assert said_by_hadolint(tools, GOOD) == ""

    assert re.search(r"(DL|SC)\d{4} (warning|error)|unexpected|missing", said_by_hadolint(tools, GOOD.replace(*BAD[fault])))


@pytest.mark.parametrize("fault", UNPARSED)
def test_the_parser_finds_what_is_wrong(fault: str, tools: Path) -> None:
    assert len(parsed(tools, GOOD)) == GOOD.count("\n")

    with pytest.raises(AssertionError, match="GoParseError"):
        parsed(tools, UNPARSED[fault])


def read_by_docker(quoted: str) -> str:
    """What a text in double quotes is, by the reference of Dockerfiles: "\\" takes the meaning of what follows."""
    assert re.fullmatch(r'"(?:[^"\\$\n]|\\["\\$])*"', quoted), f"{quoted} is not one literal text."
    return re.sub(r'\\(["\\$])', r"\1", quoted[1:-1])


@settings(max_examples=300)
@given(value=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_the_value_of_a_variable_stays_as_it_is(value: str) -> None:
    lines = recipe({"env_vars": {"GREETING": value}}).split("\n")
    (line,) = (line for line in lines if line.startswith("ENV GREETING="))

    assert read_by_docker(line.removeprefix("ENV GREETING=")) == value


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            {"env_vars": {"A": "b\nRUN id"}},
            "The 'env_vars.A' field in target shop:deploy must be text of one line, without control characters, but was "
            "'b\\nRUN id'.",
        ),
        (
            {"env_vars": {"HOME": "/root"}},
            "The 'env_vars' field in target shop:deploy must leave HOME as it is, /home/wombat: what jobs need lies there, "
            "but was {'HOME': '/root'}.",
        ),
        (
            {"build_variables": ["PANTS_CA_CERTS_PATH"]},
            "The 'build_variables.0' field in target shop:deploy must name what only the download of packages depends on: "
            "jobs do not have a variable of the build, and without this one they would not find what the image has. Set it by "
            "'env_vars', but was 'PANTS_CA_CERTS_PATH'.",
        ),
    ],
)
def test_a_wrong_variable_is_told(made: dict[str, Any], message: str) -> None:
    assert problems("pipeline_image", made) == [message]
