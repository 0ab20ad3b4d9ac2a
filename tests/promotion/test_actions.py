"""actions_for: the offer of each segment, stage and tier."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import LifecycleStages, RFMSegmenter, build_audience, customer_table, load_cdnow
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError
from cemkit.promotion import actions_for, standard_actions, standard_offers
from cemkit.promotion.triggers import ACTION_COLUMNS
from cemkit.segmentation import value_tiers

OFFERS = pd.DataFrame(
    {
        "offer": ["mail", "gift"],
        "kind": ["none", "gift"],
        "unit_cost": [None, 5.0],
        "eligible": [None, "clv >= 100"],
    }
)
PLAN = pd.DataFrame({"value": ["At risk", "New", "At risk"], "offer": ["gift", "mail", "mail"]})
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": [4, 3, 2, 1, 5],
        "segment": ["At risk", "At risk", "New", "Own", None],
        "clv": [150.0, None, 3.0, 9.0, 500.0],
        "preferred_channel": ["sms", None, "email", "sms", "sms"],
    }
)


def test_who_gets_what_and_why_not() -> None:
    planned = actions_for(CUSTOMERS, OFFERS, "2024-01-31", plan=PLAN)
    assert planned.table.columns.tolist() == ACTION_COLUMNS
    assert planned.table[["customer_id", "offer", "priority"]].to_numpy().tolist() == [
        [4, "gift", 1], [2, "mail", 2], [3, "mail", 3], [4, "mail", 3],
    ]  # fmt: skip
    assert planned.table["reason"].iloc[0] == "segment = At risk"
    assert planned.table["channel"].tolist()[0] == "sms"
    assert (planned.table["as_of"] == pd.Timestamp("2024-01-31")).all()
    ledger = planned.ledger
    assert ledger.drop(columns=["value", "offer"]).to_numpy().tolist() == [
        [2, 1, 0, 0, 1], [1, 1, 0, 0, 0], [2, 2, 0, 0, 0], [1, 0, 1, 0, 0], [1, 0, 1, 0, 0],
    ]  # fmt: skip
    parts = ledger[["actions", "no_offer", "not_eligible", "unknown"]].sum(axis=1)
    assert (parts == ledger["customers"]).all()
    assert (planned.with_action, planned.no_offer, planned.no_value) == (3, 1, 1)


def test_the_same_in_any_row_order() -> None:
    expected = actions_for(CUSTOMERS, OFFERS, plan=PLAN)
    other = actions_for(CUSTOMERS.iloc[[4, 2, 0, 3, 1]], OFFERS.iloc[::-1], plan=PLAN)
    pd.testing.assert_frame_equal(other.table, expected.table)
    pd.testing.assert_frame_equal(other.ledger, expected.ledger)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["At risk", "New", "Own", None]), st.sampled_from([None, 1, 200])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_ledger_sums_to_the_customers(rows: list[tuple]) -> None:
    customers = pd.DataFrame(rows, columns=["segment", "clv"]).astype({"clv": "float64"})
    customers = customers.rename_axis("customer_id")
    planned = actions_for(customers, OFFERS, plan=PLAN)
    first = planned.ledger.drop_duplicates("value")
    assert first["customers"].sum() == len(rows)
    assert planned.ledger["actions"].sum() == len(planned.table)
    without = planned.no_offer + planned.no_value
    asked = sum(value in ("At risk", "New") for value, _ in rows)
    assert without == len(rows) - asked
    gifts = sum(value == "At risk" and clv == 200 for value, clv in rows)
    assert (planned.table["offer"] == "gift").sum() == gifts


def test_segments_stages_and_tiers_of_real_customers() -> None:
    real = customer_table(load_cdnow("sample"), "1998-06-30")
    customers = RFMSegmenter().fit(real).add_to(real)
    customers = LifecycleStages().fit().add_to(customers)
    customers = value_tiers(customers, "total_amount").add_to(customers)
    for by in ("segment", "stage", "value_tier"):
        planned = actions_for(customers, standard_offers(), "1998-06-30", by=by)
        assert planned.with_action == len(customers)
        sizes = customers[by].value_counts()
        ledger = planned.ledger.set_index("value")
        assert ledger["customers"].sum() == len(customers)
        assert (ledger.loc[sizes.index, "actions"].to_numpy() == sizes.to_numpy()).all()


def test_the_actions_go_into_an_audience() -> None:
    planned = actions_for(CUSTOMERS, OFFERS, "2024-01-31", plan=PLAN)
    consent = CUSTOMERS[["customer_id"]].assign(
        channel="sms", purpose="marketing", granted=True, since=pd.Timestamp("2024-01-01")
    )
    audience = build_audience(planned.table, people=CUSTOMERS, consent=consent, as_of="2024-01-31")
    assert audience.table["customer_id"].tolist() == [4, 4]


@pytest.mark.parametrize(
    ("values", "plan"),
    [([0, 1, 1], [1]), ([0.0, 1.0, None], [1]), ([False, True, None], [True])],
)
def test_numbers_and_flags_decide_too(values: list, plan: list) -> None:
    customers = pd.DataFrame({"cluster": values}).rename_axis("customer_id")
    planned = actions_for(
        customers, OFFERS, by="cluster", plan=pd.DataFrame({"value": plan, "offer": "mail"})
    )
    assert planned.table["customer_id"].tolist() == [k for k, v in enumerate(values) if v == 1]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"by": "segmnt"}, MissingColumnsError, "did you mean 'segment'"),
        ({"by": "clv", "plan": None}, ValueError, "the plan has no row for by='clv'"),
        (
            {"plan": PLAN.head(1).assign(offer="gfit")},
            DataError,
            "not in the offers table .did you mean 'gift'",
        ),
        ({"plan": None}, DataError, "take standard_offers"),
        (
            {"plan": PLAN.assign(value="at risk").head(1)},
            DataError,
            "'At risk' differs only in case",
        ),
        ({"plan": PLAN.iloc[[0, 0]]}, DataError, "the offer 'gift' twice"),
        ({"plan": PLAN.assign(value=[None, "New", "At risk"])}, DataError, "without value"),
        ({"plan": PLAN.assign(price=1)}, DataError, "unknown column 'price'"),
        (
            {"offers": OFFERS.assign(valid_until="2024-01-30")},
            DataError,
            "ended on 2024-01-30, before as_of=2024-01-31",
        ),
        ({"offers": OFFERS.assign(eligible="clv rose by 9%")}, ValueError, "just happened"),
    ],
)
def test_bad_input(change: dict, error: type[Exception], message: str) -> None:
    arguments = {"customers": CUSTOMERS, "offers": OFFERS, "as_of": "2024-01-31", "plan": PLAN}
    with pytest.raises(error, match=message):
        actions_for(**{**arguments, **change})


def test_an_offer_holds_on_its_last_day_and_an_unknown_value_is_said() -> None:
    offers = OFFERS.assign(valid_until="2024-01-31")
    assert actions_for(CUSTOMERS, offers, "2024-01-31", plan=PLAN).with_action == 3
    with pytest.warns(CemkitWarning, match="no customer has the segment 'Golden'"):
        actions_for(CUSTOMERS, OFFERS, plan=PLAN.assign(value=["Golden", "New", "At risk"]))


def test_an_edited_plan() -> None:
    plan = standard_actions()
    plan.loc[plan["value"] == "At risk", "offer"] = "free delivery"
    planned = actions_for(CUSTOMERS, standard_offers(), plan=plan)
    assert planned.table["offer"].tolist() == ["free delivery"] * 2 + ["next order 10"]
    assert planned.table["as_of"].isna().all()
    assert np.isnan(planned.table["expected_profit"]).all()


def test_offers_with_levels_are_planned_like_others() -> None:
    levels = pd.DataFrame(
        {"offer": "gift", "by": "clv", "at_least": [0, 100], "unit_cost": [5.0, 10.0]}
    )
    planned = actions_for(
        CUSTOMERS, OFFERS.assign(unit_cost=None), "2024-01-31", plan=PLAN, levels=levels
    )
    plain = actions_for(CUSTOMERS, OFFERS, "2024-01-31", plan=PLAN)
    pd.testing.assert_frame_equal(planned.table, plain.table)
