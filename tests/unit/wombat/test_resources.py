"""What steps ask of machines."""

from __future__ import annotations

import pytest
from pants.engine.addresses import Address
from pants.engine.target import InvalidFieldException

from quantity_texts import RIGHT, WRONG
from wombat.target_types import StepResourcesField

ADDRESS = Address("shop", target_name="train")


@pytest.mark.parametrize(("resource", "quantity"), RIGHT)
def test_a_quantity_is_taken_as_it_is(resource: str, quantity: str) -> None:
    assert dict(StepResourcesField({resource: quantity}, ADDRESS).value) == {resource: quantity}


@pytest.mark.parametrize(("resource", "quantity"), WRONG)
def test_any_other_quantity_is_refused_by_name(resource: str, quantity: str) -> None:
    with pytest.raises(InvalidFieldException, match="The 'resources' field in target shop:train must .*" + repr(resource)):
        StepResourcesField({resource: quantity}, ADDRESS)
