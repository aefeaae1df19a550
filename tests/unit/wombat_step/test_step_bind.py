"""How inputs, params and outputs meet the function's parameters, and what a user reads where they do not."""

from __future__ import annotations

import functools
import inspect
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wombat_step._errors import AnnotationError, BindingError, ParamError
from wombat_step._signature import MISSING, signature_of

from step_sandbox import Sandbox

WHERE = r"function 'f' in etl/steps\.py:\d+"


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("a, b, c=3", id="either-way"),
        pytest.param("*, a, b, c=3", id="keyword-only"),
        pytest.param("a, /, b, *, c=3", id="all-kinds"),
        pytest.param("a, b, c=3, /", id="positional-only"),
        pytest.param("a, b, *args, c=3, **kwargs", id="variadic"),
        pytest.param("c=3, **kwargs", id="keywords-for-the-rest"),
    ],
)
def test_every_kind_of_parameter_gets_its_value(sandbox: Sandbox, signature: str) -> None:
    sandbox.input("a", "text", "A")
    out = sandbox.output("out", "json")
    body = "locals()" if "kwargs" not in signature else "{**locals(), **kwargs}"

    sandbox.run(
        f"def f({signature}):\n    seen = {body}\n    return {{k: str(seen[k])[-20:] for k in ('a', 'b', 'c')}}",
        {"b": 2},
    )

    assert json.loads(out.read_text()) == {"a": "A", "b": "2", "c": "3"}


def test_a_positional_parameter_behind_one_without_a_value_cannot_be_passed(sandbox: Sandbox) -> None:
    with pytest.raises(BindingError, match=rf"'b' of {WHERE} can be passed by position only.*'a' .*take the `/` out"):
        sandbox.run("def f(a=1, b=2, /): ...", {"b": 3})


@pytest.mark.parametrize(
    ("code", "params", "message"),
    [
        pytest.param(
            "def f(flight): ...",
            {},
            rf"binds a dataset to parameter 'flights', but {WHERE} has none of that name. Its parameters: flight. Did you "
            r"mean 'flight'\? Rename the parameter, or write inputs={\"<parameter>\": \"<dataset>\"}",
            id="unknown-input",
        ),
        pytest.param(
            "def f(flights, *, max_delay=1): ...",
            {"max_dely": 3},
            rf"'params' field names 'max_dely', but {WHERE} has no such parameter. Its parameters: flights, max_delay. "
            r"Did you mean 'max_delay'\? Correct the name in `params` or on the command line",
            id="unknown-param",
        ),
        pytest.param(
            "def f(flights, limit): ...",
            {},
            rf"Parameter 'limit' of {WHERE} has no default and gets no value. Add it to the step as "
            r"inputs={\"limit\": \"<dataset>\"} or params={\"limit\": ...}, or give it a default",
            id="no-value",
        ),
        pytest.param(
            "def f(flights): ...",
            {"flights": 3},
            r"'params' field names 'flights', which the 'inputs' field binds to a dataset already. Take it out of one",
            id="param-for-an-input",
        ),
        pytest.param(
            "from wombat_step import OutputPath\ndef f(flights, cleen: OutputPath, others: OutputPath): ...",
            {},
            rf"Parameter 'cleen' of {WHERE} is annotated OutputPath, but no output has that name. Outputs: clean. Did you "
            r"mean 'clean'\? Rename the parameter, or name the output: outputs={\"cleen\": \"<dataset>\"}",
            id="no-such-output",
        ),
        pytest.param(
            "from pathlib import Path\ndef f(flights, where: Path): ...",
            {"where": "/data/x.csv"},
            rf"Parameter 'where' of {WHERE} is annotated with a path, but the 'params' field gives it '/data/x.csv'.* "
            r"Declare the file as a dataset and name it in `inputs`, or annotate the parameter `str`",
            id="path-as-param",
        ),
        pytest.param(
            "from wombat_step import OutputPath\ndef f(flights, clean: OutputPath): ...",
            {"clean": "x"},
            r"'clean' of .* is annotated with a path, but the 'params' field gives it 'x'",
            id="param-for-an-output",
        ),
    ],
)
def test_a_binding_that_cannot_be_says_which_line_to_mend(
    sandbox: Sandbox, code: str, params: dict[str, Any], message: str
) -> None:
    sandbox.input("flights", "csv", "a\n1\n")
    sandbox.output("clean", "csv")

    with pytest.raises(BindingError, match=message):
        sandbox.run(code, params)


def test_an_input_bound_twice_is_refused(sandbox: Sandbox) -> None:
    sandbox.input("a", "text", "")
    sandbox.input("a", "text", "")

    with pytest.raises(BindingError, match="gives parameter 'a' of .* more than one dataset. Give each parameter one"):
        sandbox.run("def f(a): ...")


