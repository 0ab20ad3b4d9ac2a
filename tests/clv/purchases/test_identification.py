"""What the data do not identify has no standard error and no interval, and is named."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, GammaGammaModel, ParetoNBDModel, customer_table, load_cdnow
from cemkit.clv import BetaGeoBinomialModel, ModifiedBetaGeoModel, ShiftedBetaGeoModel
from cemkit.clv.purchases.estimates import MaximumLikelihoodModel
from cemkit.clv.purchases.simulation import beta_geo_histories
from cemkit.errors import CemkitWarning

N = 4000


def repeaters() -> pd.DataFrame:
    customers = customer_table(load_cdnow("sample"), "1997-09-30")
    return customers[customers["repeat_count"] > 0]


def fitted(fit: Callable[[], MaximumLikelihoodModel]) -> tuple[MaximumLikelihoodModel, str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = fit()
    assert len(caught) == 1
    assert issubclass(caught[0].category, CemkitWarning)
    return model, str(caught[0].message)


def one_dropout_rate() -> pd.DataFrame:
    """Rates of purchase differ; everybody leaves at 0.01 per day, so s and beta have no end."""
    random = np.random.default_rng(3)
    rate, life = random.gamma(2.0, 0.05, N), random.exponential(100.0, N)
    seen = np.minimum(life, 300.0)
    x = random.poisson(rate * seen)
    t_x = np.where(x > 0, seen * random.random(N) ** (1 / np.maximum(x, 1)), 0)
    return pd.DataFrame({"repeat_count": x, "recency_days": 300.0 - t_x, "tenure_days": 300.0})


def one_dropout_chance() -> pd.DataFrame:
    """Everybody leaves after a purchase with probability 1/4."""
    draw = beta_geo_histories(
        np.random.default_rng(4),
        np.full(N, 300.0),
        r=2.0,
        alpha=20.0,
        a=1e7,
        b=3e7,
        can_leave_at_once=False,
    )
    x, t_x, _ = draw
    return pd.DataFrame({"repeat_count": x, "recency_days": 300.0 - t_x, "tenure_days": 300.0})


def test_pareto_nbd_of_repeat_buyers_knows_s_over_beta_alone() -> None:
    model, said = fitted(lambda: ParetoNBDModel().fit(repeaters()))
    summary = model.summary()
    assert summary.index[~summary["identified"]].tolist() == ["s", "beta"]
    assert summary.loc[["s", "beta"], ["standard_error", "lower", "upper"]].isna().all(axis=None)
    assert summary.loc[["r", "alpha"]].notna().all(axis=None)
    assert "not identified: s, beta" in said
    assert "only s / beta is known" in said
    assert ParetoNBDModel.from_json(model.to_json()).summary()["identified"].tolist() == [
        True,
        True,
        False,
        False,
    ]


def test_the_ratio_that_is_said_to_be_known_is_known() -> None:
    model, said = fitted(lambda: ParetoNBDModel().fit(one_dropout_rate()))
    assert "only s / beta is known" in said
    # The maximum-likelihood error of a rate from about 0.95 N departures is about 2 %.
    assert model.params_["s"] / model.params_["beta"] == pytest.approx(0.01, rel=0.06)


@pytest.mark.parametrize("kind", [BetaGeoModel, ModifiedBetaGeoModel])
def test_one_chance_of_leaving_for_all_is_a_ratio(kind: type[BetaGeoModel]) -> None:
    table = one_dropout_chance()
    if kind is ModifiedBetaGeoModel:
        table = repeaters()
    model, said = fitted(lambda: kind().fit(table))
    assert model.standard_errors_.isna().tolist() == [False, False, True, True]
    assert "only a / b is known" in said
    if kind is BetaGeoModel:
        a, b = model.params_[["a", "b"]]
        assert a / (a + b) == pytest.approx(0.25, abs=0.02)


def test_ridges_of_the_other_models_are_named() -> None:
    one_period, said = fitted(lambda: ShiftedBetaGeoModel().fit_survivors([1000, 700]))
    alpha, beta = one_period.params_
    assert alpha / (alpha + beta) == pytest.approx(0.3, abs=1e-6)
    assert "only alpha / beta is known" in said
    assert not one_period.summary()["identified"].any()

    alike, said = fitted(lambda: ShiftedBetaGeoModel().fit_survivors([1000, 700, 490, 343, 240]))
    assert "alpha goes to infinity with beta" in said
    assert alike.standard_errors_.isna().all()

    donors = BetaGeoBinomialModel.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    table = donors.simulate(3000, 6, 1)
    some, said = fitted(lambda: BetaGeoBinomialModel().fit(table[table["repeat_count"] > 0]))
    assert some.standard_errors_.isna().tolist() == [False, False, True, True]
    assert "only gamma / delta is known" in said

    equal = pd.DataFrame({"repeat_count": [1, 2, 3] * 50, "repeat_mean_amount": 20.0})
    spend, said = fitted(lambda: GammaGammaModel().fit(equal))
    assert "not identified: p, q, gamma" in said
    p, q, gamma = spend.params_
    assert p * gamma / (q - 1) == pytest.approx(20, rel=1e-3)


def test_what_is_identified_keeps_its_interval() -> None:
    customers = customer_table(load_cdnow("sample"), "1997-09-30")
    for model in (ParetoNBDModel(), BetaGeoModel(), ModifiedBetaGeoModel(), GammaGammaModel()):
        assert model.fit(customers).summary()["identified"].all()
