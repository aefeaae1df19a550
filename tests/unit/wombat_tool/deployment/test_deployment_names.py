"""Names made from addresses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wombat_tool.deployment.names import LONGEST_NAME, name_for

LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")

# What Pants takes for addresses, and what it may take in days to come.
ADDRESSES = st.builds(
    lambda directory, name, parameters: f"{directory}:{name}{parameters}",
    st.sampled_from(["shop", "", "a/b", "sh op", "größe"]),
    st.one_of(
        st.text(min_size=1, max_size=300), st.sampled_from(["on", "1e3", "0777", "a_b", "a-b", "x" * 300, "${{ x }}"])
    ),
    st.sampled_from(["", "@m=a", "@m=b,n=c"]),
)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("shop:clean_flights", "clean-flights"),
        ("shop:load2", "load2"),
        ("shop:on", "on"),
    ],
)
def test_a_plain_name_stays_readable(address: str, name: str) -> None:
    assert name_for(address, directory="shop") == name


@pytest.mark.parametrize(
    ("address", "beginning"),
    [
        ("other/shop:load", "shop-load-"),
        ("shop:train@model=trees", "train-model-trees-"),
        ("shop:a-b", "a-b-"),
        ("shop:Load", "load-"),
        ("shop:0777", "x-0777-"),
        ("shop:größe", "gr-e-"),
        ("shop:'; rm -rf /", "rm-rf-"),
        ("shop:${{ x }}", "x-"),
        ("shop:💥", "x-"),
    ],
)
def test_any_other_name_ends_with_a_hash_of_its_address(address: str, beginning: str) -> None:
    name = name_for(address, directory="shop")

    assert re.fullmatch(rf"{beginning}[0-9a-f]{{8}}", name)


@given(address=ADDRESSES, limit=st.integers(20, 63))
def test_names_are_labels_of_dns(address: str, limit: int) -> None:
    name = name_for(address, directory="shop", limit=limit)

    assert LABEL.fullmatch(name)
    assert len(name) <= limit
    assert name == name_for(address, directory="shop", limit=limit)


@given(addresses=st.lists(ADDRESSES, min_size=2, unique=True))
def test_different_addresses_have_different_names(addresses: list[str]) -> None:
    assert len({name_for(address, directory="shop") for address in addresses}) == len(addresses)


def test_two_thousand_addresses_have_different_names() -> None:
    addresses = [f"a{number % 7}/b:step_{number}@m={'x' * (number % 90)}" for number in range(2000)]

    assert len({name_for(address, directory="shop", limit=LONGEST_NAME) for address in addresses}) == 2000
