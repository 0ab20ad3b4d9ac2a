"""The forecast of a base on real hold-outs, and what it does with what it is given."""

import dataclasses
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
    load_cdnow,
    prepare_orders,
)
from cemkit.clv import (
    CustomerBaseForecast,
    FrequencyGammaGammaModel,
    NetSpendModel,
    SeasonalClock,
    forecast_customer_base,
)
from cemkit.clv.base import forecast as module
from cemkit.data import customer_table
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

AS_OF = "1997-09-30"
NOBODY = pd.Series([0.0], pd.period_range("1997", periods=1, freq="Y"))
NO_MORE = pd.Series([0.0] * 3, pd.period_range("2022", periods=3, freq="Y"))
KNOWN = BetaGeoModel.from_parameters(r=0.2426, alpha=30.9, a=0.793, b=2.426)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")


@pytest.fixture(scope="module")
def online_retail(reference_data: Path) -> pd.DataFrame:
    """Return the orders of known customers from 2010-01-04 to 2011-12-09, returns included."""
    files = ("online_retail_2010.parquet", "online_retail.parquet")
    raw = pd.concat([pd.read_parquet(reference_data / name) for name in files], ignore_index=True)
    raw = raw.dropna(subset=["CustomerID"]).assign(
        amount=raw["Quantity"] * raw["UnitPrice"],
        date=pd.to_datetime(raw["InvoiceDate"], format="mixed"),
    )
    return prepare_orders(raw, customer_id="CustomerID", order_date="date", order_id="InvoiceNo")


@pytest.fixture(scope="module")
def forecast(orders: pd.DataFrame) -> CustomerBaseForecast:
    return forecast_customer_base(BetaGeoModel(), orders, AS_OF, horizon_days=91, n_draws=300)


