"""answered_in_time: what is due, what is open, and the median against statsmodels."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.feedback import answered_in_time
from cemkit.proportions import proportion_interval

NOON = pd.Timestamp("2024-03-01 12:00")


def complaints(hours, opened=NOON) -> pd.DataFrame:
    """Complaints answered after so many hours; NaN for those still open."""
    table = pd.DataFrame({"customer_id": range(len(hours)), "opened_at": opened})
    return table.assign(answered_at=table["opened_at"] + pd.to_timedelta(hours, unit="h"))


def test_the_rate_is_that_of_complaints_whose_limit_is_over() -> None:
    table = pd.concat(
        [
            complaints([1, 24, 25, np.nan]),
            complaints([1, np.nan], pd.Timestamp("2024-03-31 08:00")),  # not due at midnight
            complaints([1], pd.Timestamp("2024-04-01 08:00")),  # not seen
        ]
    )
    found = answered_in_time(table, "2024-03-31")
    assert (found.complaints, found.due, found.not_due, found.open) == (6, 4, 2, 2)
    assert (found.rate, found.after_as_of) == (0.5, 1)
    wilson = proportion_interval(2, 4)
    assert (found.rate_lower, found.rate_upper) == pytest.approx(
        (wilson.rate_lower, wilson.rate_upper)
    )
    assert found.table["in_time"].item() == 2


def test_an_answer_after_the_last_day_is_not_seen() -> None:
    found = answered_in_time(complaints([1, 60]), "2024-03-02", within_hours=30)
    assert (found.open, found.rate) == (1, 0.5)


def test_only_quick_answers_of_young_complaints_can_be_seen_and_do_not_count() -> None:
    rng = np.random.default_rng(1)
    opened = pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.uniform(0, 24 * 31, 4000), "h")
    hours = rng.exponential(48, 4000)
    found = answered_in_time(complaints(hours, opened), "2024-03-31", within_hours=72)
    truth = 1 - np.exp(-72 / 48)
    assert found.rate_lower <= truth <= found.rate_upper
    median = found.table.iloc[0]
    assert median["median_hours_lower"] <= 48 * np.log(2) <= median["median_hours_upper"]


def test_the_median_is_that_of_statsmodels_with_open_complaints() -> None:
    rng = np.random.default_rng(1)
    hours = rng.exponential(30, 83).round(1)
    hours[::4] = np.nan
    opened = NOON + pd.to_timedelta(rng.integers(0, 600, 83), "h")
    table = complaints(hours, opened)
    row = answered_in_time(table, "2024-03-31").table.iloc[0]
    end = pd.Timestamp("2024-04-01")
    closed = table["answered_at"] < end
    seen = (table["answered_at"].where(closed, end) - table["opened_at"]) / pd.Timedelta(hours=1)
    curve = SurvfuncRight(seen, closed.astype(int))
    assert row["median_hours"] == pytest.approx(curve.quantile(0.5))
    lower, upper = curve.quantile_ci(0.5, method="cloglog")
    assert row["median_hours_lower"] == pytest.approx(lower, abs=1e-9)
    assert row["median_hours_upper"] == pytest.approx(upper, abs=1e-9)


def test_a_median_that_the_data_do_not_reach_is_missing() -> None:
    row = answered_in_time(complaints([1, np.nan, np.nan, np.nan]), "2024-03-31").table.iloc[0]
    assert np.isnan(row["median_hours"])


def test_groups_and_periods_in_any_row_order() -> None:
    rng = np.random.default_rng(0)
    opened = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.uniform(0, 24 * 90, 300), "h")
    table = complaints(rng.exponential(20, 300), opened)
    table["channel"] = rng.choice(["web", "电话", None], 300)
    found = answered_in_time(table, "2024-03-30", by="channel", period="month")
    assert found.ungrouped == table["channel"].isna().sum()
    assert found.table[["channel", "period"]].drop_duplicates().shape == (6, 2)
    assert found.table["complaints"].sum() == found.complaints
    shuffled = answered_in_time(
        table.sample(frac=1, random_state=0), "2024-03-30", by="channel", period="month"
    )
    pd.testing.assert_frame_equal(found.table, shuffled.table)


def test_a_group_without_a_due_complaint_has_no_rate() -> None:
    table = complaints(
        [1, 1, np.nan], pd.to_datetime(["2024-03-01 09:00", "2024-03-01 09:00", "2024-03-31 09:00"])
    )
    table["channel"] = ["web", "web", "app"]
    found = answered_in_time(table, "2024-03-31", by="channel").table
    assert found["rate"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"opened_at": None}, DataError, "opened_at is missing in 3 of 3 complaints"),
        (
            {"answered_at": pd.Timestamp("2024-02-01")},
            DataError,
            "3 complaints were answered before they were opened",
        ),
        ({"customer_id": None}, DataError, "without a customer_id"),
        ({"opened_at": "yesterday"}, DataError, "not an ISO date"),
    ],
)
def test_complaints_that_are_none_are_refused(change, error, message) -> None:
    table = complaints([1, 2, 3])
    with pytest.raises(error, match=message):
        answered_in_time(table.assign(**change), "2024-03-31")
    with pytest.raises(MissingColumnsError):
        answered_in_time(table.drop(columns=next(iter(change))), "2024-03-31")


def test_nothing_due_is_not_enough() -> None:
    with pytest.raises(NotEnoughDataError, match="limit of 24 hours is over by as_of=2024-03-01"):
        answered_in_time(complaints([1, 2]), "2024-03-01")
    with pytest.raises(ValueError, match="within_hours must be above 0"):
        answered_in_time(complaints([1, 2]), "2024-03-31", within_hours=0)


def test_sentences_say_what_is_open_and_not_due() -> None:
    found = answered_in_time(complaints([1, 24, 25, np.nan]), "2024-03-31")
    assert found.sentence() == (
        "50.0% (95% CI 15.0% to 85.0%) of 4 complaints whose limit is over were answered within 24 "
        "hours; 1 of 4 complaints is open, and 0 are not due yet."
    )
