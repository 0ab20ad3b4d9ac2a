"""The metrics of an experiment: kinds, covariates, guardrails, and the moments they take."""

import pytest

from cemkit.experiments.metrics import (
    checked_covariates,
    checked_guardrails,
    checked_metrics,
    needed_moments,
)

KINDS = {"c": "proportion", "y": "mean", "z": "mean", "v": ("y", "x")}


def test_only_what_is_needed_is_asked_for() -> None:
    assert needed_moments(KINDS, {"z": ["x"]}) == (["c"], [("y", "y"), ("z", "x"), ("y", "x")])
    sums, pairs = needed_moments({"v": ("y", "x")}, {"v": ["p"]})
    assert sums == []
    assert set(pairs) == {("y", "y"), ("x", "x"), ("p", "p"), ("y", "x"), ("y", "p"), ("x", "p")}
    assert needed_moments({"c": "proportion"}, {}, stratified=True) == ([], [("c", "c")])


def test_default_metrics_are_those_whose_columns_are_there() -> None:
    assert checked_metrics(None, ["converted", "amount"]) == {
        "converted": "proportion",
        "amount": "mean",
    }


@pytest.mark.parametrize(
    ("covariates", "error", "message"),
    [
        ({"w": "x"}, ValueError, "covariates names 'w', which is not among the metrics"),
        ({"y": ["p", "y"]}, ValueError, "the covariate of 'y' is itself"),
        ({"v": ["x"]}, ValueError, "the covariate of 'v' is itself"),
        ({"y": ["p", "p"]}, ValueError, "'p' is named twice as a covariate of 'y'"),
        ({"y": [1]}, TypeError, "covariates of 'y' must be names of columns, not 1"),
        ("y", TypeError, "covariates must name columns per metric"),
    ],
)
def test_bad_covariates(covariates, error, message) -> None:
    with pytest.raises(error, match=message):
        checked_covariates(covariates, KINDS)


@pytest.mark.parametrize(
    ("guardrails", "error", "message"),
    [
        ({"w": -1}, ValueError, "guardrails names 'w'"),
        ({"y": 0}, ValueError, "below 0 where the metric must not fall and above 0"),
        ({"c": -2}, ValueError, "a difference of two rates, so it lies between -1 and 1, not -2"),
        ({"y": "small"}, TypeError, r"guardrails\['y'\]"),
        (["y"], TypeError, "guardrails must name a difference per metric"),
    ],
)
def test_bad_guardrails(guardrails, error, message) -> None:
    with pytest.raises(error, match=message):
        checked_guardrails(guardrails, KINDS)
