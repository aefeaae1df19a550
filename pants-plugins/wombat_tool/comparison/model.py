"""What a comparison finds."""

from __future__ import annotations

from dataclasses import dataclass, field

from wombat_tool.contracts.model import NOWHERE, Place, Severity


@dataclass(frozen=True)
class Mismatch:
    """Something that a need asks for and a promise does not give.

    :param column: its path, as "address.city" or, of the items of an array, "tags[]"; None for the dataset as a whole.
    :param aspect: the rule: a key of ODCS as "maximum", "present" or "extraColumns", or the name of a quality rule.
    :param promise: what is promised of it, in words; `need` is what is needed.
    :param severity: of the rule in the need.
    """

    column: str | None
    aspect: str
    promise: str
    need: str
    severity: Severity = Severity.ERROR
    promise_place: Place = field(default=NOWHERE, compare=False)
    need_place: Place = field(default=NOWHERE, compare=False)
