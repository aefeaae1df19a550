"""The default of a parameter of a run, as text that a run reads back as the same value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wombat_tool.deployment.parameters import Parameter


def _read_by_a_run(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@pytest.mark.parametrize(
    ("default", "text"),
    [
        ("north", "north"),
        ("", ""),
        ("80", '"80"'),
        ("true", '"true"'),
        ("NaN", '"NaN"'),
        ('{"a": 1}', '"{\\"a\\": 1}"'),
        ("två ord", "två ord"),
        (80, "80"),
        (80.0, "80.0"),
        (True, "true"),
        (None, "null"),
        ({"b": [1, 2.0], "a": "ü"}, '{"a":"ü","b":[1,2.0]}'),
    ],
)
def test_the_text_of_a_default_is_read_as_the_default(default: Any, text: str) -> None:
    parameter = Parameter("name", (), default)

    assert parameter.default_text == text
    assert _read_by_a_run(text) == default
    assert type(_read_by_a_run(text)) is type(default)
