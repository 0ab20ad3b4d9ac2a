"""Effects from a hold-out against Welch's interval."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind

from cemkit import compare_variants
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.impact.earnings import promotion_profit
from cemkit.impact.holdout import holdout_effect

RNG = np.random.default_rng(0)
EXPERIMENT = pd.DataFrame(
    {
        "customer_id": np.arange(900),
        "variant": ["control"] * 300 + ["offer"] * 600,
        "amount": np.concatenate([RNG.gamma(2, 10, 300), RNG.gamma(2, 12, 600)]),
        "after_amount": np.concatenate([RNG.gamma(2, 10, 300), RNG.gamma(2, 9, 600)]),
    }
)


def test_lift_and_dip_are_differences_of_means_for_those_treated() -> None:
    effect = holdout_effect(EXPERIMENT)
    for name, column in (("lift", "amount"), ("dip", "after_amount")):
        groups = [EXPERIMENT.loc[EXPERIMENT["variant"] == v, column] for v in ("offer", "control")]
        welch = ttest_ind(*groups, equal_var=False).confidence_interval(0.95)
        assert getattr(effect, f"{name}_amount") == pytest.approx(
            600 * (groups[0].mean() - groups[1].mean())
        )
        bounds = [getattr(effect, f"{name}_amount_{end}") / 600 for end in ("lower", "upper")]
        assert bounds == pytest.approx([welch.low, welch.high], abs=0.15)


def test_every_draw_adds_up() -> None:
    effect = holdout_effect(EXPERIMENT)
    total = effect.draws["baseline"] + effect.draws["lift"]
    assert total.to_numpy() == pytest.approx(effect.actual_amount)


def test_what_is_no_experiment_is_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="900 were treated and 0 are 'nobody'"):
        holdout_effect(EXPERIMENT, control="nobody")
    with pytest.raises(MissingColumnsError, match="variant"):
        holdout_effect(EXPERIMENT.drop(columns="variant"))
    for kind in ("object", "string"):
        gaps = EXPERIMENT["variant"].astype(kind).where(EXPERIMENT["customer_id"] != 7)
        with pytest.raises(DataError, match="variant is missing in 1 row"):
            holdout_effect(EXPERIMENT.assign(variant=gaps))


def test_a_holdout_that_bought_nothing_has_no_relative_lift() -> None:
    lapsed = EXPERIMENT.assign(
        amount=EXPERIMENT["amount"].where(EXPERIMENT["variant"] == "offer", 0)
    )
    effect = holdout_effect(lapsed.drop(columns="after_amount"))
    assert np.isnan([effect.lift, effect.lift_upper, effect.decline_probability]).all()
    assert effect.lift_amount == effect.actual_amount
    profit = promotion_profit(effect, margin=0.5, discount=0.1)
    assert profit.net_profit == pytest.approx(effect.actual_amount / 0.9 * 0.4)
    assert np.isnan([profit.break_even_lift, profit.achieved_lift]).all()
    assert "nan" not in profit.sentence() + profit.sentence("zh") + effect.sentence()


@pytest.mark.parametrize("lift", [-0.6, 1.0])
def test_lift_and_net_cover_as_their_level_says(lift: float) -> None:
    # 300 simulated runs have a standard error of 1.3 %. What customers spend later goes with what
    # they spend now, so that the errors of lift and dip add up.
    rng = np.random.default_rng(1)
    n, covered = 200, []
    for seed in range(300):
        taste = rng.gamma(4, 2.5, 2 * n)
        factor = np.where(np.arange(2 * n) < n, 1.0, 1 + lift)
        amount, later = taste * factor + rng.normal(0, 1, (2, 2 * n))
        later -= taste * (factor - 1)
        experiment = pd.DataFrame(
            {"variant": ["control"] * n + ["offer"] * n, "amount": amount, "after_amount": later}
        )
        effect = holdout_effect(experiment, random_state=seed)
        net = n * 10 * lift
        covered.append(
            (
                effect.lift_lower <= lift <= effect.lift_upper,
                effect.net_amount_lower <= net <= effect.net_amount_upper,
            )
        )
    assert (np.abs(np.mean(covered, axis=0) - 0.95) < 0.04).all()


def test_few_customers_have_welchs_interval() -> None:
    few = EXPERIMENT.iloc[296:304].drop(columns="after_amount")
    effect = holdout_effect(few)
    groups = [few.loc[few["variant"] == v, "amount"] for v in ("offer", "control")]
    welch = ttest_ind(*groups, equal_var=False).confidence_interval(0.95)
    bounds = [effect.lift_amount_lower / 4, effect.lift_amount_upper / 4]
    assert bounds == pytest.approx([welch.low, welch.high], abs=4)  # normal: 10 to 15 too near


def test_no_lift_over_a_holdout_that_lost_money() -> None:
    effect = holdout_effect(EXPERIMENT.assign(amount=EXPERIMENT["amount"] * 0.01 - 10))
    assert np.isnan([effect.lift, effect.lift_lower, effect.lift_upper]).all()
    assert "no lift in percent, because the baseline is not clearly above 0" in effect.sentence()
    profit = promotion_profit(effect, margin=0.5, discount=0.1)
    assert np.isnan([profit.break_even_lift, profit.achieved_lift]).all()
    assert "no break-even lift, because the baseline is not clearly above" in profit.sentence()
    assert "基线并不明显大于 0" in profit.sentence("zh")
    assert "基线并不明显大于 0" in effect.sentence("zh")


def test_a_customer_with_several_rows_is_refused() -> None:
    twice = pd.concat([EXPERIMENT, EXPERIMENT])
    for table in (twice, twice.set_index("customer_id")):
        with pytest.raises(DataError, match="experiment has 900 repeated customer_id, such as 0"):
            holdout_effect(table)


@pytest.mark.parametrize("missing", ["", " ", "nan", "<NA>"])
def test_text_of_a_missing_variant_is_no_treatment(missing: str) -> None:
    variants = EXPERIMENT["variant"].where(EXPERIMENT.index > 9, missing)
    with pytest.raises(DataError, match="variant is missing in 10 rows"):
        holdout_effect(EXPERIMENT.assign(variant=variants))


def test_a_date_of_numpy_as_the_control_is_a_date() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-02-01"] * 20)
    spent = [4.0, 6.0, 6.0, 8.0] * 10
    dated = pd.DataFrame({"variant": days, "amount": spent})
    effect = holdout_effect(dated, control=np.datetime64("2024-01-01"))
    assert effect.lift == pytest.approx(2 / 5)
    with pytest.raises(NotEnoughDataError, match="40 were treated and 0 are Timestamp"):
        holdout_effect(
            dated.assign(variant=["control", "offer"] * 20), control=np.datetime64("2024-01-01")
        )


def with_before(n: int, seed: int, lift: float = 2.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"variant": np.where(rng.random(n) < 0.3, "control", "offer")})
    data["pre_amount"] = rng.gamma(2, 10, n)
    data["pre_orders"] = rng.poisson(data["pre_amount"] / 5)
    is_treated = data["variant"] == "offer"
    data["amount"] = 5 + data["pre_amount"] + data["pre_orders"] + lift * is_treated
    data["amount"] += rng.normal(0, 4, n)
    return data


def test_covariates_are_those_of_the_read_out() -> None:
    data, names = with_before(600, 0), ["pre_amount", "pre_orders"]
    effect = holdout_effect(data, covariates=names)
    row = compare_variants(data, {"amount": "mean"}, covariates={"amount": names}).table.iloc[0]
    treated = int((data["variant"] == "offer").sum())
    assert effect.lift_amount / treated == pytest.approx(row["difference"])
    bounds = [effect.lift_amount_lower / treated, effect.lift_amount_upper / treated]
    assert bounds == pytest.approx(row[["difference_lower", "difference_upper"]].tolist(), rel=1e-3)
    for name in ("lift", "lift_lower", "lift_upper"):
        assert getattr(effect, name) == pytest.approx(row[name])
    plain = holdout_effect(data)
    widths = [found.lift_amount_upper - found.lift_amount_lower for found in (effect, plain)]
    assert widths[0] < 0.5 * widths[1]


def test_intervals_with_covariates_cover() -> None:
    # 150 runs have a standard error of 1.8 %; those of the read-out are checked by more.
    covered = []
    for seed in range(150):
        data = with_before(60, seed)
        found = holdout_effect(data, covariates=["pre_amount", "pre_orders"])
        true = 2.0 * (data["variant"] == "offer").sum()
        covered.append(found.lift_amount_lower <= true <= found.lift_amount_upper)
    assert 0.9 < np.mean(covered) <= 0.99


@pytest.mark.parametrize(
    ("covariates", "error", "message"),
    [
        ("amount", ValueError, "covariate 'amount' is an outcome of the experiment"),
        (["after_amount"], MissingColumnsError, "after_amount"),
        (["pre_age"], MissingColumnsError, "missing column 'pre_age'"),
    ],
)
def test_bad_covariates(covariates, error, message) -> None:
    with pytest.raises(error, match=message):
        holdout_effect(with_before(60, 0), covariates=covariates)
