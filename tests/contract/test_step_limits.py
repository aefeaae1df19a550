"""What bounds a step: written by the plugin into the name of a variable, read by `wombat_step`."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, Mapping, Optional

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wombat_step import _supervise
from wombat_step._supervise import Limits

from wombat.graph import spec
from wombat.graph.model import StepNode
from wombat.graph.seal import SealKey

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True)
HOSTILE = {
    "QUOTES": 'it\'s "so" `$(x)` \\',
    "LINES": "-----BEGIN KEY-----\nabc=\r\n\t-----END KEY-----\n",
    "EQUALS": "a=b==",
    "UNICODE": "größe 漢字 🎉 \u2028",
    "BYTES": "caf\udce9",
    "EMPTY": "",
    "BLANKS": "  x  ",
    "LONG": "x" * 5_000,
}


def handed_over(step: StepNode, secrets: Mapping[str, str], others: Optional[Mapping[str, str]] = None) -> Limits:
    """What a step's process reads from its environment of what the plugin put there."""
    environment: Dict[str, str] = dict(others or {"PATH": "/usr/bin", "WOMBAT_VENV": "x"})
    with tempfile.TemporaryDirectory() as directory:
        return _read(step, secrets, environment, SealKey.at(os.path.join(directory, "keys", "seal.key")))


def _read(step: StepNode, secrets: Mapping[str, str], environment: Dict[str, str], key: SealKey) -> Limits:
    name = spec.limits_variable(step, secrets, key)
    if name is not None:
        # Pants sets the variable to the number of the execution slot.
        environment[name] = "1"
    return Limits.from_environment(environment)


def test_both_ends_know_the_variable_by_the_same_prefix() -> None:
    assert spec.LIMITS_VARIABLE_PREFIX == _supervise.LIMITS_VARIABLE_PREFIX
    assert spec.RESULT_VERSION == _supervise.RESULT_VERSION


def test_a_step_without_bounds_is_unlimited_and_runs_once() -> None:
    assert handed_over(StepNode("a:s", extra_env_vars=("A=1",)), {}) == Limits()


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_secret_arrives_as_it_was(name: str) -> None:
    step = StepNode("a:s", extra_env_vars=(name,))

    assert dict(handed_over(step, {name: HOSTILE[name]}).secrets) == {name: HOSTILE[name]}


@given(
    st.integers(0, 10**6),
    st.integers(0, 100),
    st.dictionaries(NAMES, st.text(), max_size=4),
    st.sets(NAMES, max_size=3),
    st.dictionaries(NAMES, st.text(max_size=5), max_size=2),
)
@example(0, 0, HOSTILE, {"NOT_SET"}, {"REGION": "eu"})
def test_all_that_bounds_a_step_arrives_as_it_was(
    timeout_s: int, retries: int, secrets: Dict[str, str], not_set: set[str], literal: Dict[str, str]
) -> None:
    missing = sorted(not_set - set(secrets))
    asked = (*secrets, *missing, *(f"{name}={value}" for name, value in literal.items()))
    step = StepNode("a:s", timeout_s=timeout_s, retries=retries, extra_env_vars=asked)

    limits = handed_over(step, secrets)

    assert limits == Limits(float(timeout_s), retries, tuple(sorted(secrets.items())), tuple(missing))


def test_only_its_owner_reads_the_key_and_the_variable_shows_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "seal.key"
    keys = [SealKey.at(str(path)) for _ in range(2)]

    names = [spec.limits_variable(StepNode("a:s", extra_env_vars=("T",)), {"T": "token"}, key) for key in keys]
    content = base64.urlsafe_b64decode((names[0] or "")[len(spec.LIMITS_VARIABLE_PREFIX) :] + "===")

    assert keys[0] == keys[1]
    assert names[0] == names[1]
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"token" not in content and base64.b64encode(b"token") not in content


def test_an_environment_can_hold_the_variable(tmp_path: Path) -> None:
    step = StepNode("a:s", timeout_s=3, extra_env_vars=tuple(HOSTILE))
    name = spec.limits_variable(step, HOSTILE, SealKey.at(str(tmp_path / "seal.key")))
    assert name is not None

    names = subprocess.run(
        [sys.executable, "-c", f"import os; print([n for n in os.environ if n.startswith({name[:14]!r})])"],
        env={**os.environ, name: "1"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert names.stdout == f"[{name!r}]\n"
