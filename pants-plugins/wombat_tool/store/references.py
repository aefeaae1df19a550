"""How people name a version: `[project//]path:name@VERSION`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wombat_tool.errors import StoreError
from wombat_tool.store.layout import LATEST, DatasetName, is_label, is_version

_PREFIX = re.compile(r"[0-9a-f]{6,63}")
_FORM = (
    "Write [project//]path:name@VERSION, where VERSION is the 64 hexadecimal digits of a version or at least its "
    "first 6, a label, or `latest`, which stands there if nothing else does."
)


@dataclass(frozen=True)
class Reference:
    """A dataset, and what says which of its versions: digits, a label, or `latest`."""

    dataset: DatasetName
    selector: str = LATEST

    @property
    def is_prefix(self) -> bool:
        """Whether it is the beginning of a version."""
        return _PREFIX.fullmatch(self.selector) is not None

    def __str__(self) -> str:
        return f"{self.dataset}@{self.selector}"


def parse_reference(text: str, *, project: str = "") -> Reference:
    """The reference that a text is.

    :param project: where the text names none.
    :raises StoreError: if it is none.
    """
    address, at, selector = text.rpartition("@")
    if not at or "=" in selector:
        # The address of a target that was made by `parametrize` ends in `@name=value`.
        address, selector = text, LATEST
    dataset = parse_dataset(address, project=project, where=f"The reference {text!r}")
    if not (selector == LATEST or is_label(selector) or is_version(selector) or _PREFIX.fullmatch(selector)):
        raise StoreError(
            f"The reference {text!r}", problem=f"does not say which version: {selector!r} is none.", mend=_FORM
        )
    return Reference(dataset, selector)


def parse_dataset(text: str, *, project: str = "", where: str = "") -> DatasetName:
    """The dataset that `[project//]path:name` names.

    :param where: the beginning of the sentence for people, if it is part of something else.
    :raises StoreError: if it names none.
    """
    where = where or f"The name {text!r}"
    before, slashes, address = text.partition("//")
    if slashes and before:
        project = before
        # The address of a target in the root is `//:name`.
        address = f"//{address}" if address.startswith(":") else address
    else:
        address = text
    if not address.strip("/:") or "\0" in address:
        raise StoreError(where, problem="names no dataset.", mend=_FORM)
    if not project:
        raise StoreError(where, problem="names no project.", mend=f"Write project//{address}, or give --project.")
    return DatasetName(project, _canonical(address))


def _canonical(address: str) -> str:
    """The address as Pants writes it: the name is left out where it is that of the directory."""
    target, at, parameters = address.partition("@")
    path, _, name = target.partition(":")
    if name and name == path.rpartition("/")[2]:
        target = path
    return f"{target}{at}{parameters}"
