"""Tests of training and of evaluating, on small made-up flights that can be foreseen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from wombat_step import capture_metrics

from flights.evaluate import calibrate, evaluate
from flights.model import CATEGORIES, NUMBERS, TARGET, predict, train_linear, train_trees

TRAINERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "linear": lambda flights: train_linear(flights, regularisation=1.0, max_iter=200),
    "trees": lambda flights: train_trees(flights, max_iter=20, learning_rate=0.2, max_leaf_nodes=8),
}


def _flights(count: int, seed: int) -> pd.DataFrame:
    """Flights of which those late in the day and those of airline "ZZ" are late more often."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({name: random.normal(size=count) for name in NUMBERS})
    frame["minute_of_day"] = random.integers(300, 1400, count)
    frame["carrier"] = random.choice(["AA", "ZZ"], count)
    frame["origin"] = random.choice(["EWR", "JFK"], count)
    frame["dest"] = random.choice(["LAX", "ORD", "SFO"], count)
    frame["weekday"] = random.integers(1, 8, count)
    frame.loc[frame.index % 7 == 0, "seats"] = None
    chance = 0.1 + 0.5 * (frame["minute_of_day"] > 900) + 0.3 * (frame["carrier"] == "ZZ")
    frame[TARGET] = random.random(count) < chance
    return frame


@pytest.mark.parametrize("name", TRAINERS)
def test_a_model_foresees_what_can_be_foreseen(name: str) -> None:
    model = TRAINERS[name](_flights(3000, seed=1))
    test = _flights(1000, seed=2)

    probability = predict(model, test)

    assert probability.shape == (1000,)
    assert probability[test[TARGET]].mean() > probability[~test[TARGET]].mean() + 0.2


@pytest.mark.parametrize("name", TRAINERS)
def test_training_twice_gives_the_same_bytes(name: str) -> None:
    assert TRAINERS[name](_flights(1000, seed=1)) == TRAINERS[name](_flights(1000, seed=1))


@pytest.mark.parametrize("name", TRAINERS)
def test_an_airline_and_an_airport_never_seen_before_are_no_obstacle(name: str) -> None:
    unseen = _flights(5, seed=2).assign(carrier="XX", dest="XYZ")

    probability = predict(TRAINERS[name](_flights(1000, seed=1)), unseen)

    assert ((probability > 0) & (probability < 1)).all()


@pytest.mark.parametrize("name", TRAINERS)
def test_nothing_but_the_features_is_looked_at(name: str) -> None:
    flights = _flights(200, seed=1)
    model = TRAINERS[name](flights.assign(arr_delay=flights[TARGET] * 60))

    assert predict(model, flights[CATEGORIES + NUMBERS]).shape == (200,)


def test_evaluate_scores_both_models() -> None:
    train, test = _flights(3000, seed=1), _flights(1000, seed=2)

    with capture_metrics() as metrics:
        results = evaluate(TRAINERS["linear"](train), TRAINERS["trees"](train), test)

    scores = results["evaluation"]["models"]
    assert results["evaluation"]["flights"] == 1000
    assert sorted(scores) == ["linear", "trees"]
    assert all(0.7 < score["auc"] < 0.95 and 0 < score["brier"] < 0.22 for score in scores.values())
    assert metrics["trees_auc"] == scores["trees"]["auc"]
    assert results["calibration"]["flights"].sum() == 2000


def test_calibration_compares_equal_groups_in_order_of_probability() -> None:
    probability = pd.Series(np.linspace(0.0, 0.99, 100))
    late = probability >= 0.9

    table = calibrate(late, probability)

    assert table["group"].tolist() == list(range(1, 11))
    assert table["flights"].tolist() == [10] * 10
    assert table["foreseen"].tolist() == pytest.approx([0.045 + tenth / 10 for tenth in range(10)])
    assert table["observed"].tolist() == [0.0] * 9 + [1.0]


def test_calibration_parts_equal_probabilities_too() -> None:
    table = calibrate(pd.Series([True, False] * 10), pd.Series([0.5] * 20))

    assert table["flights"].tolist() == [2] * 10
    assert table["observed"].tolist() == [0.5] * 10