def sold(orders: pd.DataFrame, as_of: str, horizon: int) -> pd.DataFrame:
    """Purchase days and net revenue of each week after a day."""
    days = (orders["order_date"].dt.normalize() - pd.Timestamp(as_of)).dt.days
    after = orders[(days > 0) & (days <= horizon)]
    week = (days[after.index] - 1) // 7
    bought = after[after["amount"] >= 0].assign(day=days, week=week)
    bought = bought.drop_duplicates(["customer_id", "day"])
    sums = {
        "purchases": bought.groupby("week").size(),
        "revenue": after.groupby(week)["amount"].sum(),
    }
    return pd.DataFrame(sums).reindex(range(-(-horizon // 7)), fill_value=0)


def check_holdout(found: CustomerBaseForecast, actual: pd.DataFrame) -> None:
    weeks = found.periods.reset_index(drop=True)
    for name in ("purchases", "revenue"):
        lower, upper = getattr(found, f"{name}_lower"), getattr(found, f"{name}_upper")
        assert lower <= actual[name].sum() <= upper
        inside = actual[name].between(weeks[f"{name}_lower"], weeks[f"{name}_upper"])
        assert inside.mean() >= 0.85


@pytest.mark.parametrize("model", [BetaGeoModel(), ParetoNBDModel()])
def test_holdout_of_cdnow(orders: pd.DataFrame, model: Any) -> None:
    found = forecast_customer_base(model, orders, AS_OF, horizon_days=273, n_draws=150)
    check_holdout(found, sold(orders, AS_OF, 273))
    assert found.purchases_upper < 2 * found.purchases_lower  # and says something


@pytest.mark.filterwarnings("ignore:log.repeat_count. and")  # spend goes with frequency here
@pytest.mark.parametrize("clock", [None, SeasonalClock()], ids=["calendar days", "clock"])
@pytest.mark.parametrize(("as_of", "horizon"), [("2011-09-09", 91), ("2011-03-11", 91)])
def test_holdout_of_online_retail(
    online_retail: pd.DataFrame, as_of: str, horizon: int, clock: Any
) -> None:
    found = forecast_customer_base(
        BetaGeoModel(clock=clock), online_retail, as_of, horizon_days=horizon, n_draws=400
    )
    assert found.seasonal is (clock is not None)
    check_holdout(found, sold(online_retail, as_of, horizon))


def test_expectations_are_those_of_the_models(
    orders: pd.DataFrame, forecast: CustomerBaseForecast
) -> None:
    customers = customer_table(orders, AS_OF)
    expected = BetaGeoModel().fit(customers).expected_purchases(customers, 91)
    spend = GammaGammaModel().fit(customers).expected_mean_amount(customers)
    known = forecast.cohorts.loc["1997Q1"]
    assert known["purchases"] == pytest.approx(expected.sum())
    assert known["revenue"] == pytest.approx((expected * spend).sum())
    assert known["customers"] == len(customers) == forecast.known_customers


def test_tables_add_up(forecast: CustomerBaseForecast) -> None:
    table = forecast.table
    assert list(table.columns) == ["period", "cohort", "purchases", "revenue", "lower", "upper"]
    for name in ("purchases", "revenue"):
        by_period = table.groupby("period")[name].sum()
        assert by_period.to_numpy() == pytest.approx(forecast.periods[name].to_numpy())
        by_cohort = table.groupby("cohort")[name].sum()[forecast.cohorts.index]
        assert by_cohort.to_numpy() == pytest.approx(forecast.cohorts[name].to_numpy())
        assert table[name].sum() == pytest.approx(getattr(forecast, name))
    assert (table["lower"] <= table["revenue"]).all()
    assert (table["upper"] >= table["revenue"]).all()
    assert forecast.periods["days"].sum() == 91
    # Chance makes the total narrower than the sum of bounds.
    assert forecast.revenue_upper < forecast.periods["revenue_upper"].sum()
    assert forecast.revenue_lower > forecast.periods["revenue_lower"].sum()


def test_periods_of_the_calendar_are_cut_at_the_horizon(orders: pd.DataFrame) -> None:
    found = forecast_customer_base(
        KNOWN, orders, AS_OF, horizon_days=100, period="month", n_draws=100
    )
    assert found.periods.index.astype(str).tolist() == ["1997-10", "1997-11", "1997-12", "1998-01"]
    assert found.periods["days"].tolist() == [31, 30, 31, 8]
    weekly = forecast_customer_base(KNOWN, orders, AS_OF, horizon_days=100, n_draws=100)
    assert weekly.periods["days"].tolist() == [7] * 14 + [2]
    assert weekly.periods.index[0].start_time == pd.Timestamp("1997-10-01")
    assert weekly.purchases == pytest.approx(found.purchases)


def test_order_of_rows_and_engine_change_nothing(orders: pd.DataFrame) -> None:
    import polars as pl

    ask: dict[str, Any] = {"horizon_days": 28, "n_draws": 100}
    forecast = forecast_customer_base(BetaGeoModel(), orders, AS_OF, **ask)
    shuffled = orders.sample(frac=1, random_state=1)
    for table in (shuffled, pl.from_pandas(shuffled).lazy()):
        found = forecast_customer_base(BetaGeoModel(), table, AS_OF, **ask)
        assert found.revenue == pytest.approx(forecast.revenue, rel=1e-8)
        assert found.revenue_upper == pytest.approx(forecast.revenue_upper, rel=1e-3)


@pytest.mark.parametrize(
    "spend",
    [
        FrequencyGammaGammaModel.from_parameters(p=6.0, q=3.7, gamma=14.0, frequency=0.1),
        NetSpendModel.from_parameters(between=20, within=25, mean=35),
    ],
    ids=lambda spend: type(spend).__name__,
)
@pytest.mark.parametrize("most_futures", [8_000_000, 0], ids=["futures", "moments"])
def test_every_spend_model_may_be_lent(
    orders: pd.DataFrame, spend: Any, most_futures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_FUTURES", most_futures)
    ask: dict[str, Any] = {"horizon_days": 14, "acquisition": NOBODY, "n_draws": 100}
    found = forecast_customer_base(CustomerLifetimeValue(KNOWN, spend), orders, AS_OF, **ask)
    customers = customer_table(orders, AS_OF)
    expected = KNOWN.expected_purchases(customers, 14) * spend.expected_mean_amount(customers)
    assert found.revenue == pytest.approx(expected.sum())
    assert 0.3 * found.revenue < found.revenue_lower < found.revenue < found.revenue_upper


@pytest.mark.parametrize("most_futures", [8_000_000, 0], ids=["futures", "moments"])
def test_net_revenue_may_be_negative(
    orders: pd.DataFrame, most_futures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_FUTURES", most_futures)
    spend = NetSpendModel.from_parameters(between=5, within=25, mean=-35)
    lost = CustomerLifetimeValue(KNOWN, spend)
    returned = orders.assign(amount=-1.5 * orders["amount"])
    net = pd.concat([orders, returned])
    found = forecast_customer_base(
        lost, net, AS_OF, horizon_days=14, acquisition=NOBODY, n_draws=100
    )
    assert found.revenue_lower < found.revenue < found.revenue_upper < 0
    assert found.purchases_lower >= 0


def test_customers_who_never_bought_again_are_forecast_by_known_models() -> None:
    days = pd.date_range("1997-07-01", periods=1500, freq="h").normalize()
    once = pd.DataFrame({"customer_id": np.arange(1500), "order_date": days, "amount": 20.0})
    spend = GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=15.44)
    found = forecast_customer_base(
        CustomerLifetimeValue(KNOWN, spend),
        once,
        str(days[-1].date()),
        horizon_days=14,
        n_draws=100,
    )
    assert found.new_customers > 0
    assert found.measured_weeks == 0
    assert "so the intervals hold no shocks and no season." in found.sentence()
    assert "区间不含整周的冲击和季节波动" in found.sentence("zh")


def test_a_lifetime_value_lends_its_models(orders: pd.DataFrame) -> None:
    customers = customer_table(orders, AS_OF)
    spend = GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=15.44)
    value = CustomerLifetimeValue(KNOWN, spend, margin=0.3).fit(customers)
    ask: dict[str, Any] = {"horizon_days": 28, "acquisition": NOBODY, "n_draws": 100}
    found = forecast_customer_base(value, orders, AS_OF, **ask)
    expected = KNOWN.expected_purchases(customers, 28) * spend.expected_mean_amount(customers)
    assert found.revenue == pytest.approx(expected.sum())
    unfitted = forecast_customer_base(CustomerLifetimeValue(), orders, AS_OF, **ask)
    plain = forecast_customer_base(BetaGeoModel(), orders, AS_OF, **ask)
    assert unfitted.revenue == plain.revenue


def test_a_plan_of_new_customers_is_taken_as_it_is(orders: pd.DataFrame) -> None:
    ask: dict[str, Any] = {"horizon_days": 28, "n_draws": 200}
    none = forecast_customer_base(KNOWN, orders, AS_OF, acquisition=NOBODY, **ask)
    assert none.planned
    assert none.new_customers == none.new_customers_upper == 0
    assert none.cohorts.loc["new", "revenue_upper"] == 0
    plan = pd.Series([310.0], pd.period_range("1997-10", periods=1, freq="M"))
    more = forecast_customer_base(KNOWN, orders, AS_OF, acquisition=plan, **ask)
    assert more.new_customers == pytest.approx(280)
    assert more.purchases > none.purchases + 280
    repeats = more.cohorts.loc["new", "purchases"] - 280
    ages = np.arange(0.5, 28)
    exact = 10 * np.sum(KNOWN.new_customer_curve(ages))
    assert repeats == pytest.approx(exact, rel=0.01)


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")  # nobody leaves this shop
def test_a_plan_of_events_reaches_the_clock(orders: pd.DataFrame) -> None:
    days = pd.date_range("2022-01-01", "2023-12-31")
    rng = np.random.default_rng(0)
    sale = (days.month == 6) & (days.day <= 14)
    n = rng.poisson(np.where(sale, 24.0, 8.0))
    shop = pd.DataFrame(
        {
            "customer_id": rng.choice(900, n.sum(), p=rng.dirichlet(np.full(900, 0.7))),
            "order_date": np.repeat(days, n),
            "amount": rng.gamma(4, 10, n.sum()),
        }
    )
    sales = pd.DataFrame(
        {
            "name": "sale",
            "start_date": ["2022-06-01", "2023-06-01"],
            "end_date": ["2022-06-14", "2023-06-14"],
        }
    )
    clock = SeasonalClock(harmonics=0, events=sales)
    ask: dict[str, Any] = {"horizon_days": 28, "acquisition": 0 * days_plan(28), "n_draws": 100}
    to_come = pd.DataFrame(
        {"name": ["sale"], "start_date": ["2024-01-08"], "end_date": ["2024-01-28"]}
    )
    model = BetaGeoModel(clock=clock)
    planned = forecast_customer_base(model, shop, "2023-12-31", calendar=to_come, **ask)
    later = to_come.assign(start_date="2024-02-20", end_date="2024-02-28")
    plain = forecast_customer_base(model, shop, "2023-12-31", calendar=later, **ask)
    ratio = planned.periods["purchases"] / plain.periods["purchases"]
    assert ratio.iloc[0] == pytest.approx(1, abs=0.05)
    assert (ratio.iloc[1:] > 1.5).all()
    assert planned.seasonal
    # Nobody leaves: how is not identified, and the draws stay at the estimate.
    assert {"a", "b"} <= set(planned.not_identified)
    assert "The data did not identify a, b" in planned.sentence()
    assert "intervals leave out what is not known of them" in planned.sentence()
    assert "区间未包含这些参数的不确定性" in planned.sentence("zh")
    for past in (sales, sales.iloc[:0]):
        with pytest.raises(DataError, match="no event that ends after as_of=2023-12-31; add"):
            forecast_customer_base(model, shop, "2023-12-31", calendar=past, **ask)
    with pytest.raises(DataError, match="plan"):
        forecast_customer_base(
            model,
            shop,
            "2023-12-31",
            calendar=to_come,
            **(ask | {"horizon_days": 60, "acquisition": 0 * days_plan(60)}),
        )
    with pytest.raises(ValueError, match="calendar takes a purchase model on a seasonal clock"):
        forecast_customer_base(BetaGeoModel(), shop, "2023-12-31", calendar=to_come, **ask)
    with pytest.raises(MissingColumnsError, match="end_date"):
        forecast_customer_base(
            model, shop, "2023-12-31", calendar=to_come.drop(columns="end_date"), **ask
        )


def days_plan(n_days: int) -> pd.Series:
    return pd.Series(1.0, pd.period_range("2024-01-01", periods=n_days, freq="D"))


def test_a_covariate_that_customers_lack_is_named(orders: pd.DataFrame) -> None:
    model = BetaGeoModel(covariates=["size"])
    with pytest.raises(MissingColumnsError, match="size"):
        forecast_customer_base(model, orders, AS_OF, horizon_days=14)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"models": "auto"}, TypeError, "models must be a CustomerLifetimeValue or a purchase"),
        ({"horizon_days": 0}, ValueError, "horizon_days must be at least 1, not 0"),
        ({"horizon_days": 1831}, ValueError, "horizon_days"),
        ({"horizon_days": 7.5}, TypeError, "horizon_days"),
        ({"acquisition": "flat"}, ValueError, "acquisition must be"),
        ({"acquisition": 30}, TypeError, "acquisition must be 'forecast' or a Series"),
        ({"acquisition": NOBODY, "horizon_days": 93}, DataError, "covers 1997-01-01 to 1997-12-31"),
        ({"period": "day"}, ValueError, "period"),
        ({"cohort": "week"}, ValueError, "cohort"),
        ({"confidence_level": 95}, ValueError, "confidence_level"),
        ({"n_draws": 10}, ValueError, "n_draws must be at least 100"),
        ({"as_of": "1999-01-01"}, DataError, "choose an as_of at the end of the data"),
        ({"as_of": "1997-01-20"}, NotEnoughDataError, "weeks of orders.*give a plan"),
    ],
)
@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")  # of 20 days of orders
def test_what_cannot_be_forecast_is_refused(
    orders: pd.DataFrame, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    ask: dict[str, Any] = {"models": KNOWN, "as_of": AS_OF, "horizon_days": 30, "n_draws": 100}
    with pytest.raises(error, match=message):
        forecast_customer_base(orders=orders, **(ask | change))


def test_the_sentence_says_where_its_interval_comes_from(forecast: CustomerBaseForecast) -> None:
    sentence = forecast.sentence()
    assert "95% prediction interval" in sentence
    assert "forecast from the last 26 weeks" in sentence
    assert f"Purchases of the past {forecast.measured_weeks} weeks varied by" in sentence
    assert (
        "on calendar days, without a seasonal clock, so the season is in the interval" in sentence
    )
    assert "in the interval as far as these weeks show it." in sentence
    assert "预测区间" in forecast.sentence("zh")
    year = dataclasses.replace(forecast, measured_weeks=52)
    assert year.sentence().endswith(
        "calendar days, without a seasonal clock, so the season is in the interval."
    )
    assert "did not identify" not in sentence


def of(model: BetaGeoModel) -> CustomerLifetimeValue:
    """The model with a spend that is known."""
    return CustomerLifetimeValue(model, GammaGammaModel.from_parameters(p=6, q=4, gamma=15))


def joining(strength: float, seed: int, days: int = 1095) -> pd.DataFrame:
    """Customers who join with a season of the year, and buy once more now and then."""
    rng = np.random.default_rng(seed)
    turn = 2 * np.pi * (np.arange(days) - 335) / 365.25
    joined = np.repeat(np.arange(days), rng.poisson(6 * np.exp(strength * np.cos(turn))))
    again = joined + 1 + rng.integers(0, 60, len(joined))
    who = np.arange(len(joined))
    more = (rng.random(len(who)) < 0.4) & (again < days)
    rows = np.concatenate([np.stack([who, joined]), np.stack([who, again])[:, more]], axis=1)
    dates = pd.Timestamp("2021-01-01") + pd.to_timedelta(rows[1], unit="D")
    return pd.DataFrame({"customer_id": rows[0], "order_date": dates, "amount": 10.0})


@pytest.mark.parametrize("strength", [0.0, 0.6])
def test_new_customers_come_with_the_season_of_two_years(strength: float) -> None:
    """At each date the number lies within its interval, in most cases close to the middle."""
    model = BetaGeoModel.from_parameters(r=0.6, alpha=40, a=0.8, b=2.4)
    plain, errors = [], []
    for seed, as_of in enumerate(["2023-01-31", "2023-04-30", "2023-07-31", "2023-09-30"]):
        orders = joining(strength, seed)
        found = forecast_customer_base(of(model), orders, as_of, horizon_days=91, n_draws=200)
        first = orders.groupby("customer_id")["order_date"].min()
        ahead = (first - pd.Timestamp(as_of)).dt.days
        came = int(((ahead > 0) & (ahead <= 91)).sum())
        before = int(((ahead > -182) & (ahead <= 0)).sum()) / 2
        assert found.seasonal_acquisition
        assert found.new_customers_lower <= came <= found.new_customers_upper
        assert "weeks with a yearly season" in found.sentence()
        errors.append(abs(found.new_customers / came - 1))
        plain.append(abs(before / came - 1))
    assert np.mean(errors) < (0.12 if strength else 0.08)
    assert not strength or np.mean(errors) < 0.4 * np.mean(plain)


def test_less_than_two_years_have_no_season_of_new_customers(
    forecast: CustomerBaseForecast,
) -> None:
    assert not forecast.seasonal_acquisition
    assert "(0 to" not in forecast.sentence() or "26 weeks without a season" in forecast.sentence()
    assert "不考虑季节" in forecast.sentence("zh")


def test_the_errors_of_the_clock_widen_the_interval(seasonal_orders: pd.DataFrame) -> None:
    model, day = BetaGeoModel.from_parameters(r=0.8, alpha=40, a=0.8, b=4), "2022-01-31"
    clock, certain = (SeasonalClock().fit(seasonal_orders, day) for _ in range(2))
    certain.covariance_ = 0 * certain.covariance_
    widths = []
    for each in (clock, certain):
        model.clock_ = each
        found = forecast_customer_base(
            of(model), seasonal_orders, day, horizon_days=91, acquisition=NO_MORE, n_draws=400
        )
        widths.append(found.purchases_upper - found.purchases_lower)
    assert widths[0] > 1.1 * widths[1]


def test_a_calendar_names_what_the_clock_has_not_seen(seasonal_orders: pd.DataFrame) -> None:
    """A clock fitted earlier than as_of: events in between and those that recur count."""
    sale = pd.DataFrame(
        {"name": ["sale"], "start_date": ["2021-11-20"], "end_date": ["2021-11-30"]}
    )
    fair = pd.DataFrame(
        {"name": ["fair"], "start_date": ["2021-05-01"], "end_date": ["2021-05-09"]}
    ).assign(recurring=True)
    events = pd.concat([sale.assign(recurring=False), fair])
    clock = SeasonalClock(events=events).fit(seasonal_orders, "2022-06-30")
    model = BetaGeoModel.from_parameters(r=0.8, alpha=40, a=0.8, b=4)
    model.clock_ = clock
    ask = {"horizon_days": 60, "acquisition": NO_MORE, "n_draws": 100}

    def held(*days: tuple[str, str]) -> pd.DataFrame:
        return pd.DataFrame(days, columns=["start_date", "end_date"]).assign(name="sale")

    between, to_come = ("2022-08-01", "2022-08-10"), ("2022-10-10", "2022-11-29")
    both = forecast_customer_base(
        of(model), seasonal_orders, "2022-09-30", calendar=held(between, to_come), **ask
    )
    later = forecast_customer_base(
        of(model), seasonal_orders, "2022-09-30", calendar=held(to_come), **ask
    )
    exact = model.with_plan(held(between, to_come))
    known = customer_table(seasonal_orders, "2022-09-30")
    assert both.purchases == pytest.approx(exact.expected_purchases(known, 60).sum())
    assert both.purchases != later.purchases
    with pytest.raises(DataError, match="names 'gala', which is not an event of the clock"):
        forecast_customer_base(
            of(model),
            seasonal_orders,
            "2022-09-30",
            calendar=pd.concat([held(to_come), fair.assign(name="gala")]),
            **ask,
        )
