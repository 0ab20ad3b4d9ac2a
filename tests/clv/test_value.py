"""Lifetime value: terms, timing, bounds, and the figures of lifetimes."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import (
    BetaGeoModel,
    CustomerLifetimeValue,
    GammaGammaModel,
    ParetoNBDModel,
    customer_table,
    load_cdnow,
)
from cemkit.errors import MissingColumnsError, NotEnoughDataError


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), as_of="1997-09-30")


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


@pytest.mark.parametrize("model", [BetaGeoModel(), ParetoNBDModel()])
@pytest.mark.parametrize("period_days", [None, 91])
def test_a_rate_for_each_customer_is_one_valuation(
    model: BetaGeoModel | ParetoNBDModel,
    period_days: float | None,
    customers: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rates = np.random.default_rng(0).uniform(0, 0.5, len(customers))
    rates[:3] = 0.0  # the closed form without discount
    table = customers.assign(rate=rates)
    value = CustomerLifetimeValue(model, annual_discount_rate="rate", period_days=period_days).fit(
        table
    )
    asked: list[int] = []
    valued = type(model)._purchases_if_alive

    def counted(*args: Any) -> Any:
        asked.append(1)
        return valued(*args)

    monkeypatch.setattr(type(model), "_purchases_if_alive", counted)
    clv = value.add_to(table)["clv"]
    assert len(asked) <= (2 if period_days is None else 6)  # 2,357 before
    for i in (0, 2, 3, 1000, 2356):
        alone = CustomerLifetimeValue(
            value.purchases_,
            value.spend_,
            annual_discount_rate=float(rates[i]),
            period_days=period_days,
        )
        expected = alone.fit(table).add_to(table.iloc[[i]])["clv"].item()
        assert clv.iloc[i] == pytest.approx(expected, rel=1e-11)
    bounds = value.add_to(table.tail(30), confidence_level=0.9)
    assert (bounds["clv_mean_lower"] < bounds["clv"]).all()
    assert (bounds["clv"] < bounds["clv_mean_upper"]).all()
    with pytest.raises(ValueError, match=r"annual_discount_rate .* at least 0, not -0\.1"):
        value.add_to(table.assign(rate=-0.1))


def test_all_of_cdnow_has_a_value_in_one_call() -> None:
    customers = customer_table(load_cdnow(), as_of="1997-09-30")
    value = CustomerLifetimeValue().fit(customers)
    added = value.add_to(customers, confidence_level=0.9)
    assert np.isfinite(added["clv"]).all()
    assert (added["clv"] > 0).all()
    # The repeat buyer with a free second order, from the published file: customer 10244.
    free = customers.index[(customers["repeat_count"] > 0) & (customers["repeat_mean_amount"] == 0)]
    assert (
        value.left_out_.tolist()
        == [14119, 1, 0]
        == [
            (customers["repeat_count"] == 0).sum(),
            len(free),
            0,
        ]
    )
    p, q, gamma = value.spend_.params_
    assert added.loc[free[0], "expected_mean_amount"] == pytest.approx(p * gamma / (p + q - 1))
    said = value.sentence()
    assert "14,119 customers without a repeat purchase" in said
    assert "1 with a mean repeat amount of 0 or less" in said
    assert "14,119" in value.sentence("zh")
    loaded = CustomerLifetimeValue.from_json(value.to_json())
    assert loaded.add_to(customers)["clv"].equals(value.add_to(customers)["clv"])
    assert loaded.left_out_.equals(value.left_out_)
    assert loaded.spend_.left_out_.equals(value.spend_.left_out_)
    assert loaded.sentence() == said


@pytest.mark.filterwarnings("ignore:not identified")  # hardly anyone is seen to leave
@pytest.mark.filterwarnings("ignore:log.repeat_count. and")  # spend goes with frequency here
def test_online_retail_has_a_value_in_one_call(reference_data: Path) -> None:
    raw = pd.read_parquet(reference_data / "online_retail.parquet").dropna(subset=["CustomerID"])
    orders = pd.DataFrame(
        {
            "customer_id": raw["CustomerID"].astype(int),
            "order_date": pd.to_datetime(raw["InvoiceDate"]),
            "amount": raw["Quantity"] * raw["UnitPrice"],
        }
    )
    customers = customer_table(orders, as_of="2011-12-09")
    value = CustomerLifetimeValue().fit(customers)
    added = value.add_to(customers)
    assert (added["clv"] > 0).all()
    # Counted by hand: purchase days after the first, and what was paid from then on.
    day = orders["order_date"].dt.normalize()
    bought = orders.assign(day=day)[orders["amount"] >= 0]
    first = bought.groupby("customer_id")["day"].min()
    again = bought[bought["day"] > bought["customer_id"].map(first)]["customer_id"].unique()
    later = orders[day > orders["customer_id"].map(first)]
    paid = later[later["customer_id"].isin(again)].groupby("customer_id")["amount"].sum()
    assert value.left_out_.tolist() == [1549, 17, 0]
    assert value.left_out_.tolist()[:2] == [len(first) - len(again), (paid <= 1e-6).sum()]
    takers = added.loc[paid.index[paid <= 1e-6]]
    assert (takers["expected_mean_amount"] < added["expected_mean_amount"].median()).all()


def test_for_ever_is_worth_more_and_leaves_out_purchases_that_may_be_infinite(
    customers: pd.DataFrame, fitted: CustomerLifetimeValue
) -> None:
    value = CustomerLifetimeValue(fitted.purchases_, fitted.spend_, horizon_days=None)
    added = value.fit(customers).add_to(customers)
    assert "expected_purchases" not in added
    assert (added["clv"] > fitted.add_to(customers)["clv"]).all()


@pytest.mark.parametrize("model", [BetaGeoModel(), ParetoNBDModel()])
@pytest.mark.filterwarnings("ignore:not identified")  # in some of the draws
def test_bounds_cover_what_refits_to_simulated_customers_find(
    model: BetaGeoModel | ParetoNBDModel, customers: pd.DataFrame
) -> None:
    """Parametric bootstrap: the spread of refitted values is what the bounds say it is."""
    value = CustomerLifetimeValue(model).fit(customers)
    someone = customers[customers["repeat_count"] == 2].head(1)
    bounds = value.add_to(someone, confidence_level=0.95).iloc[0]
    assert bounds["clv_mean_lower"] < bounds["clv"] < bounds["clv_mean_upper"]
    tenures = customers["tenure_days"].to_numpy()
    refits = []
    for seed in range(60):
        drawn = value.purchases_.simulate(len(tenures), tenures, random_state=seed)
        again = CustomerLifetimeValue(type(model)().fit(drawn), value.spend_).fit(customers)
        refits.append(again.add_to(someone)["clv"].item())
    of_purchases = np.log(refits).std()
    both = np.log(bounds["clv_mean_upper"] / bounds["clv_mean_lower"]) / (2 * 1.96)
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
    with pytest.raises(NotEnoughDataError, match="need at least 1 row in customers, got 0"):
        fitted.add_to(customers.head(0))


def test_terms_that_make_no_sense_are_refused(customers: pd.DataFrame) -> None:
    with pytest.raises(TypeError, match="purchases must be 'auto' or a purchase model"):
        CustomerLifetimeValue("best").fit(customers)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="spend must be a GammaGammaModel"):
        CustomerLifetimeValue(spend=None).fit(customers)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="without a horizon has no finite value"):
        CustomerLifetimeValue(annual_discount_rate=0, horizon_days=None).fit(customers)
    with pytest.raises(ValueError, match="period_days must be above 0"):
        CustomerLifetimeValue(period_days=0).fit(customers)
    with pytest.raises(ValueError, match="horizon_days must be at most 10,000,000, not 1e"):
        CustomerLifetimeValue(horizon_days=1e300).fit(customers)
    with pytest.raises(ValueError, match="without a horizon has no finite value"):
        CustomerLifetimeValue(annual_discount_rate=1e-300, horizon_days=None).fit(customers)
    with pytest.raises(
        ValueError, match=r"divides the horizon into 365,000,000 periods.* at most 4,000"
    ):
        CustomerLifetimeValue(period_days=1e-6).fit(customers)
    with pytest.raises(ValueError, match="period_days needs a horizon_days"):
        CustomerLifetimeValue(period_days=30, horizon_days=None).fit(customers)
    with pytest.raises(ValueError, match="confidence_level"):
        CustomerLifetimeValue().fit(customers).add_to(customers, confidence_level=95)
