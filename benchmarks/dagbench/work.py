"""The functions of the generated steps; copied into the generated repository, and called by the bare script, too."""

from __future__ import annotations

# A prime (Mersenne's 61st), so that a change of an input never cancels itself out on its way through a chain.
MODULUS = 2**61 - 1


def start(x0: list[dict[str, int]], *, step: int) -> list[dict[str, int]]:
    """Read one dataset, of one row or several."""
    return [{"v": (3 * sum(row["v"] for row in x0) + step) % MODULUS}]


def combine(
    x0: list[dict[str, int]], x1: list[dict[str, int]], x2: list[dict[str, int]], *, step: int
) -> list[dict[str, int]]:
    """Read three datasets of one row each."""
    return [{"v": (x0[0]["v"] + 3 * x1[0]["v"] + 7 * x2[0]["v"] + step) % MODULUS}]


def gather(*, step: int, **parts: list[dict[str, int]]) -> list[dict[str, int]]:
    """Read as many datasets as there are."""
    return [{"v": (sum(row["v"] for rows in parts.values() for row in rows) + step) % MODULUS}]
