"""The plugin's programs as files: complete, and the same however they are commented."""

from __future__ import annotations

import ast
import importlib.util
import string
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wombat.packages import package_files, program_files, without_words, wordless

STANDARD = ("argparse", "dataclasses", "fractions", "heapq", "json.decoder", "statistics", "textwrap", "typing")
"""Modules with much to say in comments and docstrings, and with most of what the language has."""


def stripped(source: str) -> str:
    """Source without its words."""
    return without_words(textwrap.dedent(source).encode()).decode()


def source_of(module: str) -> bytes:
    """The source of an installed module."""
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).read_bytes()


def meaning(source: bytes) -> str:
    """What source does, as a text: its syntax tree without text that stands for itself, and without line numbers."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for block in ("body", "orelse", "finalbody"):
            statements = getattr(node, block, None)
            if isinstance(statements, list):
                kept = [item for item in statements if not (isinstance(item, ast.Expr) and _is_text(item.value))]
                setattr(node, block, kept or ([ast.Pass()] if statements else []))
    return ast.dump(tree)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


# --- Without words ----------------------------------------------------------------------------------------------------


def test_comments_docstrings_and_blank_lines_vanish() -> None:
    assert stripped(
        '''
        #!/usr/bin/env python
        # A comment.
        """The module."""

        from __future__ import annotations

        LIMIT = 3  # Units.
        """What it limits."""


        class Thing:
            """A thing."""

            size: int = 1
            "Its size."

            def double(self) -> int:
                """Twice the size."""
                # First,
                return self.size * 2  # then this.


        async def nothing():
            """Nothing."""
        '''
    ) == (
        textwrap.dedent(
            """
            from __future__ import annotations
            LIMIT = 3

            class Thing:
                size: int = 1

                def double(self) -> int:
                    return self.size * 2

            async def nothing():
                pass
            """
        ).lstrip()
    )


def test_text_in_any_block_vanishes_and_the_block_stays() -> None:
    assert stripped(
        """
        if a:
            "one"
        else:
            "two"
        try:
            "three"
        finally:
            "four"
        for b in c:
            "five"
            print(b)
        """
    ) == ("if a:\n    pass\nelse:\n    pass\ntry:\n    pass\nfinally:\n    pass\nfor b in c:\n    print(b)\n")


def test_text_that_is_a_value_stays() -> None:
    source = b"x = 'text'\nf('text')\nf'{x}'\nb'bytes'\nlambda: 'text'\n"

    assert ast.dump(ast.parse(without_words(source))) == ast.dump(ast.parse(source))


def test_source_that_is_only_words_does_nothing() -> None:
    assert stripped("# Nothing.\n'Nothing.'") == "pass\n"
    assert stripped("") == "\n"


def test_source_in_another_encoding_becomes_utf_8() -> None:
    source = "# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1")

    assert without_words(source) == "x = 'é'\n".encode()


def test_source_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(SyntaxError):
        without_words(b"def f(:")


@pytest.mark.parametrize("module", STANDARD)
def test_the_code_of_a_real_module_stays_the_same(module: str) -> None:
    source = source_of(module)

    result = without_words(source)

    assert meaning(result) == meaning(source)
    assert without_words(result) == result
    assert b'"""' not in result or len(result) < len(source)


def test_a_real_module_runs_the_same() -> None:
    spaces: list[dict[str, Any]] = [{"__name__": "fractions_copy"}, {"__name__": "fractions_copy"}]
    for space, source in zip(spaces, (source_of("fractions"), without_words(source_of("fractions")))):
        exec(compile(source, "fractions.py", "exec"), space)

    results = [repr(space["Fraction"]("3/7") ** 5 + space["Fraction"](0.125)) for space in spaces]
    assert results[0] == results[1]
    assert spaces[0]["Fraction"].__doc__ and spaces[1]["Fraction"].__doc__ is None