def test_independent_mistakes_are_told_at_once(sandbox: Sandbox) -> None:
    sandbox.input("flights", "csv", "a\n1\n")

    with pytest.raises(BindingError) as refused:
        sandbox.run("def f(flight: int, n: int): ...", {"n": "3", "m": 1})

    message = str(refused.value)
    assert message.startswith("4 things to mend:\n  * ")
    assert "'flights'" in message and "params['n'] must be int" in message
    assert "names 'm'" in message and "Parameter 'flight'" in message
    assert type(refused.value) is BindingError


def test_mistakes_of_one_kind_keep_their_class(sandbox: Sandbox) -> None:
    with pytest.raises(ParamError, match="2 things to mend"):
        sandbox.run("def f(a: int, b: int): ...", {"a": "3", "b": "4"})


def test_what_the_annotation_of_a_param_can_be_is_told(sandbox: Sandbox) -> None:
    with pytest.raises(AnnotationError, match=rf"'a' of {WHERE} cannot be given a param: .* annotated steps\.Model"):
        sandbox.run(
            "class Model: ...\nModel.__module__ = 'steps'\ndef f(a: Model): ...",
            {"a": 3},
        )


def test_a_param_is_checked_before_any_input_is_read(sandbox: Sandbox) -> None:
    sandbox.input("flights", "parquet", b"not parquet")

    with pytest.raises(
        ParamError, match=r"params\['n'\] must be int, but was '600' \(str\)\. Did you mean 600, without"
    ):
        sandbox.run("def f(flights: bytes, n: int): ...", {"n": "600"})


def test_the_message_for_a_param_names_both_places_to_mend(sandbox: Sandbox) -> None:
    with pytest.raises(ParamError) as refused:
        sandbox.run("def f(*, max_delay: int): ...", {"max_delay": 1.5})

    assert str(refused.value) == (
        "Parameter 'max_delay' of function 'f' in etl/steps.py:1 does not take the value that the 'params' field gives it: "
        "params['max_delay'] must be int, but was 1.5 (float). Correct it in the BUILD file, as "
        "params={'max_delay': ...}, or on the command line, as `-- <step>.max_delay=...`."
    )


def test_a_decorated_function_is_bound_by_what_it_wraps(sandbox: Sandbox) -> None:
    out = sandbox.output("out", "json")

    sandbox.run(
        """
        import functools
        from datetime import date

        def logged(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return function(*args, **kwargs)
            return wrapper

        @logged
        def f(day: "date"):
            return day.year
        """,
        {"day": "2024-02-29"},
    )

    assert json.loads(out.read_text()) == 2024


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param("f = functools.partial(g, extra=1)", id="partial"),
        pytest.param("f = type('C', (), {'__call__': lambda self, n, extra=1: g(n, extra)})()", id="instance"),
        pytest.param("class C:\n    def m(self, n: int, extra=1): return g(n, extra)\nf = C().m", id="method"),
        pytest.param("async def f(n: int): return g(n, 1)", id="coroutine"),
    ],
)
def test_other_callables_are_steps_too(sandbox: Sandbox, definition: str) -> None:
    out = sandbox.output("out", "json")

    sandbox.run(f"import functools\ndef g(n: int, extra): return n + extra\n{definition}", {"n": 2})

    assert json.loads(out.read_text()) == 3


def test_a_callable_without_a_signature_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(BindingError, match="The parameters of <class 'range'>.* cannot be read: .* with a `def`"):
        sandbox.run("f = range")


names = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=3, max_size=8)


@given(names, st.data())
def test_a_signature_is_what_inspect_says(names: list[str], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(names)), min_size=2, max_size=2)))
    groups = [names[: cuts[0]], names[cuts[0] : cuts[1]], names[cuts[1] :]]
    has_default = False
    parts = []
    for i, group in enumerate(groups):
        for name in group:
            has_default = data.draw(st.booleans()) or (has_default and i < 2)
            parts.append(name + (": int" if data.draw(st.booleans()) else "") + (" = 1" if has_default else ""))
        if i == 0 and group:
            parts.append("/")
        if i == 1:
            parts.append("*args" if data.draw(st.booleans()) or not groups[2] else "*")
    scope: dict[str, Any] = {}
    exec(
        f"def f({', '.join(parts)}, **kwargs): ..." if data.draw(st.booleans()) else f"def f({', '.join(parts)}): ...",
        scope,
    )

    found = signature_of(scope["f"])

    wanted = inspect.signature(scope["f"]).parameters.values()
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    assert [
        (one.name, one.has_default, one.is_positional_only, one.annotation is MISSING)
        for one in found.parameters.values()
    ] == [
        (
            one.name,
            one.default is not one.empty,
            one.kind is one.POSITIONAL_ONLY,
            one.annotation is one.empty,
        )
        for one in wanted
        if one.kind not in variadic
    ]
    assert found.takes_any_keyword == any(one.kind is one.VAR_KEYWORD for one in wanted)
    inspected = signature_of(functools.partial(scope["f"]))
    assert list(inspected.parameters) == list(found.parameters)
