"""Lifetime value: terms, timing, bounds, and the figures of lifetimes."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cemkit import (
    BetaGeoModel,
    CustomerLifetimeValue,
    GammaGammaModel,
    ParetoNBDModel,
    load_cdnow,
    summarize_customers,
)
from cemkit.errors import MissingColumnsError, NotEnoughDataError


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return summarize_customers(load_cdnow("sample"), as_of="1997-09-30")


@pytest.fixture(scope="module")
def fitted(customers: pd.DataFrame) -> CustomerLifetimeValue:
    return CustomerLifetimeValue().fit(customers)


def test_end_of_month_lumps_are_those_of_lifetimes() -> None:
    """lifetimes 0.11.3 on its rounded CDNOW summary in weeks: a month is 4.345 weeks."""
    spec = find_spec("lifetimes")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).with_name("datasets")
    summary = pd.read_csv(folder / "cdnow_customers_summary_with_transactions.csv")
    table = pd.DataFrame(
        {
            "repeat_count": summary["x"],
            "recency_days": 7 * (summary["T"] - summary["t_x"]),
            "tenure_days": 7 * summary["T"],
            "repeat_mean_amount": summary["zbar"],
        }
    )
    month = 7 * 4.345
    value = CustomerLifetimeValue(
        annual_discount_rate=1.01 ** (365 / month) - 1,
        horizon_days=12 * month,
        period_days=month,
    )
    clv = value.fit(table).add_to(table)["clv"]
    assert clv.iloc[[0, 1, 5]].tolist() == pytest.approx([36.2785, 4.6375, 283.5236], rel=2e-4)


def test_value_is_margin_times_amount_times_discounted_purchases(
    customers: pd.DataFrame, fitted: CustomerLifetimeValue
) -> None:
    added = fitted.add_to(customers)
    assert list(added.columns[-4:]) == [
        "alive_probability",
        "expected_purchases",
        "expected_mean_amount",
        "clv",
    ]
    discounted = fitted.purchases_.expected_discounted_purchases(customers, 0.10, 365)
    amount = fitted.spend_.expected_mean_amount(customers)
    assert added["clv"].tolist() == pytest.approx((amount * discounted).tolist())
    fitted_half = CustomerLifetimeValue(fitted.purchases_, fitted.spend_, margin=0.5)
    halves = fitted_half.fit(customers).add_to(customers)["clv"]
    assert halves.tolist() == pytest.approx((added["clv"] / 2).tolist())


def test_scaling_money_scales_value(customers: pd.DataFrame, fitted: CustomerLifetimeValue) -> None:
    cents = customers.assign(repeat_mean_amount=customers["repeat_mean_amount"] * 100)
    in_cents = CustomerLifetimeValue().fit(cents).add_to(cents)["clv"] / 100
    assert in_cents.tolist() == pytest.approx(fitted.add_to(customers)["clv"].tolist(), rel=1e-7)


def test_lumps_of_a_day_are_nearly_continuous(customers: pd.DataFrame) -> None:
    few = customers.head(50)
    models = ParetoNBDModel().fit(customers), GammaGammaModel().fit(customers)
    smooth = CustomerLifetimeValue(*models, horizon_days=100).fit(few).add_to(few)["clv"]
    daily = CustomerLifetimeValue(*models, horizon_days=100, period_days=1).fit(few)
    lumps = daily.add_to(few)["clv"]
    assert lumps.tolist() == pytest.approx(smooth.tolist(), rel=2e-4)
    assert (lumps < smooth).all()


def test_terms_may_be_columns(customers: pd.DataFrame, fitted: CustomerLifetimeValue) -> None:
    table = customers.assign(rate=0.1, profit=0.3)
    table.loc[table.index[::3], ["rate", "profit"]] = [0.2, 0.5]
    models = fitted.purchases_, fitted.spend_
    value = CustomerLifetimeValue(*models, annual_discount_rate="rate", margin="profit")
    ours = value.fit(table).add_to(table)
    assert ours.index.equals(table.index)
    for rate, profit in ((0.1, 0.3), (0.2, 0.5)):
        alone = CustomerLifetimeValue(*models, annual_discount_rate=rate, margin=profit)
        rows = table["rate"] == rate
        expected = alone.fit(table).add_to(table[rows])["clv"]
        assert ours.loc[rows, "clv"].tolist() == pytest.approx(expected.tolist(), rel=1e-12)
    with pytest.raises(MissingColumnsError, match="'rate'"):
        value.add_to(customers)


def test_for_ever_is_worth_more_and_leaves_out_purchases_that_may_be_infinite(
    customers: pd.DataFrame, fitted: CustomerLifetimeValue
) -> None:
    value = CustomerLifetimeValue(fitted.purchases_, fitted.spend_, horizon_days=None)
    added = value.fit(customers).add_to(customers)
    assert "expected_purchases" not in added
    assert (added["clv"] > fitted.add_to(customers)["clv"]).all()


@pytest.mark.parametrize("model", [BetaGeoModel(), ParetoNBDModel()])
def test_bounds_cover_what_refits_to_simulated_customers_find(
    model: BetaGeoModel | ParetoNBDModel, customers: pd.DataFrame
) -> None:
    """Parametric bootstrap: the spread of refitted values is what the bounds say it is."""
    value = CustomerLifetimeValue(model).fit(customers)
    someone = customers[customers["repeat_count"] == 2].head(1)
    bounds = value.add_to(someone, confidence_level=0.95).iloc[0]
    assert bounds["clv_lower"] < bounds["clv"] < bounds["clv_upper"]
    tenures = customers["tenure_days"].to_numpy()
    refits = []
    for seed in range(60):
        drawn = value.purchases_.simulate(len(tenures), tenures, random_state=seed)
        again = CustomerLifetimeValue(type(model)().fit(drawn), value.spend_).fit(customers)
        refits.append(again.add_to(someone)["clv"].item())
    of_purchases = np.log(refits).std()
    both = np.log(bounds["clv_upper"] / bounds["clv_lower"]) / (2 * 1.96)
    assert 0.7 * of_purchases < both < 1.6 * of_purchases + 0.05


def test_a_fitted_model_is_used_as_it_is_and_others_are_cloned(customers: pd.DataFrame) -> None:
    published = BetaGeoModel.from_parameters(r=0.243, alpha=30.9, a=0.793, b=2.426)
    unfitted = GammaGammaModel()
    value = CustomerLifetimeValue(published, unfitted).fit(customers)
    assert value.purchases_ is published
    assert value.spend_ is not unfitted
    assert not hasattr(unfitted, "params_")
    assert not hasattr(CustomerLifetimeValue().spend, "params_")


@pytest.mark.parametrize("purchases", [ParetoNBDModel(), "auto"])
def test_json_brings_the_value_back(customers: pd.DataFrame, purchases: object) -> None:
    value = CustomerLifetimeValue(purchases, horizon_days=90, margin="recency_days").fit(customers)
    again = CustomerLifetimeValue.from_json(value.to_json())
    ours, theirs = (v.add_to(customers, confidence_level=0.9) for v in (value, again))
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    assert again.to_json() == value.to_json()


def test_repeated_index_labels_are_kept(
    customers: pd.DataFrame, fitted: CustomerLifetimeValue
) -> None:
    twice = pd.concat([customers.head(3), customers.head(3)]).rename_axis(None)
    added = fitted.add_to(twice, confidence_level=0.9)
    assert added.index.equals(twice.index)
    assert added["clv"].tolist()[:3] == added["clv"].tolist()[3:]


def test_a_table_without_customers_is_too_few(
    customers: pd.DataFrame, fitted: CustomerLifetimeValue
) -> None:
    with pytest.raises(NotEnoughDataError, match="0 rows in customers"):
        fitted.add_to(customers.head(0))


def test_terms_that_make_no_sense_are_refused(customers: pd.DataFrame) -> None:
    with pytest.raises(TypeError, match="purchases must be 'auto' or a purchase model"):
        CustomerLifetimeValue("best").fit(customers)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="spend must be a GammaGammaModel"):
        CustomerLifetimeValue(spend=None).fit(customers)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="for ever has no finite value"):
        CustomerLifetimeValue(annual_discount_rate=0, horizon_days=None).fit(customers)
    with pytest.raises(ValueError, match="period_days must be above 0"):
        CustomerLifetimeValue(period_days=0).fit(customers)
    with pytest.raises(ValueError, match="period_days takes a horizon_days"):
        CustomerLifetimeValue(period_days=30, horizon_days=None).fit(customers)
    with pytest.raises(ValueError, match="confidence_level"):
        CustomerLifetimeValue().fit(customers).add_to(customers, confidence_level=95)
