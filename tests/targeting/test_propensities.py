"""Propensities as stated, as columns, and estimated."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import CemkitWarning
from cemkit.targeting.propensities import (
    check_propensity,
    check_shares,
    columns_of,
    estimated_propensities,
    given_propensities,
    stated_shares,
)

LABELS = ["none", "call", "mail"]


def test_which_columns_hold_propensities() -> None:
    assert columns_of("chance") == ["chance"]
    assert columns_of({"none": 0.5, "mail": "p"}) == ["p"]
    assert columns_of(0.5) == columns_of(None) == []


def test_given_propensities_have_a_row_for_each_arm() -> None:
    X = pd.DataFrame({"p": [0.2, 0.3]})
    np.testing.assert_allclose(given_propensities("p", X, None), [[0.8, 0.7], [0.2, 0.3]])
    np.testing.assert_allclose(given_propensities(0.25, X, None), [[0.75] * 2, [0.25] * 2])
    shares = {"mail": 0.2, "none": 0.5, "call": 0.3}
    np.testing.assert_allclose(
        given_propensities(shares, X, LABELS), [[0.5] * 2, [0.3] * 2, [0.2] * 2]
    )
    columns = pd.DataFrame({"p": [0.2, 0.3], "q": [0.3, 0.2]})
    given = {"none": 0.5, "call": "p", "mail": "q"}
    found = given_propensities(given, columns, LABELS)
    np.testing.assert_allclose(found, [[0.5, 0.5], [0.2, 0.3], [0.3, 0.2]])


def test_one_number_is_an_equal_split() -> None:
    assert stated_shares(1 / 3, LABELS, "variant").tolist() == [1 / 3] * 3
    with pytest.raises(ValueError, match=r"sum to 1.2, not 1; .* give one by variant"):
        stated_shares(0.4, LABELS, "variant")
    with pytest.raises(ValueError, match=r"not variant 'mail' .did you mean 'mails'"):
        stated_shares({"none": 0.5, "call": 0.2, "mails": 0.3}, LABELS, "variant")


def test_groups_that_are_not_as_stated_are_told() -> None:
    check_shares(np.array([510, 490]), np.array([0.5, 0.5]), ["a", "b"])
    with pytest.warns(CemkitWarning, match="do not explain; check the assignment"):
        check_shares(np.array([600, 400]), np.array([0.5, 0.5]), ["a", "b"])


def test_kinds() -> None:
    check_propensity({"a": 0.5}, several=True)
    with pytest.raises(TypeError, match="not dict"):
        check_propensity({"a": 0.5}, several=False)
    with pytest.raises(
        ValueError,
        match="propensity=.p. is one column, but with control=... each arm needs a .*; give a dict",
    ):
        check_propensity("p", several=True)


def test_estimates_recover_a_multinomial_logit() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 1))
    utility = np.column_stack([np.zeros(20_000), 0.5 * features[:, 0], -0.5 * features[:, 0]])
    truth = np.exp(utility) / np.exp(utility).sum(axis=1, keepdims=True)
    arm = (rng.random((20_000, 1)) > truth.cumsum(axis=1)).sum(axis=1)
    before = features.copy()
    found = estimated_propensities(features, arm, np.arange(20_000) % 5)
    # The standard error of a coefficient is about .02, a quarter of it in a probability.
    assert np.abs(found.T - truth).mean() < 0.01
    np.testing.assert_array_equal(features, before)
