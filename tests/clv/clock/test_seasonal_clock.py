"""The seasonal clock on a shop whose season is known, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from cemkit import BetaGeoModel, customer_table, load_cdnow
from cemkit.clv import SeasonalClock
from cemkit.clv.clock.seasonal_clock import table_day
from cemkit.errors import DataError, NotEnoughDataError

AS_OF = "2023-06-30"


@pytest.fixture(scope="module")
def clock(seasonal_orders: pd.DataFrame) -> SeasonalClock:
    return SeasonalClock().fit(seasonal_orders, AS_OF)


def calendar(*rows: tuple[str, str, str, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "start_date", "end_date", "recurring"])


def test_the_true_intensity_is_found(clock: SeasonalClock) -> None:
    found = clock.intensity("2022-01-01", "2022-12-31")
    days = found.index
    wave = np.exp(0.5 * np.cos(2 * np.pi * (days.day_of_year.to_numpy() - 335) / 365))
    truth = np.where(days.day_of_week == 6, 0.4, 1.0) * wave
    assert np.corrcoef(found["intensity"], truth)[0, 1] > 0.97
    sunday = found.index.day_of_week == 6
    assert found["weekday"][sunday].iloc[0] / found["weekday"][~sunday].mean() == pytest.approx(
        0.4, abs=0.05
    )
    assert found["season"].idxmax().month in (11, 12)
    product = found[["season", "weekday", "events"]].prod(axis=1).to_numpy()
    assert found["intensity"].to_numpy() == pytest.approx(product)


def test_a_day_of_the_clock_is_a_day_on_average(clock: SeasonalClock) -> None:
    four_years = clock.intensity("2023-07-01", "2027-06-30")["intensity"]
    assert four_years.mean() == pytest.approx(1, rel=1e-12)
    time = clock.time_at()
    assert time.until(1461.0) == pytest.approx(1461, rel=1e-9)
    past = clock.intensity("2023-06-01", AS_OF)["intensity"]
    assert time.since(30.0) == pytest.approx(past.sum(), rel=1e-12)


def test_totals_are_foreseen_where_plain_days_miss_the_season(
    clock: SeasonalClock, seasonal_orders: pd.DataFrame
) -> None:
    customers = customer_table(seasonal_orders, AS_OF)
    later = seasonal_orders[seasonal_orders["customer_id"].isin(customers.index)]
    end = pd.Timestamp(AS_OF) + pd.Timedelta(days=180)
    made = later["order_date"].between(AS_OF, end, inclusive="right").sum()
    plain, seasonal = (
        BetaGeoModel(clock=each).fit(customers).expected_purchases(customers, 180).sum() / made - 1
        for each in (None, clock)
    )
    assert abs(seasonal) < 0.06 < 0.15 < abs(plain)


def test_the_parameters_of_the_shop_are_found_on_the_clock(
    clock: SeasonalClock, seasonal_orders: pd.DataFrame
) -> None:
    model = BetaGeoModel(clock=clock).fit(customer_table(seasonal_orders, AS_OF))
    assert model.params_["r"] == pytest.approx(0.8, rel=0.15)
    assert model.params_["alpha"] == pytest.approx(40, rel=0.15)


def test_orders_after_as_of_and_their_order_change_nothing(
    clock: SeasonalClock, seasonal_orders: pd.DataFrame
) -> None:
    past = seasonal_orders[seasonal_orders["order_date"] <= AS_OF]
    shuffled = past.sample(frac=1, random_state=5)
    for orders in (past, shuffled, shuffled.astype({"customer_id": str})):
        again = SeasonalClock().fit(orders, AS_OF)
        assert again.effects_.equals(clock.effects_)


def test_a_shift_of_the_calendar_changes_nothing_on_plain_days(
    seasonal_orders: pd.DataFrame,
) -> None:
    shifted = seasonal_orders.assign(
        order_date=seasonal_orders["order_date"] + pd.Timedelta(days=77)
    )
    one, other = (
        BetaGeoModel().fit(customer_table(orders, as_of))
        for orders, as_of in ((seasonal_orders, AS_OF), (shifted, "2023-09-15"))
    )
    assert one.params_.equals(other.params_)


def test_peaks_seen_and_the_sentence(clock: SeasonalClock, seasonal_orders: pd.DataFrame) -> None:
    assert clock.peaks_seen_ == 2
    once = SeasonalClock().fit(seasonal_orders, "2022-03-31")
    assert once.peaks_seen_ == 1
    assert "one yearly peak seen in 1.2 years of orders" in once.sentence()
    assert "1.2 年的订单中见到一次年度高峰" in once.sentence("zh")
    flat = SeasonalClock(0, weekdays=False).fit(seasonal_orders, AS_OF)
    assert flat.peaks_seen_ is None
    assert flat.sentence().startswith("The clock has no yearly season (2.5 years")
    assert flat.intensity("2023-01-01", "2023-01-09")["intensity"].tolist() == [1.0] * 9


def test_events_are_found_and_planned(seasonal_orders: pd.DataFrame) -> None:
    rng = np.random.default_rng(3)
    sale = seasonal_orders["order_date"].between("2022-05-02", "2022-05-08")
    bought_more = seasonal_orders[sale].assign(
        order_date=lambda t: t["order_date"] + pd.to_timedelta(rng.integers(0, 2, len(t)), "D")
    )
    orders = pd.concat([seasonal_orders, bought_more.assign(customer_id=lambda t: t.customer_id)])
    events = calendar(("sale", "2022-05-02", "2022-05-09", False))
    clock = SeasonalClock(events=events).fit(orders, AS_OF)
    assert clock.effects_.loc["sale", "ratio"] > 1.15
    customers = customer_table(orders, AS_OF)
    model = BetaGeoModel(clock=clock).fit(customers)
    with pytest.raises(DataError, match="the events 'sale' of the clock have no dates after 2023"):
        model.expected_purchases(customers, 60)
    assert model.alive_probability(customers).between(0, 1).all()
    ahead = calendar(("sale", "2023-07-10", "2023-07-23", False))
    with_sale = model.with_plan(ahead, until="2023-09-30").expected_purchases(customers, 60).sum()
    without = model.with_plan(None, until="2023-09-30").expected_purchases(customers, 60).sum()
    assert with_sale > 1.03 * without
    with pytest.raises(DataError, match="ends on 2023-07-23, and the horizon on 2023-08-29"):
        model.with_plan(ahead).expected_purchases(customers, 60)
    with pytest.raises(ValueError, match="a plan without events needs its last day"):
        model.with_plan(None)
    with pytest.raises(ValueError, match="until=2023-07-01 lies before the end of the plan's last"):
        model.with_plan(ahead, until="2023-07-01")
    with pytest.raises(ValueError, match="with_plan takes a model on a seasonal clock"):
        BetaGeoModel().fit(customers).with_plan(ahead)


def test_less_than_a_year_is_refused(seasonal_orders: pd.DataFrame) -> None:
    with pytest.raises(
        NotEnoughDataError, match="need at least 365 days of orders up to as_of=2021"
    ):
        SeasonalClock().fit(seasonal_orders, "2021-12-01")


def test_gaps_are_refused_unless_an_event_names_them(seasonal_orders: pd.DataFrame) -> None:
    shut = seasonal_orders["order_date"].between("2022-03-05", "2022-04-11")
    with pytest.raises(DataError, match=r"a gap: no purchase from 2022-03-05 to 2022-04-11 \(38"):
        SeasonalClock().fit(seasonal_orders[~shut], AS_OF)
    closed = calendar(("refit", "2022-03-01", "2022-04-15", False))
    assert SeasonalClock(events=closed).fit(seasonal_orders[~shut], AS_OF).trend_ < 1
    ended = seasonal_orders[seasonal_orders["order_date"] <= "2023-05-20"]
    with pytest.raises(DataError, match="no purchase from 2023-05-21 to 2023-06-30.*earlier as_of"):
        SeasonalClock().fit(ended, AS_OF)


def test_a_table_of_an_earlier_day_would_leak(
    clock: SeasonalClock, seasonal_orders: pd.DataFrame
) -> None:
    early = customer_table(seasonal_orders, "2023-03-31")
    with pytest.raises(DataError, match="orders up to 2023-06-30, but the customer table is of"):
        BetaGeoModel(clock=clock).fit(early)


def test_a_later_table_is_read_from_its_own_day(
    clock: SeasonalClock, seasonal_orders: pd.DataFrame
) -> None:
    now, later = (customer_table(seasonal_orders, day) for day in (AS_OF, "2023-09-30"))
    model = BetaGeoModel(clock=clock).fit(now)
    autumn = model.expected_purchases(later, 60)
    without_dates = later[["repeat_count", "recency_days", "tenure_days"]]
    summer = model.expected_purchases(without_dates, 60)  # as if counted from June on
    assert autumn.sum() > 1.2 * summer.sum()


def test_the_day_of_a_table() -> None:
    customers = customer_table(load_cdnow("sample"), "1997-09-30")
    assert table_day(customers) == pd.Timestamp("1997-09-30")
    assert table_day(customers[["recency_days"]]) is None
    mixed = customers.assign(recency_days=customers["recency_days"] + (customers.index % 2))
    with pytest.raises(DataError, match="not from one day: .* 1997-09-30 to 1997-10-01"):
        table_day(mixed)


def test_engines_give_the_same_clock(seasonal_orders: pd.DataFrame, clock: SeasonalClock) -> None:
    pl = pytest.importorskip("polars")
    again = SeasonalClock().fit(pl.from_pandas(seasonal_orders), AS_OF)
    assert again.effects_["effect"].to_numpy() == pytest.approx(clock.effects_["effect"], abs=1e-9)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"harmonics": 27}, ValueError),
        ({"harmonics": 1.5}, TypeError),
        ({"weekdays": "no"}, TypeError),
    ],
)
def test_settings_that_are_refused(
    settings: dict[str, object], error: type[Exception], seasonal_orders: pd.DataFrame
) -> None:
    with pytest.raises(error):
        SeasonalClock(**settings).fit(seasonal_orders, AS_OF)


def test_an_unfitted_clock_answers_nothing() -> None:
    for ask in (SeasonalClock().sentence, SeasonalClock().to_json, SeasonalClock().time_at):
        with pytest.raises(NotFittedError):
            ask()
    assert clone(SeasonalClock(3, weekdays=False)).get_params()["harmonics"] == 3


def test_an_interval_that_runs_backwards(clock: SeasonalClock) -> None:
    with pytest.raises(ValueError, match="end_date=2023-01-01 lies before start_date=2023-01-02"):
        clock.intensity("2023-01-02", "2023-01-01")


@pytest.mark.parametrize("days", [np.inf, np.nan, 1e21, "a"])
def test_the_day_of_a_table_is_not_read_off_what_is_no_recency(days: object) -> None:
    table = pd.DataFrame({"recency_days": [3, days], "last_order_date": ["2024-01-01"] * 2})
    table["last_order_date"] = pd.to_datetime(table["last_order_date"])
    with pytest.raises(DataError, match="recency_days"):
        table_day(table)


def test_more_days_than_a_shop_can_have_are_refused() -> None:
    with pytest.raises(DataError, match=r"as_of=9999-12-31 lies 2,9\d\d,\d\d\d days after"):
        SeasonalClock().fit(load_cdnow("sample"), "9999-12-31")
