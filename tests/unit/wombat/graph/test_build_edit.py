"""A field is added to the call of a dataset, and nothing else in the BUILD file changes."""

from __future__ import annotations

import ast
import textwrap
from typing import List

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import target_names
from wombat.graph.build_edit import with_field


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('dataset(name="a")', 'dataset(name="a", contract="a.odcs.yaml")', id="one-line"),
        pytest.param("dataset(name='a')\n", "dataset(name='a', contract='a.odcs.yaml')\n", id="single-quotes"),
        pytest.param('dataset(name="a",)', 'dataset(name="a", contract="a.odcs.yaml",)', id="one-line-comma"),
        pytest.param('dataset( name = "a" )', 'dataset( name = "a", contract="a.odcs.yaml" )', id="blanks"),
        pytest.param('dataset(name=("a"))', 'dataset(name=("a"), contract="a.odcs.yaml")', id="parentheses"),
        pytest.param(
            'dataset(\n    name="a",\n    format="csv",\n)\n',
            'dataset(\n    name="a",\n    format="csv",\n    contract="a.odcs.yaml",\n)\n',
            id="a-line-each",
        ),
        pytest.param(
            'dataset(\n  name="a",\n  format="csv"\n)\n',
            'dataset(\n  name="a",\n  format="csv",\n  contract="a.odcs.yaml"\n)\n',
            id="a-line-each-without-last-comma",
        ),
        pytest.param(
            'dataset(\n\tname="a",  # the first, "b"\n\t# more (of it\n)\n',
            'dataset(\n\tname="a",  # the first, "b"\n\tcontract="a.odcs.yaml",\n\t# more (of it\n)\n',
            id="comments-and-tabs",
        ),
        pytest.param(
            'dataset(\n    name="a"  # the first\n)\n',
            'dataset(\n    name="a",  # the first\n    contract="a.odcs.yaml"\n)\n',
            id="comment-without-last-comma",
        ),
        pytest.param(
            'dataset(\n    name="a",\n    tags=[\n        "x",\n    ],\n)\n',
            'dataset(\n    name="a",\n    tags=[\n        "x",\n    ],\n    contract="a.odcs.yaml",\n)\n',
            id="value-of-several-lines",
        ),
        pytest.param(
            'dataset(\n    name="a", format="csv",\n)\n',
            'dataset(\n    name="a", format="csv", contract="a.odcs.yaml",\n)\n',
            id="several-in-a-line",
        ),
        pytest.param(
            'dataset(name="a",\n        format="csv")\n',
            'dataset(name="a",\n        format="csv",\n        contract="a.odcs.yaml")\n',
            id="aligned-with-the-first",
        ),
        pytest.param(
            'dataset(name="a",\n        format="csv",)\n',
            'dataset(name="a",\n        format="csv",\n        contract="a.odcs.yaml",)\n',
            id="aligned-with-a-last-comma",
        ),
        pytest.param(
            'dataset(\r\n    name="a",\r\n)\r\n',
            'dataset(\r\n    name="a",\r\n    contract="a.odcs.yaml",\r\n)\r\n',
            id="line-ends-of-windows",
        ),
        pytest.param(
            'x = 1\rdataset(\r    name="a",\r)\r',
            'x = 1\rdataset(\r    name="a",\r    contract="a.odcs.yaml",\r)\r',
            id="line-ends-of-old-macs",
        ),
        pytest.param(
            'file(name="ü"); dataset(description="größer", name="a"); file(name="b")',
            'file(name="ü"); dataset(description="größer", name="a", contract="a.odcs.yaml"); file(name="b")',
            id="characters-of-several-bytes",
        ),
        pytest.param(
            'dataset(name="a", description="""of\n)""", format="csv")',
            'dataset(name="a", description="""of\n)""", format="csv", contract="a.odcs.yaml")',
            id="text-of-several-lines",
        ),
        pytest.param(
            'dataset(name="b")\nif True:\n    dataset(name="c")\n\ndataset(name="a")\nfile(name="a")\n',
            'dataset(name="b")\nif True:\n    dataset(name="c")\n\ndataset(name="a", contract="a.odcs.yaml")\nfile(name="a")\n',
            id="other-targets",
        ),
        pytest.param(
            'FORMAT = "csv"\ndataset(name="a", format=FORMAT)',
            'FORMAT = "csv"\ndataset(name="a", format=FORMAT, contract="a.odcs.yaml")',
            id="computed-field",
        ),
    ],
)
def test_the_contract_is_added_in_the_style_of_the_call(before: str, after: str) -> None:
    assert with_field(before, "a", "contract", "a.odcs.yaml") == after


