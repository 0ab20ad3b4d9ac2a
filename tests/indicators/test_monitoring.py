"""monitor: what it flags, its table, its sentences, what it refuses, and its false alarms."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.indicators import Monitoring, monitor, scorecard
from cemkit.indicators.calendar_effects import holiday_shares
from cemkit.proportions import adjust_p_values

COLUMNS = [
    *("indicator", "channel", "period", "value", "forecast", "lower", "upper", "error"),
    *("p_value", "p_value_adjusted", "changed", "direction", "periods", "method", "detectable"),
]


def drawn(
    count: int, series: int = 4, seed: int = 0, *, shock: float = 0.0, last: str = "2024-06"
) -> pd.DataFrame:
    """Monthly indicators with a season, noise of their own, and a shock that all share."""
    rng = np.random.default_rng(seed)
    index = pd.period_range(end=last, periods=count, freq="M")
    common = rng.normal(0, shock, count) if shock else np.zeros(count)
    parts = []
    for number in range(series):
        season = 0.2 * np.sin(2 * np.pi * (index.month + number) / 12)
        value = np.exp(3 + season + common + rng.normal(0, 0.03, count))
        named = {"indicator": f"indicator {number // 2}", "channel": ["网店", "shop"][number % 2]}
        parts.append(pd.DataFrame({**named, "period": index, "value": value}))
    return pd.concat(parts, ignore_index=True)


def changed(table: pd.DataFrame, factor: float, count: int = 1) -> pd.DataFrame:
    """The last values of the first series times a factor."""
    moved = table.copy()
    first = (moved["indicator"] == "indicator 0") & (moved["channel"] == "网店")
    moved.loc[moved.index[first][-count:], "value"] *= factor
    return moved


def test_a_large_change_is_flagged_with_its_direction_and_no_other() -> None:
    found = monitor(changed(drawn(52, seed=1), 0.7))
    assert list(found.table.columns) == COLUMNS
    assert found.table["changed"].tolist() == [True, False, False, False]
    assert found.table["direction"].tolist() == ["down", "", "", ""]
    assert (found.tested, found.flagged, found.last) == (4, 1, 1)
    assert found.left_out.empty
    assert found.sentence().startswith(
        "1 of 4 series changed in the last period: indicator 0, 网店 fell to "
    )


def test_nothing_changed() -> None:
    found = monitor(drawn(52, last="2024-12"))
    assert found.flagged == 0
    assert found.sentence() == (
        "None of 4 series changed in the last period (false alarms at most 0.05)."
    )
    assert found.sentence("zh") == "最近一期 4 个序列均未发生变化（误报率不超过 0.05）。"


@pytest.mark.parametrize(("factor", "last"), [(1.4, 1), (0.7, 1), (1.0, 1), (1.12, 3)])
def test_verdict_interval_and_p_values_agree(factor: float, last: int) -> None:
    found = monitor(changed(drawn(49, 3, seed=2), factor, last), last=last)
    table = found.table
    outside = (table["value"] < table["lower"]) | (table["value"] > table["upper"])
    assert outside.tolist() == table["changed"].tolist()
    assert table["changed"].tolist() == (table["p_value_adjusted"] < 0.05).tolist()
    np.testing.assert_allclose(
        table["p_value_adjusted"], adjust_p_values(table["p_value"], "benjamini-hochberg")
    )
    np.testing.assert_allclose(table["error"], table["value"] - table["forecast"])


def test_a_lasting_shift_is_found_in_the_mean_of_the_last_periods() -> None:
    """A rise of three standard deviations for six months shows together more than in the last."""
    table = changed(drawn(84, 2, seed=5), 1.09, 6)
    found = monitor(table, last=6)
    row = found.table.iloc[0]
    assert row["changed"]
    assert row["p_value"] < monitor(table).table["p_value"].iloc[0]
    own = table[(table["indicator"] == "indicator 0") & (table["channel"] == "网店")]
    assert row["value"] == pytest.approx(own["value"].iloc[-6:].mean())
    assert "over the last 6 periods" in found.sentence()


def test_two_years_are_compared_with_the_year_before_and_say_how_weakly() -> None:
    found = monitor(changed(drawn(24), 2.0))
    assert found.table["method"].tolist() == ["year over year"] * 4
    assert found.table["changed"].tolist() == [True, False, False, False]
    relative = found.table["detectable"] / found.table["forecast"]
    assert found.detectable_change == pytest.approx(relative.median())
    assert 0.1 < found.detectable_change < 0.5
    for language, words in (("en", "4 had too little history"), ("zh", "4 个序列历史太短")):
        assert words in found.sentence(language)
        assert f"{found.detectable_change:.1%}" in found.sentence(language)


def test_what_cannot_be_tested_is_listed_with_the_reason() -> None:
    table = drawn(40)
    own = table["channel"] == "shop"
    short = (table["indicator"] == "indicator 0") & own & (table["period"] < "2023-06")
    still = table["value"].where(~((table["indicator"] == "indicator 1") & own), 7.0)
    found = monitor(table.assign(value=still)[~short])
    assert found.tested == 2
    assert found.left_out[["channel", "reason"]].to_numpy().tolist() == [
        ["shop", "short history"],
        ["shop", "does not vary"],
    ]
    assert found.sentence().endswith(
        "or more; not tested: 1 (short history), 1 (hardly any variation)."
    )
    nothing = monitor(drawn(12))
    assert (nothing.tested, nothing.flagged) == (0, 0)
    assert nothing.sentence() == (
        "No series could be tested in the last period: 4 (short history)."
    )


def test_each_indicator_is_judged_in_its_own_last_period() -> None:
    """Churn is known a period later; a channel that closed is not judged on its old values."""
    table = drawn(40)
    late = (table["indicator"] == "indicator 1") & (table["period"] == "2024-06")
    closed = (table["indicator"] == "indicator 0") & (table["channel"] == "shop")
    table = table[~late & ~(closed & (table["period"] > "2024-03"))]
    found = monitor(table)
    ends = found.table.set_index(["indicator", "channel"])["period"].astype(str)
    assert ends.to_dict() == {
        ("indicator 0", "网店"): "2024-06",
        ("indicator 1", "网店"): "2024-05",
        ("indicator 1", "shop"): "2024-05",
    }
    assert found.left_out["reason"].tolist() == ["no value"]


def test_row_order_and_further_columns_do_not_matter() -> None:
    table = changed(drawn(30), 1.3)
    expected = monitor(table).table
    mixed = table.sample(frac=1, random_state=1).assign(lower=0.0, customers=5, note="")
    other = monitor(mixed).table
    keys = ["indicator", "channel"]
    pd.testing.assert_frame_equal(
        expected.sort_values(keys, ignore_index=True), other.sort_values(keys, ignore_index=True)
    )


def test_indicators_can_be_chosen_and_groups_may_be_missing() -> None:
    table = drawn(30)
    table["channel"] = table["channel"].where(table["channel"] == "shop", None)
    found = monitor(table, indicators=["indicator 1"])
    assert found.tested == 2
    assert set(found.table["indicator"]) == {"indicator 1"}


def festive(count: int, seed: int, *, effect: float) -> pd.DataFrame:
    """Indicators with the Spring Festival and the length of months in them, and a common shock."""
    table = drawn(count, 2, seed, shock=0.02, last="2024-02")
    periods = pd.PeriodIndex(table["period"])
    shares = holiday_shares(periods[:count], ["Chinese New Year"]) @ [0.5, -1.0, -0.3]
    moved = np.tile(np.exp(effect * shares), 2) * periods.days_in_month / 30
    return table.assign(value=table["value"] * moved)


def test_a_moving_festival_and_a_leap_day_do_not_alarm() -> None:
    """February 2024 has a leap day, and the festival, which lay in January the year before."""
    assert monitor(festive(96, 0, effect=0.3)).flagged == 0
    unlike = monitor(changed(festive(60, 0, effect=0.0), 0.5), holidays=[])
    assert unlike.flagged == 1


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (lambda t: t.drop(columns="value"), MissingColumnsError, "value"),
        (lambda t: t.assign(period=t["period"].astype(str)), DataError, "pandas Periods, not"),
        (lambda t: t.drop(columns="channel"), DataError, "two rows for indicator=indicator 0"),
        (lambda t: t.assign(value=np.inf), DataError, "value is infinite in 240 rows"),
        (lambda t: t.assign(value="3"), DataError, "value must be numbers"),
        (lambda t: t.assign(indicator=None), DataError, "indicator or period is missing"),
        (lambda t: t.head(0), DataError, "at least 1 row in scorecard"),
        (lambda t: t["value"], TypeError, "result of scorecard, or a table"),
    ],
)
def test_bad_tables_are_refused(spoil: Any, error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        monitor(spoil(drawn(60)))


def test_bad_arguments_are_refused() -> None:
    table = drawn(60)
    with pytest.raises(DataError, match="did you mean 'indicator 0'"):
        monitor(table, indicators=["indicator0"])
    with pytest.raises(ValueError, match="last must be at least 1"):
        monitor(table, last=0)
    with pytest.raises(ValueError, match="false_alarm_rate"):
        monitor(table, false_alarm_rate=5)
    with pytest.raises(ValueError, match="holidays must be one of"):
        monitor(table, holidays=["Spring Festival"])


@pytest.mark.exhaustive
@pytest.mark.parametrize("shock", [0.0, 0.05])
def test_quiet_months_alarm_at_most_at_the_stated_rate(shock: float) -> None:
    """Any flag among 4 series; 60 tables have a standard error of .028."""
    alarms = [monitor(drawn(61, 4, seed, shock=shock)).flagged > 0 for seed in range(60)]
    assert np.mean(alarms) <= 0.05 + 2 * 0.028


def test_the_result_prints() -> None:
    found = monitor(changed(drawn(30), 2.5))
    assert isinstance(found, Monitoring)
    assert found.groups() == ["channel"]
    assert "indicator 0" in repr(found)
    assert found.history.groupby(["indicator", "channel"]).size().tolist() == [30] * 4


def test_costs_without_new_customers_are_no_value() -> None:
    months = pd.period_range("2022-01", periods=24, freq="M")
    orders = pd.DataFrame(
        {"customer_id": 1, "order_date": months.start_time, "amount": np.arange(24.0) % 5 + 9}
    )
    costs = pd.DataFrame({"cost_date": months.start_time, "amount": 10.0, "purpose": "acquisition"})
    card = scorecard(orders, "2023-12-31", window_days=40, costs=costs)
    assert np.isinf(card.wide("acquisition_cost")["value"]).sum() == 23
    left_out = monitor(card).left_out.set_index("indicator")["reason"]
    assert left_out["acquisition_cost"] == "short history"
    with pytest.raises(DataError, match="infinite in 23 rows; correct them, or leave them out"):
        monitor(card.table)


def test_a_rise_that_is_hardly_ever_found_has_no_figure() -> None:
    found = dataclasses.replace(monitor(drawn(30)), detectable_change=2e5)
    assert "which typically finds no rise below 1,000%" in found.sentence()
    assert "通常连 1,000% 的上升也发现不了" in found.sentence("zh")
