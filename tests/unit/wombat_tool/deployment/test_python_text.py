"""Python sources out of values: literals that read back equal, in a layout that formatters leave alone."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployment_plans import VARIANTS, rendered, wide_and_deep
from lock_environments import environment_of_lock
from wombat_tool.deployment.python_text import Call, Code, comment, expression, text_literal

TEXTS = st.text("'\"\\\n\r\t{}é\u2028\u202e\x85", max_size=40) | st.text(st.characters(exclude_categories=[]), max_size=300)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(TEXTS)
def test_a_text_reads_back_equal_and_is_one_line(text: str) -> None:
    literal = text_literal(text)

    assert ast.literal_eval(literal) == text
    assert literal.isprintable()


@given(VALUES, st.integers(0, 20))
def test_a_value_reads_back_equal(value: Any, indent: int) -> None:
    source = expression(value, indent=indent, prefix="x = ")

    (statement,) = ast.parse(source).body
    assert isinstance(statement, ast.Assign)
    assert ast.literal_eval(statement.value) == value


@given(TEXTS)
def test_a_comment_is_one_line(text: str) -> None:
    assert ast.parse(f"{comment(text)}\nx = 1").body == [] or len(ast.parse(f"{comment(text)}\nx = 1").body) == 1
    assert len(comment(text).splitlines()) == 1


def test_what_fits_is_one_line_and_what_does_not_has_a_comma_at_its_end() -> None:
    call = Call("f", (Code("X"),), {"a": [1, "b"], "c": {"d": None}})
    long = Call("f", (), {"a": "x" * 80, "b": []})

    assert expression(call, prefix="y = ") == 'y = f(X, a=[1, "b"], c={"d": None})'
    assert expression(long, indent=4, suffix=":") == f'f(\n        a="{"x" * 80}",\n        b=[],\n    ):'


@pytest.fixture(scope="module")
def ruff(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The formatter of this repository."""
    python = environment_of_lock("3rdparty/tools/ruff.lock", tmp_path_factory.mktemp("ruff") / "venv")
    return python.parent / "ruff"


ODD = {"A": 'it\'s "odd" \\ \n', "B": "x" * 200, "C": "'", "D": '"', "E": "é\u202e", "F": "{{ '''"}
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "steps": {"granularity": "step", "group_chains": False},
    "rich": {
        "granularity": "step",
        "env_vars": ODD,
        "parameters": {"max_iter": "train.max_iter", "rate": "train.rate", "deep": "train.deep", "region": "load.region"},
        "retries": 2,
        "timeout_s": 60,
        "remote_cache": "$CACHE",
    },
}
OWN: dict[str, dict[str, Any]] = {
    "airflow_dag": {
        "secrets": {"DB_PASSWORD": "{{ conn.shop_db.password }}"},
        "remote_cache_token": "{{ var.value.cache_token }}",
        "repository": "/srv/check out",
        "notify_emails": ["a@example.org", "b@example.org"],
        "on_failure_callback": "company.alerts.page_on_call",
        "max_active_tasks": 2,
        "run_timeout_s": 600,
        "dag_tags": ["a", "b"],
        "patch": {"dag": {"params": {"day": "2026-01-01", "odd": {"default": [1, 1e-7, 1e16]}}}},
    },
    "luigi_module": {
        "secrets": {"DB_PASSWORD": "$PASSWORD", "DB_USER": "/run/secrets/user"},
        "remote_cache_token": "/run/secrets/token",
        "repository": "/srv/check out",
        "markers_dir": "/srv/markers",
        "luigi_resources": {"pants": 1},
        "notify_emails": ["a@example.org"],
        "patch": {"tasks": {"Train": {"odd": [1, 1e-7, 1e16, {"a": None}]}}},
    },
}


@pytest.mark.parametrize("type_name", OWN)
def test_generated_modules_are_as_formatters_and_linters_want_them(type_name: str, ruff: Path, tmp_path: Path) -> None:
    for name, settings in SETTINGS.items():
        for steps, more in (({}, {}), ({"steps": VARIANTS}, {}), ({"schedule": "0 4 * * *"}, OWN[type_name])):
            if "parameters" in settings and "steps" in steps or name == "plain" and more:
                continue
            (text,) = rendered(type_name, {**settings, **more}, **steps).values()
            (tmp_path / f"{name}_{len(list(tmp_path.iterdir()))}.py").write_text(text)
    (large,) = rendered(type_name, SETTINGS["steps"], steps=wide_and_deep(60)).values()
    (tmp_path / "large.py").write_text(large)

    assert _ruff(ruff, tmp_path, "check", "--select=E,F,W,I,B,UP,C4,SIM,PTH", "--target-version=py39").returncode == 0
    for length in ("88", "100", "125"):
        formatted = _ruff(ruff, tmp_path, "format", "--diff", f"--line-length={length}")
        assert formatted.returncode == 0, formatted.stdout
    (tmp_path / "bad.py").write_text(f"import os\n{large}")
    assert _ruff(ruff, tmp_path, "check").returncode == 1


def _ruff(ruff: Path, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(ruff), *arguments, "--isolated", "--no-cache", str(directory)]
    return subprocess.run(command, capture_output=True, text=True)
