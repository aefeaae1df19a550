"""Writes what came out for people to read; needs nothing but the standard library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wombat_step import step

MODELS = {"linear": "Logistic regression", "trees": "Gradient-boosted trees"}


@step
def write_report(
    evaluation: dict[str, Any],
    calibration: list[dict[str, Any]],
    carrier_delays: list[dict[str, Any]],
    busiest_routes: list[dict[str, Any]],
    *,
    late_after_minutes: int,
) -> str:
    """Return the report as Markdown."""
    scores: Mapping[str, Mapping[str, float]] = evaluation["models"]
    best = max(sorted(scores), key=lambda name: scores[name]["auc"])
    return "\n".join(
        [
            "# Which flights arrive late?",
            "",
            f"Flights that left New York in 2013; late means more than {late_after_minutes} minutes after the time.",
            f"The models were tested on {evaluation['flights']:,} flights that they had not seen, "
            f"of which {_percent(evaluation['share_late'])} were late.",
            "",
            "## Models",
            "",
            *_table(
                ["model", "AUC", "log loss", "Brier score"],
                (
                    [MODELS[name], *(f"{scores[name][score]:.4f}" for score in ("auc", "log_loss", "brier"))]
                    for name in sorted(scores)
                ),
            ),
            "",
            f"## Foreseen and observed: {MODELS[best].lower()}",
            "",
            *_table(
                ["group", "flights", "foreseen late", "were late"],
                (
                    [row["group"], _count(row["flights"]), _percent(row["foreseen"]), _percent(row["observed"])]
                    for row in calibration
                    if row["model"] == best
                ),
            ),
            "",
            "## Airlines, the most punctual first",
            "",
            *_table(
                ["airline", "flights", "late"],
                ([row["name"], _count(row["flights"]), _percent(row["share_late"])] for row in carrier_delays),
            ),
            "",
            "## Busiest routes",
            "",
            *_table(
                ["from", "to", "flights", "cancelled"],
                (
                    [row["origin"], row["dest"], _count(row["flights"]), _count(row["cancelled"])]
                    for row in busiest_routes
                ),
            ),
            "",
        ]
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines]


def _percent(share: object) -> str:
    """A share such as 0.237, from JSON a number and from CSV perhaps a text, as "23.7 %"."""
    return f"{float(str(share)):.1%}".replace("%", " %")


def _count(number: object) -> str:
    """A whole number, from CSV perhaps a text, with its thousands parted."""
    return f"{int(str(number)):,}"
