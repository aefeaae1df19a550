"""Learns from flights how probable it is that a flight arrives late."""

from __future__ import annotations

import pickle

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, SplineTransformer, StandardScaler
from threadpoolctl import threadpool_limits
from wombat_step import log_metrics, step

NUMBERS = [
    "minute_of_day",
    "days_to_holiday",
    "departures_in_hour",
    "distance",
    "temp",
    "dewp",
    "humid",
    "wind_speed",
    "headwind_mph",
    "precip",
    "pressure",
    "visib",
    "seats",
    "plane_age_years",
    "dest_altitude_feet",
    "dest_utc_offset_hours",
]
CATEGORIES = ["carrier", "origin", "dest", "weekday"]
TARGET = "late"


@step
def train_linear(train: pd.DataFrame, *, regularisation: float, max_iter: int) -> bytes:
    """Return a pickled logistic regression.

    :param regularisation: the larger, the closer the coefficients stay to zero.
    """
    numbers = [name for name in NUMBERS if name != "minute_of_day"]
    columns = ColumnTransformer(
        [
            ("time", SplineTransformer(n_knots=8), ["minute_of_day"]),
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
        ]
    )
    model = fit(make_pipeline(columns, LogisticRegression(C=1 / regularisation, max_iter=max_iter)), train)
    log_metrics(iterations=int(model[-1].n_iter_[0]), coefficients=int(model[-1].coef_.size))
    return pickle.dumps(model, protocol=5)


@step
def train_trees(train: pd.DataFrame, *, max_iter: int, learning_rate: float, max_leaf_nodes: int) -> bytes:
    """Return pickled gradient-boosted trees.

    :param max_iter: how many trees to grow, with at most `max_leaf_nodes` leaves each.
    """
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer([("categories", encoder, CATEGORIES), ("numbers", "passthrough", NUMBERS)])
    trees = HistGradientBoostingClassifier(
        categorical_features=range(len(CATEGORIES)),
        early_stopping=False,
        learning_rate=learning_rate,
        max_iter=max_iter,
        max_leaf_nodes=max_leaf_nodes,
        random_state=0,
    )
    model = fit(make_pipeline(columns, trees), train)
    log_metrics(trees=int(model[-1].n_iter_))
    return pickle.dumps(model, protocol=5)


def fit(model: Pipeline, train: pd.DataFrame) -> Pipeline:
    """Train the model on the one CPU that its step declares."""
    # OpenMP's threads wait for each other: on two cores that had other work, two took seven times as long as one.
    with threadpool_limits(limits=1):
        return model.fit(train[CATEGORIES + NUMBERS], train[TARGET])


def predict(model: bytes, flights: pd.DataFrame) -> pd.Series[float]:
    """Return, with the index of `flights`, how probable a pickled model holds it that each arrives late.

    Unpickling runs whatever the bytes say: load models only from steps that you trust.
    """
    with threadpool_limits(limits=1):
        probabilities = pickle.loads(model).predict_proba(flights[CATEGORIES + NUMBERS])
    return pd.Series(probabilities[:, 1], index=flights.index, dtype="float64")
