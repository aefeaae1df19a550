"""YAML, merge patches and shell commands."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat_tool.deployment.commands import Override, Variable, run_words, shell_command
from wombat_tool.deployment.merge_patch import merged
from wombat_tool.deployment.yaml_text import read_yaml, yaml_text

HOSTILE = (
    [
        "on",
        "off",
        "yes",
        "n",
        "Y",
        "null",
        "~",
        "",
        " ",
        "1e3",
        "1_000",
        "0777",
        "0o777",
        "0x1f",
        "12:30:45",
        ".inf",
        "-",
        "?",
    ]
    + [
        "- a",
        "a: b",
        "a #b",
        "#a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "%a",
        "@a",
        "`a`",
        "'",
        '"',
        "\\",
        "\\n",
        "{a}",
        "[a]",
        "a,b",
    ]
    + [
        "${{ github.token }}",
        "$(id)",
        "${HOME}",
        "{{ var.value.x }}",
        "line\nline",
        "line\n",
        "\n",
        "\ttab",
        "trailing ",
        " leading",
    ]
    + ["---", "...", "=", "<<", "2024-01-01", "é", "💥", "\u2028", "\u0085", "\ufeff", "x" * 300, "a\r\nb", "\x07"]
)
# JSON and YAML know no half of a surrogate pair.
TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"])))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(TEXTS, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@given(document=VALUES)
def test_yaml_reads_back_as_what_was_written(document: Any) -> None:
    assert read_yaml(yaml_text(document)) == [document]


@given(texts=st.lists(TEXTS))
def test_text_is_never_left_to_a_reader_to_guess(texts: list[str]) -> None:
    node = yaml.compose(yaml_text(texts))

    assert isinstance(node, yaml.SequenceNode)
    for item in node.value:
        # Without quotes stands only what begins with a letter, and no word that any version of YAML knows.
        if item.style is None:
            assert item.value[0].isascii()
            assert item.value[0].isalpha() or item.value[0] in "_/"
            assert item.value.lower() not in {"on", "off", "yes", "no", "y", "n", "true", "false", "null", "nan", "inf"}


def test_scripts_are_written_as_blocks_and_plain_words_without_quotes() -> None:
    text = yaml_text(
        {"jobs": {"run": "./pants run shop:pipeline"}, "name": "nightly", "script": "a\nb  c\n", "on": [1, True]}
    )

    assert text == (
        'jobs:\n  run: "./pants run shop:pipeline"\nname: nightly\nscript: |\n  a\n  b  c\n"on":\n  - 1\n  - true\n'
    )


def test_several_documents_stand_in_one_text() -> None:
    assert read_yaml(yaml_text({"a": 1}, {"b": 2})) == [{"a": 1}, {"b": 2}]


# The examples of RFC 7396, Appendix A.
@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_its_standard_says(document: Any, patch: Any, result: Any) -> None:
    assert merged(document, patch) == result


def test_a_run_takes_its_parameters_from_variables() -> None:
    words = run_words("./pants", "shop:train", [Override("shop:train", "max_iter", "MAX_ITER")])

    assert shell_command(words) == './pants run shop:train -- shop:train.max_iter="${MAX_ITER}"'


@settings(max_examples=30)
@given(
    address=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1),
    value=st.one_of(st.sampled_from([text for text in HOSTILE if "\x00" not in text]), st.text("ab $`\"'\\\n*;&|<>(){}!")),
)
def test_a_shell_expands_nothing_but_the_variables(address: str, value: str) -> None:
    command = shell_command([("printf",), ("%s\\0",), (address,), (f"{address}=", Variable("VALUE"))])

    result = subprocess.run(["sh", "-c", command], env={"VALUE": value}, capture_output=True, check=True)

    assert result.stdout == f"{address}\0{address}={value}\0".encode()
