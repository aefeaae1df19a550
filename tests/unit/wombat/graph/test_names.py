"""Addresses in their parts, and what is suggested for a mistyped one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import addresses
from wombat.graph.names import KnownNames, name_of, split_address


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        pytest.param("a/b:c", ("a/b", "c", ""), id="plain"),
        pytest.param("//:c", ("//", "c", ""), id="root"),
        pytest.param("a/b:c@k=v", ("a/b", "c", "@k=v"), id="parametrized"),
        pytest.param("a/b:c@j=1,k=v.w/x", ("a/b", "c", "@j=1,k=v.w/x"), id="parameters-with-dots-and-slashes"),
        pytest.param("a/b@k=v", ("a/b", "b", "@k=v"), id="parametrized-and-named-like-its-directory"),
        pytest.param("a@b/c:d", ("a@b/c", "d", ""), id="directory-with-at-sign"),
        pytest.param("a@b=c:d", ("a@b=c", "d", ""), id="directory-like-parameters"),
        pytest.param("a@b:d@k=v", ("a@b", "d", "@k=v"), id="both"),
        pytest.param("a:b'\"c é", ("a", "b'\"c é", ""), id="hostile-name"),
    ],
)
def test_an_address_has_a_directory_a_name_and_parameters(address: str, parts: tuple[str, str, str]) -> None:
    assert split_address(address) == parts
    assert name_of(address) == parts[1] + parts[2]


@given(addresses())
def test_the_parts_of_an_address_make_it_again(address: str) -> None:
    directory, name, parameters = split_address(address)

    assert f"{directory}:{name}{parameters}" == address


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        pytest.param("etl:raw_order", "etl:raw_orders", id="letter-missing"),
        pytest.param("etl:rwa_orders", "etl:raw_orders", id="letters-swapped"),
        pytest.param("etl:xaw_orders", "etl:raw_orders", id="first-letter"),
        pytest.param("elt:raw_orders", "etl:raw_orders", id="directory-mistyped"),
        pytest.param("etl:flights", "data/flights:flights", id="directory-forgotten"),
        pytest.param("etl:sales@country=dee", "etl:sales@country=de", id="parameter-mistyped"),
        pytest.param("etl:zzz", None, id="like-nothing"),
        pytest.param("somewhere/else:raw_order", None, id="mistyped-in-an-unlike-directory"),
        pytest.param("somewhere/else:orders_raw_all", None, id="like-nothing-in-another-directory"),
    ],
)
def test_the_nearest_name_is_suggested(wanted: str, found: str | None) -> None:
    known = ["etl:raw_orders", "etl:raw_users", "data/flights:flights", "etl:sales@country=de", "etl:sales@country=fr"]

    assert KnownNames(known).nearest(wanted) == found


def test_a_long_directory_does_not_make_unlike_names_alike() -> None:
    known = KnownNames(["a/very/long/directory/indeed:orders"])

    assert known.nearest("a/very/long/directory/indeed:flights") is None


def test_a_mistake_at_either_end_is_found_among_thousands() -> None:
    known = KnownNames(f"etl:{kind}_{number:05}" for kind in ("raw_orders", "raw_users") for number in range(5000))

    assert known.nearest("etl:raw_ordrs_01234") == "etl:raw_orders_01234"
    assert known.nearest("etl:raw_users_1234") == "etl:raw_users_01234"
    assert known.nearest("etl:xaw_users_01234") == "etl:raw_users_01234"


@settings(deadline=None, max_examples=30)
@given(st.lists(addresses(), min_size=1, max_size=20, unique=True), st.data())
def test_a_known_name_is_nearest_to_itself(names: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(names))

    assert KnownNames(names).nearest(name) == name


def test_a_directory_lists_its_own_targets_only() -> None:
    known = KnownNames(["a:x", "a:b", "a@k=v", "a/b:c", "ab:d", "//:e", "a:c"])

    assert known.in_directory("a", at_most=10) == (["a:b", "a:c", "a:x", "a@k=v"], 4)
    assert known.in_directory("a", at_most=2) == (["a:b", "a:c"], 4)
    assert known.in_directory("//", at_most=2) == (["//:e"], 1)
    assert known.in_directory("nowhere", at_most=2) == ([], 0)
