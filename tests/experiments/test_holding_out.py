"""hold_out: the ledger sums, the split is random within each offer, the budget is kept."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import allocate_offers
from cemkit.errors import DataError, MissingColumnsError
from cemkit.experiments import CampaignAudience, hold_out

DAY = "2024-03-31"


def actions(n: int = 1000, seed: int = 0, offers: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": rng.permutation(n),
            "offer": rng.choice([f"offer {k}" for k in range(offers)], n),
            "expected_cost": rng.gamma(2, 1, n),
            "channel": "email",
        }
    )


def check_sums(found: CampaignAudience, given_: pd.DataFrame) -> None:
    assert found.contacted + found.held_out_actions + found.over_budget == len(given_)
    assert (len(found.table), len(found.held_out)) == (found.contacted, found.held_out_actions)
    ledger = found.ledger
    assert (ledger[["contacted", "held_out", "over_budget"]].sum(axis=1) == ledger["actions"]).all()
    assert ledger["actions"].to_dict() == given_["offer"].value_counts().to_dict()
    assert ledger["contacted"].sum() == found.contacted
    assert ledger["expected_cost"].sum() == pytest.approx(found.expected_cost)
    assert found.table["expected_cost"].sum() == pytest.approx(found.expected_cost)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 60),
    st.floats(0, 0.95),
    st.none() | st.floats(0, 150),
)
def test_the_ledger_sums_and_the_budget_is_kept(
    seed: int, n: int, share: float, budget: float | None
) -> None:
    given_ = actions(n, seed)
    found = hold_out(given_, DAY, salt=str(seed), share=share, budget=budget)
    check_sums(found, given_)
    if budget is not None:
        assert found.expected_cost <= budget * (1 + 1e-9)
    else:
        assert found.over_budget == 0
        counts = found.ledger["held_out"]
        assert (np.abs(counts - share * found.ledger["actions"]) < 1 + 1e-6).all()
    assert set(found.table["customer_id"]).isdisjoint(found.held_out["customer_id"])


def test_it_does_not_depend_on_the_order_of_rows_and_keeps_it() -> None:
    given_ = actions()
    one = hold_out(given_, DAY, salt="spring", share=0.2, budget=1200)
    other = hold_out(
        given_.sample(frac=1, random_state=1), DAY, salt="spring", share=0.2, budget=1200
    )
    pd.testing.assert_frame_equal(one.table, other.table.sort_index())
    assert one.table.index.is_monotonic_increasing
    another = hold_out(given_, DAY, salt="summer", share=0.2, budget=1200)
    assert not one.held_out.index.equals(another.held_out.index)


def test_each_customer_is_held_out_with_the_share() -> None:
    """Over 250 campaigns the share of each customer has a standard error of 2.7 %."""
    given_ = actions(40)
    held = np.zeros(40)
    for campaign in range(250):
        found = hold_out(given_, DAY, salt=f"campaign {campaign}", share=0.25)
        held[found.held_out["customer_id"]] += 1
    assert np.abs(held / 250 - 0.25).max() < 4.5 * 0.0274
    assert abs(held.mean() / 250 - 0.25) < 0.002


def test_what_is_dropped_for_the_budget_is_dropped_from_both_parts_alike() -> None:
    dropped, arms = np.zeros(2), np.zeros(2)
    for campaign in range(80):
        given_ = actions(200, campaign)
        found = hold_out(given_, DAY, salt=str(campaign), share=0.4, budget=180)
        whole = hold_out(given_, DAY, salt=str(campaign), share=0.4)
        assert found.over_budget > 0
        counts = np.array([whole.contacted, whole.held_out_actions])
        arms += counts
        dropped += counts - [found.contacted, found.held_out_actions]
    share = dropped / arms
    assert abs(share[0] - share[1]) < 4 * np.sqrt(share[0] * (1 - share[0]) * (1 / arms).sum())


def test_a_customer_is_held_out_of_all_offers_or_of_none() -> None:
    several = pd.concat(
        [actions(300).assign(offer=offer) for offer in ("mail", "gift")], ignore_index=True
    )
    found = hold_out(several, DAY, salt="spring", share=0.3)
    held = found.held_out.groupby("customer_id").size()
    assert (held == 2).all()
    assert abs(len(held) - 90) <= 1
    check_sums(found, several)


def test_an_allocation_brings_its_share_and_its_budget() -> None:
    rng = np.random.default_rng(0)
    profits = pd.DataFrame(
        {
            "customer_id": range(2000),
            "offer": "mail",
            "profit": rng.normal(1, 1, 2000),
            "cost": rng.uniform(0.5, 1.5, 2000),
        }
    )
    allocation = allocate_offers(profits, budget=800, holdout=0.2)
    found = hold_out(allocation, DAY, salt="spring")
    assert (found.holdout, found.budget) == (0.2, 800.0)
    assert found.actions == len(allocation.table)
    assert 760 < found.expected_cost <= 800
    assert found.table.columns.tolist() == [
        *("customer_id", "action", "offer", "expected_profit", "expected_cost", "as_of"),
    ]
    assert (found.table["action"] == "offer").all()
    assert found.table["as_of"].unique().tolist() == [pd.Timestamp(DAY)]
    text = f"{found.contacted:,} of {found.actions:,} actions are carried out"
    assert text in found.sentence()
    assert "20.0%" in found.sentence("zh")
    assert f"{found.contacted:,} 项" in found.sentence("zh")


def test_the_index_may_name_the_customers_and_nothing_is_changed() -> None:
    given_ = actions(50).set_index("customer_id")
    before = given_.copy()
    found = hold_out(given_, DAY, salt="spring", share=0.2)
    pd.testing.assert_frame_equal(given_, before)
    assert found.table.columns[0] == "customer_id"
    plain = hold_out(actions(50), DAY, salt="spring", share=0.2)
    assert found.table["customer_id"].tolist() == plain.table["customer_id"].tolist()


@pytest.mark.parametrize(
    ("table", "params", "error", "message"),
    [
        (actions(), {}, ValueError, "share is missing"),
        (actions(), {"share": 1}, ValueError, "share must be a fraction from 0 to below 1"),
        (
            actions(),
            {"share": 0.2, "salt": ""},
            ValueError,
            "salt must be the name of the campaign",
        ),
        (actions(), {"share": 0.2, "budget": -1}, ValueError, "budget must be a finite number"),
        (actions().drop(columns="offer"), {"share": 0.2}, MissingColumnsError, "offer"),
        (
            actions().drop(columns="customer_id"),
            {"share": 0.2},
            MissingColumnsError,
            "missing column 'customer_id'",
        ),
        (
            actions().drop(columns="expected_cost"),
            {"share": 0.2, "budget": 5},
            MissingColumnsError,
            "a budget takes the cost of each",
        ),
        (
            pd.concat([actions(), actions()]),
            {"share": 0.2},
            DataError,
            "pair of customer and offer twice",
        ),
        (actions().assign(offer=None), {"share": 0.2}, DataError, "offer is missing in 1,000"),
        (actions().assign(expected_cost=np.nan), {"share": 0.2}, DataError, "expected_cost has"),
    ],
)
def test_bad_input_is_refused(
    table: pd.DataFrame, params: dict, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        hold_out(table, DAY, **{"salt": "spring", **params})
