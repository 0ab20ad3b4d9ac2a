"""One ledger over the whole path, from everybody to the file; it sums at each step."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import (
    allocate_offers,
    build_audience,
    export_actions,
    fire_triggers,
    issue_coupons,
    offer_profit,
    render_messages,
)
from cemkit.errors import DataError
from cemkit.experiments import campaign_ledger, hold_out
from cemkit.promotion import actions_for, eligible_pairs

DAY = "2024-03-31"
OFFERS = pd.DataFrame(
    {
        "offer": ["10% off", "15% off"],
        "discount": [0.1, 0.15],
        "contact_cost": 0.2,
        "valid_from": pd.Timestamp("2024-04-01"),
        "valid_until": pd.Timestamp("2024-04-30"),
        "eligible": [None, "segment = At risk"],
    }
)
KEY = b"a key for these tests alone"


def path(n: int, seed: int, folder: Path, *, budget: float = 40.0, holdout: float = 0.2) -> list:
    """Every step of a campaign."""
    rng = np.random.default_rng(seed)
    ids = pd.Index(rng.permutation(n), name="customer_id")
    customers = pd.DataFrame(
        {
            "churn_probability": 0.25 + 0.75 * rng.beta(5, 2, n),
            "expected_mean_amount": rng.gamma(2, 30, n) + 1,
            "segment": np.r_[["At risk"], rng.choice(["At risk", "New"], n - 1)],
        },
        index=ids,
    )
    people = pd.DataFrame(
        {
            "customer_id": ids,
            "name": "Ann",
            "language": "en",
            "preferred_channel": rng.choice(["email", "sms"], n),
        }
    )
    consent = (
        people.rename(columns={"preferred_channel": "channel"})
        .drop(columns=["name", "language"])
        .assign(purpose="marketing", granted=rng.random(n) < 0.7, since=pd.Timestamp("2024-01-01"))
    )
    pairs = eligible_pairs(customers, OFFERS, DAY, people=people, consent=consent)
    profits = offer_profit(customers, OFFERS, 0.2, margin=0.5)
    allocation = allocate_offers(profits, eligible=pairs.table, budget=budget, holdout=holdout)
    audience = hold_out(allocation, DAY, salt=f"campaign {seed}")
    coupons = issue_coupons(audience.table, KEY, offers=OFFERS)
    messages = render_messages(coupons, OFFERS, people, as_of=DAY)
    gone = consent["customer_id"].isin(audience.table["customer_id"].head(2))
    later = pd.concat([consent, consent[gone].assign(granted=False, since=pd.Timestamp(DAY))])
    exported = export_actions(messages, later, DAY, folder / "actions.csv")
    return [pairs, allocation, audience, coupons, messages, exported]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exported")


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(20, 150), budget=st.sampled_from([5.0, 60.0, 1e6]))
def test_every_step_sums_to_what_came_in(seed: int, n: int, budget: float, folder: Path) -> None:
    steps = path(n, seed, folder, budget=budget)
    ledger = campaign_ledger(steps)
    sums = ledger.groupby("step", sort=False)["count"].sum()
    last = ledger.groupby("step", sort=False)["count"].last()
    assert sums["eligible"] == n
    assert sums["allocation"] == last["eligible"]
    assert sums.iloc[2:].tolist() == last.iloc[1:-1].tolist()
    assert last["export"] == len(pd.read_csv(folder / "actions.csv"))
    audience = steps[2]
    assert audience.expected_cost <= budget * (1 + 1e-9)
    contacted = set(audience.table["customer_id"])
    assert contacted == set(steps[4]["customer_id"])
    assert contacted.isdisjoint(audience.held_out["customer_id"])


def test_the_columns_of_an_action_stay_along_the_whole_path(folder: Path) -> None:
    steps = path(60, 0, folder)
    named = {"customer_id", "action", "offer", "channel", "purpose", "expected_profit", "as_of"}
    for table in (steps[2].table, steps[2].held_out, steps[3], steps[4]):
        assert named <= set(table.columns)
    assert named <= set(pd.read_csv(folder / "actions.csv").columns)


def test_a_step_that_lost_something_is_an_error(folder: Path) -> None:
    steps = path(60, 0, folder)
    with pytest.raises(DataError, match="step coupons took 12 actions, but hold-out passed on 13"):
        campaign_ledger([*steps[:3], steps[3].iloc[1:]])
    with pytest.raises(TypeError, match="a step of a campaign is a result or a table, not int"):
        campaign_ledger([3])


def test_a_campaign_may_begin_with_triggers_or_a_plan() -> None:
    customers = pd.DataFrame(
        {"customer_id": range(6), "segment": ["At risk"] * 3 + ["New", "Own", None]}
    )
    rules = pd.DataFrame({"rule": ["r"], "when": ["segment = At risk"], "then": ["win_back"]})
    earlier = fire_triggers(None, customers.head(1), rules, DAY).table
    fired = fire_triggers(None, customers, rules.assign(offer="10% off"), DAY, fired=earlier)
    plan = pd.DataFrame(
        {"value": ["At risk", "New", "New"], "offer": [*OFFERS["offer"], "10% off"]}
    )
    planned = actions_for(customers, OFFERS, DAY, plan=plan)
    people = pd.DataFrame({"customer_id": range(5), "preferred_channel": "email"})
    consent = people.rename(columns={"preferred_channel": "channel"}).assign(
        purpose="marketing", granted=True, since=pd.Timestamp("2024-01-01")
    )
    for first, outcomes in (
        (fired, {"cooling down": 1, "outranked": 0, "over cap": 0, "fired": 2}),
        (planned, {"no offer": 2, "not eligible": 1, "unknown": 0, "actions": 4}),
    ):
        audience = build_audience(first.table, DAY, people=people, consent=consent)
        held = hold_out(audience.table, DAY, salt="spring", share=0.2)
        ledger = campaign_ledger([first, audience, held])
        rows = ledger[ledger["step"] == ledger["step"].iloc[0]]
        assert dict(zip(rows["outcome"], rows["count"], strict=True)) == outcomes
        with pytest.raises(DataError, match="audience took"):
            campaign_ledger(
                [first, build_audience(first.table.head(1), DAY, people=people, consent=consent)]
            )
