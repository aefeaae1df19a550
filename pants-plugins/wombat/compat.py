"""The one place that knows the Pants version: what rules call of the engine, and what moved between versions.

Rules call `compat.name(...)` and `compat.concurrently(...)`. Up to Pants 2.29 these are plain functions that return a
`Get`; from 2.30 on they are coroutine functions that call rules by name. What the rule parser of either world can
see through is narrow: call the functions by these names, never through tables, `map` or `partial`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pants.version import PANTS_SEMVER

BY_NAME = PANTS_SEMVER.release[:2] >= (2, 30)
"""Whether rules call each other by name: 2.30 is the first version in which a rule can call itself that way."""

if TYPE_CHECKING or not BY_NAME:
    from wombat._compat_get import *  # noqa: F403
else:
    from wombat._compat_byname import *  # noqa: F403
