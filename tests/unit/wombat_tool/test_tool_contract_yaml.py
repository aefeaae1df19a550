"""YAML as contracts have it: what its scalars stand for, where its values stand, and what it cannot be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contract_texts import contract_text, errors_of, property_text, reading_of
from wombat_tool.contracts.nodes import Node
from wombat_tool.contracts.problems import Problems
from wombat_tool.contracts.yaml_source import MOST_BYTES, MOST_LEVELS, parse


def parsed(content: str | bytes) -> tuple[Node | None, list[str]]:
    problems = Problems("x.yaml")
    root = parse(content.encode() if isinstance(content, str) else content, problems)
    return root, [f"{one.line}:{one.column}: {one.message}" for one in problems.errors]


def value_of(scalar: str) -> Any:
    root, errors = parsed(f"a: {scalar}\n")
    assert errors == [] and root is not None
    return root.plain()["a"]


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("text", "text"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("Off", False),
        ("NO", False),
        ("12", 12),
        ("-0", 0),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0b101", 5),
        ("0.10", Decimal("0.10")),
        ("-1.5e-3", Decimal("-0.0015")),
        ("1e3", Decimal(1000)),
        ("10000000000000000000000000000.1", Decimal("10000000000000000000000000000.1")),
        pytest.param("2022-10-02", "2022-10-02", id="dates-are-text"),
        pytest.param("2022-10-02T10:00:00Z", "2022-10-02T10:00:00Z", id="timestamps-are-text"),
        pytest.param("10:30", "10:30", id="base-60-is-text"),
        pytest.param("0123", "0123", id="leading-zeros-are-text"),
        pytest.param("1.2.3", "1.2.3", id="versions-are-text"),
        pytest.param(".nan", ".nan", id="nan-is-text"),
        pytest.param("-.inf", "-.inf", id="infinity-is-text"),
        pytest.param("1e401", "1e401", id="too-large-is-text"),
        pytest.param("1e99999999999", "1e99999999999", id="far-too-large-is-text"),
        pytest.param("9" * 5000, "9" * 5000, id="too-long-is-text"),
        pytest.param("0b", "0b", id="no-digits"),
        pytest.param("!!str 12", "12", id="tag-str"),
        pytest.param("!!int 12", 12, id="tag-int"),
        pytest.param("!!float 12", 12, id="tag-float"),
        pytest.param("!!timestamp 2022-10-02", "2022-10-02", id="tag-timestamp"),
    ],
)
def test_a_scalar_stands_for(scalar: str, value: object) -> None:
    assert value_of(scalar) == value
    assert type(value_of(scalar)) is type(value)


def test_each_value_and_key_knows_its_place() -> None:
    root, _ = parsed("a: 1\nbücher:\n- x\n-  y: [1,  2]\n")

    assert root is not None
    second = root.sequence("bücher")[1]
    assert (second.line, second.column) == (4, 4)
    assert second.key_at("y") == (4, 4)
    assert (second.sequence("y")[1].line, second.sequence("y")[1].column) == (4, 12)
    assert root.key_at("bücher") == (2, 1)
    assert root.key_at("missing") == (1, 1)


def test_aliases_and_merged_keys_are_followed() -> None:
    root, errors = parsed("a: &a {x: 1, y: 2}\nb: *a\nc: {<<: *a, y: 3}\nd: {z: 4, <<: [*a, {z: 5, w: 6}]}\n")

    assert root is not None and errors == []
    assert root.plain() == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 2},
        "c": {"x": 1, "y": 3},
        "d": {"x": 1, "y": 2, "z": 4, "w": 6},
    }


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    root, errors = parsed(b"\xef\xbb\xbfa: 1\n")

    assert root is not None and errors == []
    assert root.plain() == {"a": 1}


def test_keys_are_text_whatever_they_look_like() -> None:
    root, _ = parsed("on: 1\n2: x\n")

    assert root is not None
    assert root.plain() == {"on": 1, "2": "x"}


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"", "1:1: the file is empty. Write a contract into it, or remove it.", id="empty"),
        pytest.param(b"# nothing\n", "1:1: the file is empty. Write a contract into it, or remove it.", id="comment"),
        pytest.param(
            b"- a\n",
            "1:1: a contract is a mapping, and this is a list. Begin it with `apiVersion: v3.2.0`.",
            id="list",
        ),
        pytest.param(
            b"a: 1\n---\nb: 2\n",
            "2:1: a second document begins here. Put each contract into a file of its own.",
            id="documents",
        ),
        pytest.param(
            b"a: 1\nb: 2\na: 3\n", "3:1: the key 'a' is there already, in line 1. Remove one of them.", id="key-twice"
        ),
        pytest.param(
            b"a: 1\nb:\n\tc: 2\n",
            "3:1: this is no YAML: found character that cannot start any token. YAML is indented with blanks and never "
            "with tabs: replace the tab.",
            id="tab",
        ),
        pytest.param(
            b"a: [1, 2\nb: 3\n",
            "2:2: this is no YAML: did not find expected ',' or ']', while parsing a flow sequence that began in line 1. "
            "Correct the line, or put the text in quotes.",
            id="open-list",
        ),
        pytest.param(
            b"a: b: c\n",
            "1:5: this is no YAML: mapping values are not allowed in this context. Correct the line, or put the text in "
            "quotes.",
            id="colon",
        ),
        pytest.param(
            "a: ü\nb: é".encode("latin-1"),
            "1:4: byte 0xfc is not UTF-8. Save the file as UTF-8, as with `iconv -f windows-1252 -t utf-8`.",
            id="latin",
        ),
        pytest.param(
            "a: 1\n".encode("utf-16"),
            "1:1: the file is UTF-16, and must be UTF-8. Convert it, as with `iconv -f utf-16 -t utf-8`.",
            id="utf-16",
        ),
        pytest.param(b"a: x\nb: \x01\n", "2:4: the character U+0001 may not be in YAML. Remove it.", id="control"),
        pytest.param(
            b"a: &a [*a]\n",
            "1:8: *a stands within what it stands for, without end. Write out what is meant.",
            id="recursive",
        ),
        pytest.param(b"a: *b\n", "1:4: *b stands for nothing: no &b is above it. Correct the name.", id="unknown-alias"),
        pytest.param(BOMB.encode(), "5:45: aliases stand for more than 100,000 values. Write out what is meant.", id="bomb"),
        pytest.param(
            b"a: " + b"[" * 100_000 + b"]" * 100_000,
            f"1:{MOST_LEVELS + 3}: the file is nested deeper than {MOST_LEVELS} levels. Remove some of them.",
            id="deep",
        ),
        pytest.param(b"? [a]\n: 1\n", "1:3: a key of a mapping must be text. Put it in quotes.", id="complex-key"),
        pytest.param(b"a: {<<: 3}\n", "1:9: << takes a mapping or a list of them, and this is a number.", id="merge"),
        pytest.param(b"a: !new x\n", "1:4: the tag !new does not fit 'x'. Remove it.", id="tag"),
        pytest.param(b"a: !!int x\n", "1:4: the tag tag:yaml.org,2002:int does not fit 'x'. Remove it.", id="int-tag"),
        pytest.param(b"a: !!set {x}\n", "1:4: the tag tag:yaml.org,2002:set means nothing in a contract.", id="set"),
        pytest.param(
            b"a: '" + b"x" * MOST_BYTES + b"'",
            "1:1: the file is larger than 16 MiB, so it is no contract. Correct the path.",
            id="large",
        ),
    ],
)
def test_what_is_no_contract_is_told_with_its_place(content: bytes, error: str) -> None:
    assert [one for one in parsed(content)[1] if one.startswith(error)]


def test_a_deep_file_that_is_allowed_is_read_to_its_end() -> None:
    levels = MOST_LEVELS // 2 - 10
    nested = "".join(f"{'  ' * n}properties:\n{'  ' * n}- name: a{n}\n" for n in range(3, levels))
    text = contract_text(f"schema:\n- name: o\n  properties:\n  - name: x\n    logicalType: object\n{nested[2:]}")

    assert reading_of(text).contract is not None


def test_mistakes_of_yaml_and_of_the_contract_are_told_at_once() -> None:
    assert errors_of(property_text("name: a\nname: b\nrequird: true")) == [
        "9:5: the key 'name' is there already, in line 8. Remove one of them.",
        "10:5: unknown key 'requird' in property 'a'. Did you mean 'required'?",
    ]
