"""How tables are laid out."""

from __future__ import annotations

import pytest

from size_texts import SIZES
from wombat_tool.preview.layout import TextColumn, count_text, size_text, table_lines


def lines(columns: list[TextColumn], width: int) -> str:
    """The lines of the table as one text."""
    return "\n".join(table_lines(columns, width)[0])


def test_numbers_stand_at_the_right_and_text_at_the_left() -> None:
    columns = [TextColumn("n", ["1", "1000"], is_right=True), TextColumn("name", ["a", "日本"])]

    assert lines(columns, 80) == "   n  name\n────  ────\n   1  a\n1000  日本"


def test_the_widest_columns_are_cut_first() -> None:
    columns = [TextColumn("a", ["x" * 40]), TextColumn("b", ["y" * 12]), TextColumn("c", ["z" * 40])]

    assert lines(columns, 40) == (
        "a             b             c\n"
        "────────────  ────────────  ────────────\n"
        "xxxxxxxxxxx…  yyyyyyyyyyyy  zzzzzzzzzzz…"
    )


def test_numbers_are_not_cut_while_text_can_be() -> None:
    columns = [TextColumn("text", ["x" * 40]), TextColumn("number", ["123456789.123456"], is_right=True)]

    assert lines(columns, 26).splitlines()[-1] == "xxxxxxx…  123456789.123456"


def test_a_long_number_alone_is_cut() -> None:
    assert lines([TextColumn("n", ["1" * 30], is_right=True)], 20).splitlines()[-1] == "1" * 19 + "…"


def test_columns_that_do_not_fit_are_left_out() -> None:
    columns = [TextColumn(f"column {i}", ["value"]) for i in range(300)]

    found, shown = table_lines(columns, 40)

    assert shown == 3
    assert found == [
        "column 0  column 1  column 2  …",
        "────────  ────────  ────────",
        "value     value     value     …",
    ]


def test_columns_that_just_fit_are_all_there() -> None:
    columns = [TextColumn(f"column {i}", ["value"]) for i in range(4)]

    assert table_lines(columns, 38)[1] == 4
    assert table_lines(columns, 37)[1] == 3


def test_an_empty_name_takes_a_column() -> None:
    assert lines([TextColumn("", [""]), TextColumn("b", ["1"])], 20) == "   b\n─  ─\n   1"


@pytest.mark.parametrize(("size_bytes", "text"), SIZES)
def test_sizes_are_told_in_fitting_units(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text


def test_counts_have_their_noun_in_the_right_number() -> None:
    assert [count_text(count, "row") for count in (0, 1, 12345)] == ["0 rows", "1 row", "12,345 rows"]