def _commented(source: bytes, words: list[str], data: st.DataObject) -> bytes:
    """Source with comments put at the end of lines and between them, where no string is cut in two."""
    tree = ast.parse(source)
    inside = {
        line
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr))
        for line in range(node.lineno, node.end_lineno or node.lineno)
    }
    lines = source.decode().split("\n")
    result = []
    for number, line in enumerate(lines, 1):
        word = data.draw(st.sampled_from(words))
        free = number not in inside and not line.rstrip().endswith("\\")
        result.append(f"{line}  # {word}" if free and line.strip() else line)
        if free and line.strip().endswith(":"):
            result.append(f"# {word}")
    return "\n".join(result).encode()


SMALL = b'''\
"""The module."""
import os

def f(a, b="x # y"):
    """Says
    something # here."""
    if a:
        return {
            "k": [1, 2],
        }
    text = """
    # not a comment
    """
    return text + os.sep
'''


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(string.ascii_letters + " '\"é#", max_size=20), min_size=1), st.data())
def test_a_change_of_words_only_gives_identical_bytes(words: list[str], data: st.DataObject) -> None:
    assert without_words(_commented(SMALL, words, data)) == without_words(SMALL)


@settings(deadline=None, max_examples=5)
@given(st.sampled_from(["heapq", "textwrap"]), st.data())
def test_a_change_of_words_in_a_real_module_gives_identical_bytes(module: str, data: st.DataObject) -> None:
    source = source_of(module)

    assert without_words(_commented(source, ["new", "words"], data)) == without_words(source)


@pytest.mark.parametrize(
    "change",
    [(b"[1, 2]", b"[1, 3]"), (b"# not a comment", b"# not a remark"), (b"x # y", b"x # z"), (b"os.sep", b"os.name")],
)
def test_a_change_of_code_gives_other_bytes(change: tuple[bytes, bytes]) -> None:
    assert without_words(SMALL.replace(*change)) != without_words(SMALL)


# --- Packages ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package; importing it is a mistake."""
    top = tmp_path / "some_package"
    (top / "sub").mkdir(parents=True)
    (top / "__pycache__").mkdir()
    (top / "__init__.py").write_text("raise AssertionError('imported')  # Never.\n")
    (top / "a.py").write_text('"""A."""\nA = 1\n')
    (top / "sub" / "b.py").write_text("B = 2\n")
    (top / "sub" / "data.txt").write_text("no program\n")
    (top / "py.typed").touch()
    (top / "__pycache__" / "a.cpython-39.pyc").write_bytes(b"\0")
    monkeypatch.syspath_prepend(str(tmp_path))
    return top


def test_the_files_of_a_package_are_found_without_importing_it(package: Path) -> None:
    assert package_files("some_package") == (
        ("some_package/__init__.py", b"raise AssertionError('imported')  # Never.\n"),
        ("some_package/a.py", b'"""A."""\nA = 1\n'),
        ("some_package/py.typed", b""),
        ("some_package/sub/b.py", b"B = 2\n"),
    )
    assert "some_package" not in sys.modules


_PROGRAM = [
    "enter_venv.py",
    "some_package/__init__.py",
    "some_package/a.py",
    "some_package/sub/b.py",
    "warm_server.py",
]


def test_a_program_is_a_package_and_the_scripts_that_start_and_serve_it(package: Path) -> None:
    files = dict(program_files("some_package"))

    assert list(files) == _PROGRAM
    assert b"def serve" in files["warm_server.py"]
    assert files["some_package/a.py"] == b'"""A."""\nA = 1\n'
    assert b"os.execve" in files["enter_venv.py"]


def test_a_program_without_words_has_the_same_files(package: Path) -> None:
    files = dict(wordless(program_files("some_package")))

    assert list(files) == _PROGRAM
    assert files["some_package/a.py"] == b"A = 1\n"


def test_a_missing_package_says_what_to_do() -> None:
    with pytest.raises(ModuleNotFoundError, match="without its package wombat_nowhere; install it again"):
        package_files("wombat_nowhere")


def test_the_program_of_steps_stays_the_same_without_words() -> None:
    program = dict(program_files("wombat_step"))
    shortened = dict(wordless(program_files("wombat_step")))

    assert "wombat_step/__main__.py" in shortened
    for path, source in program.items():
        assert meaning(shortened[path]) == meaning(source), path
        # Text that a program reads from its own docstrings would be gone.
        assert b"__doc__" not in source, path
