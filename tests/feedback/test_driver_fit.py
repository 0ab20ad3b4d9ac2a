"""Covariances and own effects of drivers: statsmodels' HC3, and resamples drawn by hand."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cemkit.errors import DataError
from cemkit.feedback.driver_fit import fitted, own_effects, resample_weights, standardised

NAMES = ["配送", "service", "price"]


def ratings(n: int = 400) -> np.ndarray:
    """Return correlated ratings of three touchpoints, and of the whole in the last column."""
    rng = np.random.default_rng(0)
    rated = rng.normal(size=(n, 1)) + rng.normal(size=(n, 3))
    whole = rated @ [0.8, 0.4, 0.0] + rng.normal(size=n) * (1 + rated[:, 0] ** 2)
    return standardised(np.column_stack([rated, whole]))


def test_own_effects_have_the_hc3_interval_of_statsmodels() -> None:
    values = ratings()
    fit = fitted(values, resample_weights(len(values), 2, 0, progress=False), NAMES)
    model = sm.OLS(values[:, -1], sm.add_constant(values[:, :-1]))
    expected = model.fit(cov_type="HC3", use_t=True)
    found = own_effects(fit, values, 0.9)
    interval = expected.conf_int(0.1)[1:]
    assert found["own_effect"] == pytest.approx(expected.params[1:])
    assert found["own_effect_lower"] == pytest.approx(interval[:, 0])
    assert found["own_effect_upper"] == pytest.approx(interval[:, 1])


def test_resamples_have_the_covariance_of_rows_drawn_again() -> None:
    values = ratings(50)
    weights = np.concatenate(list(resample_weights(len(values), 3, 1, progress=False)))
    fit = fitted(values, iter([weights]), NAMES)
    for counts, matrix in zip(weights.astype(int), np.concatenate(fit.resampled), strict=True):
        drawn = pd.DataFrame(np.repeat(values, counts, axis=0))
        assert matrix == pytest.approx(drawn.cov(ddof=0).to_numpy())


def test_touchpoints_that_determine_each_other_are_named() -> None:
    values = ratings(50)
    values[:, 1] = values[:, 0]
    with pytest.raises(DataError, match="'配送', 'service' are linear combinations"):
        fitted(values, iter(()), NAMES)
