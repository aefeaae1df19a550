"""The target type `data_contract`, and the fields of other targets that name contracts."""

from __future__ import annotations

from typing import Any, ClassVar, Mapping, Optional, Tuple

from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    AsyncFieldMixin,
    Dependencies,
    Field,
    InvalidFieldException,
    InvalidFieldTypeException,
    SingleSourceField,
    StringField,
    Target,
)
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text

from wombat.graph.contracts import CONTRACT_ENDINGS, ContractName, contract_name

_GLOB = frozenset("*?[")


class ContractBearingField(Field):
    """What the targets have in common that the goal `check` holds against contracts."""


class ContractSourceField(ContractBearingField, SingleSourceField):
    alias = "source"
    uses_source_roots = True
    expected_file_extensions = (".yaml", ".yml")
    help = help_text(
        """
        The contract file, relative to the BUILD file.

        Example:

            data_contract(name="orders_contract", source="orders.yaml")
        """
    )


class ContractDependenciesField(Dependencies):
    help = help_text(
        """
        Targets that the contract needs. Default: none.

        Example:

            data_contract(name="orders_contract", source="orders.yaml", dependencies=[":glossary"])
        """
    )


class DataContractTarget(Target):
    alias = "data_contract"
    core_fields = (*COMMON_TARGET_FIELDS, ContractSourceField, ContractDependenciesField)
    help = help_text(
        f"""
        A data contract: a YAML file of the Open Data Contract Standard (ODCS), version 3.

        Files that end in `{"` or `".join(CONTRACT_ENDINGS)}` have such a target without being declared, by the name
        of the file. Declare one for a contract that is called otherwise.

        The goal `check` reads it. Python code can import its types: `orders.odcs.yaml` is the module `orders_odcs`
        next to it, with a dataclass, a TypedDict and an Arrow schema for each of its objects.

        Example:

            data_contract(name="orders_contract", source="orders.yaml")
        """
    )


class DatasetContractField(ContractBearingField, StringField, AsyncFieldMixin):
    alias = "contract"
    help = help_text(
        """
        The contract that the dataset keeps: a file of the Open Data Contract Standard (ODCS), version 3, relative to
        the BUILD file, or from the root of the repository with `//` before it. Default: none, and then nothing is
        promised of the data.

        Of a file with several schema objects it is the one with the name of the dataset, or the one named after
        `#`. Every version of the dataset is validated before anything reads it. Editing the contract validates again
        and computes nothing anew.

        Example:

            dataset(name="orders", source="orders.csv", contract="orders.odcs.yaml")
            dataset(name="users", format="parquet", contract="shop.odcs.yaml#users")
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is not None:
            _checked_name(value, cls.alias, address)
        return value

    @property
    def name(self) -> Optional[ContractName]:
        """The contract, its file from the root of the repository."""
        return None if self.value is None else contract_name(self.value, self.address.spec_path)


class StepExpectsField(ContractBearingField, AsyncFieldMixin):
    alias = "expects"
    value: FrozenDict[str, str]
    default: ClassVar[FrozenDict[str, str]] = FrozenDict()
    help = help_text(
        """
        What the step needs of its inputs: a dictionary from the names of inputs to contract files, each named as in
        the field `contract` of a dataset. Default: what the annotations of the function say of rows.

        The goal `check` sees that the contract of each input promises as much, without running anything. Columns that
        are not named there are not needed.

        Example:

            pipeline_step(
                name="train",
                entry_point="train.py:train",
                inputs={"flights": ":clean_flights"},
                outputs=[":model"],
                expects={"flights": "train_input.odcs.yaml"},
            )
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Any, address: Address) -> FrozenDict[str, str]:
        value = super().compute_value(raw_value, address)
        if not isinstance(value, Mapping) or any(not isinstance(part, str) for item in value.items() for part in item):
            raise InvalidFieldTypeException(
                address, cls.alias, raw_value, expected_type="a dictionary from names of inputs to contract files"
            )
        for text in value.values():
            _checked_name(text, cls.alias, address)
        return FrozenDict(value)

    @property
    def names(self) -> Tuple[Tuple[str, ContractName], ...]:
        """The inputs, each with the contract that it is expected to keep."""
        return tuple((name, contract_name(text, self.address.spec_path)) for name, text in self.value.items())


def _checked_name(text: str, alias: str, address: Address) -> None:
    file, mark, name = text.partition("#")
    path = contract_name(text, address.spec_path).file
    is_one_file = file.endswith((".yaml", ".yml")) and not _GLOB.intersection(file)
    if not is_one_file or path.startswith("/") or (mark and not name):
        raise InvalidFieldException(
            f"The {alias!r} field in target {address} must name a contract file, as 'orders.odcs.yaml', "
            f"'//shop/orders.odcs.yaml' or 'shop.odcs.yaml#orders', but was {text!r}."
        )
    if path.startswith("../"):
        raise InvalidFieldException(
            f"The {alias!r} field in target {address} must name a file of this repository, but was {text!r}, which "
            "leads out of it."
        )
