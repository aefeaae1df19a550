"""Measures how well the models foresee which flights arrive late."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from wombat_step import log_metrics, step

from flights.model import TARGET, predict

GROUPS = 10


@step
def evaluate(linear_model: bytes, tree_model: bytes, test: pd.DataFrame) -> dict[str, Any]:
    """Return the scores of each model, and how often flights were late that it held equally probable to be.

    AUC is the chance that the model ranks a late flight above a punctual one; log loss and Brier score (mean
    squared error of the probability) are better when smaller.
    """
    late = test[TARGET].astype(bool)
    scores = {}
    calibrations = []
    for name, model in (("linear", linear_model), ("trees", tree_model)):
        probability = predict(model, test)
        scores[name] = {
            "auc": round(float(roc_auc_score(late, probability)), 4),
            "log_loss": round(float(log_loss(late, probability)), 4),
            "brier": round(float(brier_score_loss(late, probability)), 4),
        }
        calibrations.append(calibrate(late, probability).assign(model=name))
        log_metrics({f"{name}_{score}": value for score, value in scores[name].items()})
    evaluation = {"flights": len(test), "share_late": round(float(late.mean()), 4), "models": scores}
    calibration = pd.concat(calibrations, ignore_index=True)[["model", "group", "flights", "foreseen", "observed"]]
    return {"evaluation": evaluation, "calibration": calibration}


def calibrate(late: pd.Series[bool], probability: pd.Series[float]) -> pd.DataFrame:
    """Sort the flights by probability into groups of equal size and compare what was foreseen with what happened."""
    rank = probability.rank(method="first")
    group = ((rank - 1) * GROUPS // len(rank)).astype("int64") + 1
    grouped = pd.DataFrame({"group": group, "late": late, "probability": probability}).groupby("group")
    return pd.DataFrame(
        {
            "flights": grouped.size(),
            "foreseen": grouped["probability"].mean().round(4),
            "observed": grouped["late"].mean().round(4),
        }
    ).reset_index()
