"""The settings of deployment targets, as BUILD files make them or leave them."""

from __future__ import annotations

from typing import Iterator, Tuple, Type

import pytest
from pants.engine.addresses import Address
from pants.engine.target import Target

from wombat.target_types.deployment import DEPLOYMENT_TARGET_TYPES
from wombat.target_types.deployment.common import SettingField

ADDRESS = Address("shop", target_name="ci")


def settings() -> Iterator[Tuple[Type[Target], Type[SettingField]]]:
    """Each setting of each deployment target."""
    for target in DEPLOYMENT_TARGET_TYPES:
        for field in target.core_fields:
            if issubclass(field, SettingField) and not field.required:
                yield target, field


@pytest.mark.parametrize(("target", "field"), settings(), ids=lambda one: one.alias)
def test_a_setting_that_is_not_made_is_none(target: Type[Target], field: Type[SettingField]) -> None:
    assert field(None, ADDRESS).value is None


@pytest.mark.parametrize("target", DEPLOYMENT_TARGET_TYPES, ids=lambda one: one.alias)
def test_no_two_fields_of_a_target_have_one_name(target: Type[Target]) -> None:
    aliases = [field.alias for field in target.core_fields]

    assert len(aliases) == len(set(aliases))
