"""Patterns as sets of texts: what they match, as DuckDB has it, and which matches all that another one does."""

from __future__ import annotations

import time

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat_tool.comparison.patterns import implies, lengths, matches

# The last two are what RE2 takes for k and s where case makes no difference.
ALPHABET = "abkSz09_- .\n\té^$|()K\u212a\u017f"
ATOMS = st.one_of(
    st.sampled_from(list("abkSz09_-é")),
    st.sampled_from([".", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"\.", r"\-", r"\n", r"\x61", r"\x{e9}", r"\$", r"\_"]),
    st.sampled_from(["[ab]", "[^ab]", "[a-z0-9_]", "[^a-zé]", r"[\d_]", r"[^\w]", "[[:alpha:]]", "[[:^space:]-]", "[]a]", "[a-]"]),
    st.sampled_from(["^", "$", r"\A", r"\z"]),
)
REPETITIONS = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}", "*?", "+?", "{1,2}?"])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouped = st.tuples(st.sampled_from(["(", "(?:", "(?i:", "(?s:", "(?P<n>", "(?i)("]), inner).map(lambda pair: f"{pair[0]}{pair[1]})")
    return st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map("|".join),
        st.tuples(grouped, REPETITIONS).map("".join),
        grouped,
    )


PATTERNS = st.recursive(st.one_of(ATOMS, st.tuples(ATOMS, REPETITIONS).map("".join)), _joined, max_leaves=6)


def _is_valid(connection: duckdb.DuckDBPyConnection, pattern: str) -> bool:
    try:
        connection.execute("SELECT regexp_matches('', ?)", [pattern]).fetchone()
        return True
    except duckdb.Error:
        return False


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@settings(max_examples=150, deadline=None)
@given(PATTERNS, st.lists(st.text(ALPHABET, max_size=5), min_size=1, max_size=12))
def test_texts_match_as_they_do_in_duckdb(connection: duckdb.DuckDBPyConnection, pattern: str, texts: list[str]) -> None:
    found = [matches(pattern, text) for text in texts]
    if None in found or not _is_valid(connection, pattern):
        # Letters beyond ASCII without regard to case are not read.
        return

    expected = connection.execute("SELECT list_transform(?, lambda x: regexp_matches(x, ?))", [texts, pattern]).fetchone()
    assert expected is not None
    assert found == expected[0]


@settings(max_examples=150, deadline=None)
@given(PATTERNS, PATTERNS, st.lists(st.text(ALPHABET, max_size=5), max_size=12))
def test_what_matches_a_pattern_matches_all_that_it_implies(promise: str, need: str, texts: list[str]) -> None:
    is_implied = implies(promise, need)
    for text in texts:
        if is_implied and matches(promise, text) is True:
            assert matches(need, text) is not False


@settings(max_examples=100, deadline=None)
@given(PATTERNS, st.lists(st.text(ALPHABET, max_size=6), max_size=12))
def test_what_matches_has_a_length_that_was_told(pattern: str, texts: list[str]) -> None:
    shortest, longest = lengths(pattern)
    for text in texts:
        if matches(pattern, text):
            assert shortest <= len(text)
            assert longest is None or len(text) <= longest


@settings(max_examples=80, deadline=None)
@given(PATTERNS, PATTERNS)
def test_a_pattern_implies_itself_and_every_choice_with_it(one: str, other: str) -> None:
    assert implies(one, one)
    if matches(one, "") is not None and matches(f"(?:{one})|(?:{other})", "") is not None:
        assert implies(one, f"(?:{one})|(?:{other})")


@pytest.mark.parametrize(
    ("promise", "need"),
    [
        pytest.param("^[A-Z]{3}$", "^[A-Z]+$", id="count"),
        pytest.param("^[A-Z]{2}$", "^[A-Z]{1,3}$", id="range-of-counts"),
        pytest.param("a", "[ab]", id="anywhere-in-the-text"),
        pytest.param("^a$", "a", id="edges"),
        pytest.param("^(UA|AA|DL)$", "^[A-Z]{2}$", id="choice"),
        pytest.param(r"^\d{4}-\d{2}-\d{2}$", r"^\d+-\d+-\d+$", id="date"),
        pytest.param(r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$", ".+@.+", id="e-mail"),
        pytest.param("^N[0-9]{1,5}$", "^N", id="beginning"),
        pytest.param("^(?i)abc$", "^[a-cA-C]+$", id="without-case"),
        pytest.param("^[a-z]{1,900}$", "^.{0,1000}$", id="long-texts"),
        pytest.param("^a|b$", "a|b", id="edges-of-a-choice"),
        pytest.param("x$y", "q", id="nothing-at-all"),
        pytest.param(r"\bflight\b", r"\bflight\b", id="the-same-that-cannot-be-read"),
    ],
)
def test_a_pattern_implies(promise: str, need: str) -> None:
    assert implies(promise, need)


@pytest.mark.parametrize(
    ("promise", "need"),
    [
        pytest.param("^[A-Z]+$", "^[A-Z]{3}$", id="count"),
        pytest.param("a", "^a", id="beginning"),
        pytest.param("^a$", "^a.", id="longer"),
        pytest.param("^.$", "^[^a]$", id="one-character"),
        pytest.param(".", "^.*$", id="dot-is-no-line-end"),
        pytest.param("^[^a]$", "^.$", id="another-set-has-the-line-end"),
        pytest.param("^é$", r"^\w$", id="words-are-ascii"),
        pytest.param("(?i)^k$", "^[kK]$", id="kelvin-sign"),
        pytest.param(r"^\bflight\b$", "flight", id="cannot-be-read"),
        pytest.param("^a$", "(?=a)a", id="need-cannot-be-read"),
        pytest.param(r"^\p{L}$", "^.*$", id="unicode-property"),
    ],
)
def test_a_pattern_is_not_shown_to_imply(promise: str, need: str) -> None:
    assert not implies(promise, need)


@pytest.mark.parametrize(
    ("promise", "need"),
    [
        pytest.param("^(a|b)*a(a|b){18}$", "^(a|b)*b(a|b){18}$", id="many-states-at-a-time"),
        pytest.param("((a{1,100}){1,100}){1,10}", "a", id="many-states"),
        pytest.param("[a-z]{500}[0-9]{400}", "[a-z0-9]{900}", id="long"),
        pytest.param("(" * 200 + "a" + ")" * 200, "a", id="deep"),
    ],
)
def test_what_would_take_long_is_given_up_soon(promise: str, need: str) -> None:
    start = time.process_time()

    implies(promise, need)

    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param("^[A-Z]{3}$", (3, 3), id="exact"),
        pytest.param("^a?b{2,5}$", (2, 6), id="range"),
        pytest.param("^(ab|c)+$", (1, None), id="without-end"),
        pytest.param("abc", (3, None), id="anywhere"),
        pytest.param("^$", (0, 0), id="empty"),
        pytest.param("a$b", (0, None), id="nothing-matches"),
        pytest.param(r"^\p{L}$", (0, None), id="cannot-be-read"),
    ],
)
def test_lengths_follow_from_a_pattern(pattern: str, expected: tuple[int, int | None]) -> None:
    assert lengths(pattern) == expected
