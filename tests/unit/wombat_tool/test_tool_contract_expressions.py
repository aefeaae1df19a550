"""Which regular expressions can be used: those that DuckDB can."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat_tool.contracts.regular_expressions import regular_expression_problem

RE2 = "DuckDB's regular expressions (RE2) do not have"


def duckdb_can_use(pattern: str) -> bool:
    try:
        duckdb.execute("SELECT regexp_matches('', $pattern)", {"pattern": pattern}).fetchall()
    except duckdb.Error:
        return False
    return True


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "^[A-Z]{2}[0-9]{2}[A-Z0-9]{4}[0-9]{7}([A-Z0-9]?){0,16}$",
        r"^[\w.+-]+@[\w-]+\.[\w.-]+$",
        r"^\d{4}-\d{2}-\d{2}$",
        "a|b|",
        "(?i)a(?:b)(?P<name>c)(?s-i:d)",
        "[]a]",
        "[^]a-z\\d-]",
        "[[:alpha:]_]",
        r"\p{L}\pN\P{Greek}",
        r"\x41\x{1F600}\012\a\_\-\/",
        r"\Qa(b\E",
        "a{2,}?b*?c+?d??",
        "a{,3}{",
        "(a{100}){10}",
        "größe",
        "a.b$",
    ],
)
def test_an_expression_that_can_be_used(pattern: str) -> None:
    assert regular_expression_problem(pattern) is None
    assert duckdb_can_use(pattern)


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("(?=a)", f"{RE2} lookahead, as (?=...)"),
        ("(?!a)", f"{RE2} lookahead, as (?!...)"),
        ("(?<=a)", f"{RE2} lookbehind, as (?<=...)"),
        ("(?<!a)b", f"{RE2} lookbehind, as (?<!...)"),
        (r"(a)\1", f"{RE2} backreferences, as \\1"),
        ("(?P=a)", f"{RE2} backreferences, as (?P=...)"),
        ("(?>a)", f"{RE2} atomic groups, as (?>...)"),
        ("(?(1)a)", f"{RE2} conditions, as (?(...)"),
        ("(?<year>a)", f"{RE2} groups that are named without P (write (?P<name>...)), as (?<...)"),
        ("a++", f"{RE2} possessive operators, as ++"),
        ("a**", f"{RE2} an operator on an operator, as **"),
        (r"\u0041", f"{RE2} \\u (write \\x{{1F600}})"),
        (r"a\Z", f"{RE2} \\Z (write \\z)"),
        ("a{1001}", f"{RE2} more than 1,000 repetitions"),
        ("((a{100}){11})", f"{RE2} more than 1,000 repetitions"),
        ("[[:foo:]]", f"{RE2} the class [:foo:]"),
        ("(?x)a", f"{RE2} what begins with (?x"),
        ("a{3,1}", "the numbers of {3,1} are the wrong way around"),
        ("(", "it has a ( without a )"),
        (")", "it has a ) without a ("),
        ("[a", "it has a [ without a ]"),
        ("[z-a]", "the range in [z-a has no beginning or an end before it"),
        ("*a", "there is nothing for * to repeat"),
        ("a|+", "there is nothing for + to repeat"),
        ("a\\", "it ends with a single backslash"),
        (r"\p", "\\p takes the name of a Unicode class, as \\p{L}"),
        (r"\x4", "\\x takes two hexadecimal digits, or others in braces"),
        ("(" * 500 + ")" * 500, "it is nested deeper than 200 levels"),
    ],
)
def test_an_expression_that_cannot_be_used(pattern: str, problem: str) -> None:
    assert regular_expression_problem(pattern) == problem
    assert len(pattern) > 500 or not duckdb_can_use(pattern)


PARTS = (
    *"ab13-,:<=!^$.|()[]{}*+? ",
    r"\d", r"\\", r"\b", r"\z", r"\Z", r"\_", r"\1", r"\0", r"\x41", r"\C", r"\p{L}",
    "(?:", "(?i)", "(?i", "(?P<n>", "[^", "[:alpha:]", "{2}", "{2,3}", "{3,2}", "2000", "é", "\n",
)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=8).map("".join))
def test_the_answer_is_duckdbs(pattern: str) -> None:
    assert (regular_expression_problem(pattern) is None) == duckdb_can_use(pattern)
