"""Values of people, and tables that are there or not."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cemkit.errors import DataError
from cemkit.indicators import scorecard

ORDERS = pd.DataFrame(
    {
        "customer_id": np.arange(200) % 50,
        "order_date": np.resize(pd.date_range("2024-01-01", "2024-04-29"), 200),
        "amount": 10.0,
    }
)
PEOPLE = pd.DataFrame(
    {
        "customer_id": range(60),
        "segment": ["a", "b"] * 30,
        "clv": np.random.default_rng(0).gamma(2, 50, 60),
        "expected_loss": 3.0,
    }
)
REFERRALS = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 99],
        "referred_id": [71, 72, 73, 74],
        "referral_date": ["2024-03-03", "2024-03-04", "2024-03-30", "2024-03-31"],
    }
)


def test_values_of_people_are_means_of_the_last_period() -> None:
    table = scorecard(ORDERS, "2024-04-30", by="segment", people=PEOPLE, window_days=40).table
    rows = table[table["indicator"] == "customer_lifetime_value"].set_index("segment")
    assert rows["period"].astype(str).tolist() == ["2024-04", "2024-04"]
    for segment, part in PEOPLE[PEOPLE["customer_id"] < 50].groupby("segment"):
        assert rows.loc[segment, "value"] == pytest.approx(part["clv"].mean())
        half = stats.t.ppf(0.975, len(part) - 1) * stats.sem(part["clv"])
        assert rows.loc[segment, "upper"] == pytest.approx(part["clv"].mean() + half)
    loss = table[table["indicator"] == "expected_loss"]
    assert loss["value"].tolist() == [3.0, 3.0]
    assert loss["note"].str.contains("all customers alike, no interval").all()


def test_customers_without_a_value_are_counted() -> None:
    people = PEOPLE.assign(clv=PEOPLE["clv"].mask(PEOPLE["customer_id"] < 7))
    card = scorecard(ORDERS, "2024-04-30", people=people, window_days=40)
    counts = card.left_out.set_index(["table", "reason"])["count"]
    assert counts["people", "customers without clv"] == 7
    row = card.table[card.table["indicator"] == "customer_lifetime_value"].iloc[0]
    assert row["denominator"] == 43


def test_referrers_are_counted_once_and_strangers_apart() -> None:
    card = scorecard(ORDERS, "2024-04-30", referrals=REFERRALS, window_days=40)
    rate = card.wide("referral_rate", "numerator")["numerator"]
    assert rate.tolist() == [0, 0, 2, 0]
    base = card.wide("referral_rate", "denominator")["denominator"]
    assert base.tolist() == card.wide("active_customers")["value"].tolist()
    counts = card.left_out.set_index(["table", "reason"])["count"]
    assert counts["referrals", "of no customer of the group"] == 1


def test_a_complaint_without_an_answer_column_still_counts() -> None:
    complaints = REFERRALS.rename(columns={"referral_date": "opened_at"})
    card = scorecard(ORDERS, "2024-04-30", complaints=complaints, window_days=40)
    assert "complaint_rate" in set(card.table["indicator"])
    needs = card.not_measured.set_index("indicator")["needs"]
    assert needs["answered_in_time"] == "a column answered_at in complaints"


def test_without_a_window_complaints_have_no_base() -> None:
    complaints = REFERRALS.rename(columns={"referral_date": "opened_at"})
    card = scorecard(ORDERS.head(20), "2024-03-31", complaints=complaints)
    needs = card.not_measured.set_index("indicator")["needs"]
    assert needs["complaint_rate"].startswith("window_days, as none can be suggested")


def test_ids_of_people_are_those_of_orders() -> None:
    people = PEOPLE.assign(customer_id=PEOPLE["customer_id"].astype(str))
    with pytest.raises(DataError, match="holds text in people and numbers in orders"):
        scorecard(ORDERS, "2024-04-30", window_days=40, people=people)
