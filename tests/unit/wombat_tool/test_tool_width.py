"""How wide text is, and how it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat_tool.preview.width import display_width, fit, fold, pad, printable, wrap

ANY_TEXT = st.text(st.characters())


@pytest.mark.parametrize(
    ("text", "width"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("abc", 3, id="ascii"),
        pytest.param("Zoë", 3, id="composed"),
        pytest.param("Zoe\u0308", 3, id="combining"),
        pytest.param("日本語", 6, id="cjk"),
        pytest.param("ﾊﾝｶｸ", 4, id="half-width"),
        pytest.param("ＡＢ", 4, id="full-width"),
        pytest.param("한글", 4, id="hangul"),
        pytest.param("\u1112\u1161\u11ab", 2, id="hangul-in-parts"),
        pytest.param("👍", 2, id="emoji"),
        pytest.param("👍🏽", 2, id="emoji-with-skin-tone"),
        pytest.param("👨‍👩‍👧", 2, id="emoji-joined"),
        pytest.param("❤️", 2, id="emoji-style"),
        pytest.param("a\ufe0f1\ufe0f", 2, id="emoji-style-of-no-emoji"),
        pytest.param("🇩🇪", 2, id="flag"),
        pytest.param("שלום", 4, id="right-to-left"),
        pytest.param("นี้", 1, id="thai"),
    ],
)
def test_width_is_that_of_a_terminal(text: str, width: int) -> None:
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        pytest.param("abc", 3, "abc", id="fits"),
        pytest.param("abcd", 3, "ab…", id="cut"),
        pytest.param("abcd", 1, "…", id="one-column"),
        pytest.param("日本語", 5, "日本…", id="wide"),
        pytest.param("日本語", 4, "日…", id="wide-cut-in-half"),
        pytest.param("e\u0301e\u0301e\u0301", 2, "e\u0301…", id="combining-stays"),
        pytest.param("👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…", id="joined-emoji-stays"),
    ],
)
def test_text_is_cut_between_characters(text: str, width: int, expected: str) -> None:
    assert fit(text, width) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\tb\nc\r", r"a\tb\nc\r", id="controls"),
        pytest.param("\x1b[31mred\x00", r"\x1b[31mred\x00", id="escape-sequence"),
        pytest.param("abc\u202edef\u2066", r"abc\u202edef\u2066", id="direction"),
        pytest.param("\ud800", r"\ud800", id="surrogate"),
        pytest.param("a\u2028b\x85", r"a\u2028b\x85", id="line-separators"),
        pytest.param("\ufe0fa\u0301", "\\ufe0fa\u0301", id="combines-with-what-is-before"),
        pytest.param("a\u200d", r"a\u200d", id="joins-what-is-after"),
        pytest.param("naïve ❤️", "naïve ❤️", id="ordinary"),
    ],
)
def test_what_would_move_the_cursor_is_escaped(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(ANY_TEXT)
def test_printable_text_has_one_line_and_can_be_encoded(text: str) -> None:
    shown = printable(text)

    assert len(shown.splitlines()) <= 1
    assert shown.encode().decode() == shown


@given(ANY_TEXT, st.integers(1, 40))
def test_cut_and_padded_text_has_the_width(text: str, width: int) -> None:
    text = printable(text)

    assert display_width(fit(text, width)) <= width
    assert fit(text, max(1, display_width(text))) == text
    assert display_width(pad(text, width)) == display_width(pad(text, width, right=True)) == width


@given(ANY_TEXT, ANY_TEXT)
def test_printable_texts_do_not_combine(first: str, second: str) -> None:
    first, second = printable(first), printable(second)

    assert display_width(f"{first} {second}") == display_width(first) + 1 + display_width(second)


@given(ANY_TEXT, st.integers(2, 40))
def test_folded_and_wrapped_lines_have_the_width(text: str, width: int) -> None:
    text = printable(text)

    assert "".join(fold(text, width)) == text
    assert all(display_width(line) <= width for line in [*fold(text, width), *wrap(text, width)])
