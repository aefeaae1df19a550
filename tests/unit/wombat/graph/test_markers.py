"""Functions that say they are steps are found however the marker is imported."""

from __future__ import annotations

import textwrap

import pytest

from wombat.graph.markers import MarkedStep, marked_steps


def found(source: str) -> tuple[MarkedStep, ...]:
    """The marked steps of a module."""
    return marked_steps(textwrap.dedent(source).encode())


@pytest.mark.parametrize(
    ("imported", "decorator"),
    [
        pytest.param("from wombat_step import step", "step", id="from"),
        pytest.param("from wombat_step import log_metrics, step", "step", id="from-with-others"),
        pytest.param("from wombat_step import step as wombat", "wombat", id="from-as"),
        pytest.param("from wombat_step import *", "step", id="star"),
        pytest.param("import wombat_step", "wombat_step.step", id="module"),
        pytest.param("import os, wombat_step as ws", "ws.step", id="module-as"),
        pytest.param("import wombat_step.testing", "wombat_step.step", id="submodule"),
        pytest.param("try:\n    from wombat_step import step\nexcept ImportError:\n    raise", "step", id="within-try"),
        pytest.param("from wombat_step import step", "step()", id="called"),
    ],
)
def test_a_marked_function_is_found(imported: str, decorator: str) -> None:
    source = f"{imported}\n\n@{decorator}\ndef clean(flights, *, limit): ...\n\ndef other(): ...\n"

    assert marked_steps(source.encode()) == (MarkedStep("clean", ("flights", "limit")),)


@pytest.mark.parametrize(
    ("imported", "decorator"),
    [
        pytest.param("import wombat_step", "step", id="name-not-imported"),
        pytest.param("from wombat_step import step as s", "step", id="imported-by-another-name"),
        pytest.param("from .wombat_step import step", "step", id="module-of-the-users-own-package"),
        pytest.param("import wombat_step_tools as wombat_step", "wombat_step.step", id="other-package-of-that-name"),
        pytest.param("import wombat_step.testing as t", "t.step", id="submodule-as"),
        pytest.param("import wombat_step", "wombat_step.other", id="other-attribute"),
        pytest.param("import wombat_step", "a.wombat_step.step", id="attribute-of-an-attribute"),
        pytest.param("from wombat_step import capture_metrics", "capture_metrics", id="other-name"),
        pytest.param("# wombat_step", "step", id="only-mentioned"),
    ],
)
def test_another_decorator_is_no_marker(imported: str, decorator: str) -> None:
    assert marked_steps(f"{imported}\n\n@{decorator}\ndef clean(): ...\n".encode()) == ()


def test_all_kinds_of_parameters_are_named_in_order() -> None:
    assert found(
        """
        from wombat_step import step

        @step
        @functools.cache
        async def clean(a, /, b: "pa.Table", c=3, *rest, d, e=5, **more): ...
        """
    ) == (MarkedStep("clean", ("a", "b", "c", "d", "e")),)


def test_only_functions_of_the_module_are_steps() -> None:
    assert (
        found(
            """
            from wombat_step import step

            class Steps:
                @step
                def method(self): ...

            def make():
                @step
                def inner(): ...
            """
        )
        == ()
    )


def test_steps_come_in_the_order_of_the_file() -> None:
    source = "from wombat_step import step\n" + "".join(f"@step\ndef {name}(): ...\n" for name in "zay")

    assert [marked.name for marked in marked_steps(source.encode())] == ["z", "a", "y"]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"import wombat_step\ndef broken(:", id="syntax-error"),
        pytest.param(b"import wombat_step\n\0", id="null-byte"),
        pytest.param(b"# coding: latin-1\nimport wombat_step\n# \xe9\ndef f(): ...", id="other-encoding"),
        pytest.param(b"import wombat_step\n# \xe9", id="wrong-encoding"),
        pytest.param(b"import wombat_step\n" + b"(" * 5000 + b")" * 5000, id="too-deep"),
    ],
)
def test_source_without_steps_or_that_does_not_parse_has_none(source: bytes) -> None:
    assert marked_steps(source) == ()