@pytest.mark.parametrize(
    "build_text",
    [
        pytest.param("", id="empty"),
        pytest.param('dataset(name="b")', id="another-name"),
        pytest.param('file(name="a")', id="another-target-type"),
        pytest.param('dataset(name="a", contract="b.odcs.yaml")', id="contract"),
        pytest.param('dataset(name="a", contract=None)', id="contract-written-as-none"),
        pytest.param('dataset(name="a", **COMMON)', id="more-keywords"),
        pytest.param('dataset("x", name="a")', id="positional"),
        pytest.param('dataset(*x, name="a")', id="more-arguments"),
        pytest.param('dataset(format="csv")', id="no-name"),
        pytest.param('NAME = "a"\ndataset(name=NAME)', id="name-of-a-constant"),
        pytest.param('dataset(name=f"{x}a")', id="computed-name"),
        pytest.param('for x in "ab":\n    dataset(name="a")', id="loop"),
        pytest.param('[dataset(name="a") for x in "a"]', id="comprehension"),
        pytest.param('def macro():\n    dataset(name="a")\nmacro()', id="function"),
        pytest.param('if x:\n    dataset(name="a")', id="condition"),
        pytest.param('if x:\n    dataset(name="a")\nelse:\n    dataset(name="a", format="csv")', id="two-branches"),
        pytest.param('dataset(name="a")\ndataset(name="a")', id="two-calls"),
        pytest.param('dataset(name="a")\nif x:\n    dataset(name="a", format="csv")', id="one-of-two-is-plain"),
        pytest.param('x = dataset(name="a")', id="assigned"),
        pytest.param('f(dataset(name="a"))', id="argument"),
        pytest.param('my.dataset(name="a")', id="attribute"),
        pytest.param('def dataset(name): ...\ndataset(name="a")', id="function-of-that-name"),
        pytest.param('dataset = file\ndataset(name="a")', id="variable-of-that-name"),
        pytest.param('dataset(name="a", format=parametrize("csv", "jsonl"))', id="parametrized"),
        pytest.param('F = parametrize("csv", "jsonl")\ndataset(name="a", format=F)', id="parametrized-elsewhere"),
        pytest.param('dataset(name="a"', id="no-python"),
        pytest.param('dataset(name="a")\0', id="null-character"),
        pytest.param("(" * 5000, id="nested-deeply"),
    ],
)
def test_a_call_that_is_not_plain_is_left_to_people(build_text: str) -> None:
    assert with_field(build_text, "a", "contract", "a.odcs.yaml") is None


@pytest.mark.parametrize(
    ("contract", "quote", "literal"),
    [
        pytest.param("a.odcs.yaml", '"', '"a.odcs.yaml"', id="double"),
        pytest.param("a.odcs.yaml", "'", "'a.odcs.yaml'", id="single"),
        pytest.param("it's.yaml", "'", '"it\'s.yaml"', id="apostrophe"),
        pytest.param('"a".yaml', '"', "'\"a\".yaml'", id="quotes"),
        pytest.param("a\\b\n.yaml", '"', '"a\\\\b\\n.yaml"', id="escapes"),
    ],
)
def test_the_path_is_quoted_like_the_name(contract: str, quote: str, literal: str) -> None:
    edited = with_field(f"dataset(name={quote}a{quote})", "a", "contract", contract)

    assert edited == f"dataset(name={quote}a{quote}, contract={literal})"
    assert ast.literal_eval(literal) == contract


# --- All BUILD files --------------------------------------------------------------------------------------------------

_GAP = st.sampled_from(["", " ", "\n", "\n    ", " # so\n", "\n    # it's (\n    ", " \\\n  ", "\n\n\t"])
_VALUES = st.sampled_from(['"csv"', "'ü'", "[1, 2,\n ]", '"""a\n"""', "(1)", "f(x=1)", 'f"{a}"', "-1", "{'a': ')'}"])


@st.composite
def calls(draw: st.DrawFn, name: str) -> str:
    """The call of a dataset, written in any way."""
    keywords = [f"{word}{draw(_GAP)}={draw(_GAP)}{draw(_VALUES)}" for word in draw(st.sets(st.sampled_from("xyz")))]
    keywords.insert(draw(st.integers(0, len(keywords))), f"name={draw(st.sampled_from([repr(name), ascii(name)]))}")
    separated: List[str] = []
    for keyword in keywords:
        separated += [draw(_GAP), keyword, draw(_GAP), ","]
    if draw(st.booleans()):
        separated.pop()
    return "dataset(" + "".join(separated) + draw(_GAP) + ")"


def is_part(text: str, longer: str) -> bool:
    """Whether a text is left when some characters of the longer one are taken out."""
    rest = iter(longer)
    return all(character in rest for character in text)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), names=st.lists(target_names(), min_size=1, max_size=3, unique=True))
def test_the_result_differs_by_the_keyword_alone(data: st.DataObject, names: List[str]) -> None:
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    text = "\n".join(data.draw(calls(name)) for name in names).replace("\n", end)
    number = data.draw(st.integers(0, len(names) - 1))
    contract = data.draw(st.sampled_from(["a.odcs.yaml", "it's.yaml", "größe.yaml"]))
    expected = ast.parse(text)
    call = expected.body[number].value  # type: ignore[attr-defined]
    call.keywords.append(ast.keyword("contract", ast.Constant(contract)))

    edited = with_field(text, names[number], "contract", contract)

    assert edited is not None
    assert ast.dump(ast.parse(edited)) == ast.dump(expected)
    assert is_part(text, edited)
    added = len(edited) - len(text)
    assert len(f'contract="{contract}"') < added <= len(f', contract="{contract}"') + len(end) + len("    ")
    assert with_field(edited, names[number], "contract", contract) is None


def test_a_second_dataset_is_edited_after_the_first() -> None:
    text = textwrap.dedent(
        """
        dataset(name="a")
        dataset(
            name="b",
        )
        """
    )

    edited = with_field(with_field(text, "a", "contract", "a.yaml") or "", "b", "sha256", "ab")

    assert edited == text.replace('"a"', '"a", contract="a.yaml"').replace('"b",\n', '"b",\n    sha256="ab",\n')
