"""On the Pants that runs the tests: what its rule parser sees of the plugin's rules, and that both halves agree."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Dict, FrozenSet, Mapping, Union

import pytest
from pants.engine.environment import EnvironmentName
from pants.engine.internals.rule_visitor import collect_awaitables
from pants.engine.rules import Get, TaskRule
from pants.engine.unions import union_in_scope_types

from awaitables import RULES, expected_awaitables
from wombat import _compat_get, compat, register

_Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
FUNCTIONS = sorted(set(_compat_get.__all__).difference(["EnvironmentField", "EnvironmentNameRequest"]))


def _rules() -> Dict[str, TaskRule]:
    rules = [rule for rule in register.rules() if isinstance(rule, TaskRule)]
    return {rule.canonical_name: rule for rule in rules if rule.canonical_name.startswith("wombat.")}


def _awaitables(rule: TaskRule) -> FrozenSet[str]:
    return frozenset(
        f"{awaitable.output_type.__name__} <- {', '.join(kind.__name__ for kind in awaitable.input_types)}"
        for awaitable in collect_awaitables(rule.func)
    )


def test_every_rule_is_in_the_table() -> None:
    assert sorted(_rules()) == sorted(RULES)


@pytest.mark.parametrize("name", sorted(RULES))
def test_the_rule_parser_sees_all_that_a_rule_asks_for(name: str) -> None:
    assert _awaitables(_rules()[name]) == expected_awaitables(name)


def _halves() -> Mapping[str, ast.Module]:
    directory = Path(compat.__file__).parent
    return {name: ast.parse((directory / f"_compat_{name}.py").read_text()) for name in ("get", "byname")}


def _exported(half: ast.Module) -> object:
    values = [
        ast.literal_eval(statement.value)
        for statement in half.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__"
    ]
    assert len(values) == 1
    return values[0]


def _functions(half: ast.Module) -> Dict[str, _Function]:
    found = [statement for statement in half.body if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return {function.name: function for function in found}


def test_both_halves_export_the_same_names() -> None:
    halves = _halves()

    assert _exported(halves["get"]) == _exported(halves["byname"])
    assert list(_functions(halves["get"])) == list(_functions(halves["byname"]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_both_halves_take_the_same_arguments(name: str) -> None:
    with_get, by_name = (_functions(half)[name] for half in _halves().values())

    assert ast.unparse(with_get.args) == ast.unparse(by_name.args)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS).difference(["caller", "concurrently", "solved_apart", "union_rules"])))
def test_each_half_has_the_shape_that_its_rule_parser_follows(name: str) -> None:
    with_get, by_name = (_functions(half)[name] for half in _halves().values())

    # Up to 2.29 a plain function annotated with the bare name `Get` (or `Effect`, of what has effects); from 2.30 on a coroutine function annotated
    # with the bare name of the result, which the first half tells in its docstring.
    assert isinstance(with_get, ast.FunctionDef)
    assert with_get.returns is not None and ast.unparse(with_get.returns) in ("Get", "Effect")
    assert isinstance(by_name, ast.AsyncFunctionDef)
    assert isinstance(by_name.returns, ast.Name)
    assert (ast.get_docstring(with_get) or "").endswith(f": `{by_name.returns.id}`.")


def test_a_caller_asks_for_the_result_of_the_request() -> None:
    async def rule(request: str) -> int:
        raise NotImplementedError

    get = compat.caller(rule, str, int)("request")

    assert isinstance(get, Get)
    assert (get.output_type, get.input_types, get.inputs) == (int, [str], ["request"])
    assert inspect.signature(compat.caller(rule, str, int)).return_annotation == "Get"


def test_the_rules_of_a_request_that_is_solved_apart_have_nothing_else_in_scope() -> None:
    @compat.solved_apart
    class Request:
        """A request."""

    (rule,) = compat.union_rules(Request)

    # A union is registered with each of its members in the place of it, so this one stands for itself.
    assert (rule.union_base, rule.union_member) == (Request, Request)
    assert union_in_scope_types(Request) == (EnvironmentName,)
