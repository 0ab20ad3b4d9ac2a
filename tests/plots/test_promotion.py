"""Bars are the counts of the ledgers."""

import pandas as pd
import pytest

from cemkit import actions_for, build_audience
from cemkit.plots import promotion
from cemkit.promotion import eligible_pairs, standard_offers

PEOPLE = pd.DataFrame({"customer_id": range(10), "preferred_channel": "email"})
CONSENT = pd.DataFrame(
    {
        "customer_id": range(6),
        "channel": "email",
        "purpose": "marketing",
        "granted": True,
        "since": pd.Timestamp("2024-01-01"),
    }
)
SUPPRESSED = pd.DataFrame({"customer_id": [0]})
DAY = "2024-01-31"


def rows(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def beside(ax):
    return [label.get_text() for label in ax.child_axes[0].get_yticklabels()]


def audience(actions):
    return build_audience(actions, DAY, people=PEOPLE, consent=CONSENT, suppression=SUPPRESSED)


def test_the_funnel_falls_by_what_each_rule_left_out() -> None:
    actions = pd.DataFrame({"customer_id": range(12), "action": "call", "purpose": "marketing"})
    ax = audience(actions).plot()
    assert rows(ax) == ["proposed", "unknown customer", "suppressed", "no consent", "kept"]
    left, lost = ([bar.get_width() for bar in bars] for bars in ax.containers)
    assert left == [12, 10, 9, 5, 5]
    assert lost == [0, 2, 1, 4, 0]
    assert beside(ax) == ["12", "−2", "−1", "−4", "5 (41.7%)"]


def test_an_audience_of_nobody_is_drawn() -> None:
    nobody = pd.DataFrame({"customer_id": [1], "action": "call", "purpose": "marketing"}).iloc[:0]
    ax = audience(nobody).plot()
    assert rows(ax) == ["proposed", "kept"]
    assert beside(ax) == ["0", "0"]


def test_customers_fall_to_those_who_may_have_an_offer() -> None:
    customers = pd.DataFrame({"customer_id": range(10), "orders": range(10)})
    offers = pd.DataFrame({"offer": ["mail"], "kind": "none", "eligible": "orders > 3"})
    found = eligible_pairs(
        customers, offers, DAY, people=PEOPLE, consent=CONSENT, suppression=SUPPRESSED
    )
    ax = promotion.eligible_pairs(found)
    assert beside(ax)[0] == "10"
    assert beside(ax)[-1].startswith(f"{found.eligible_customers} ")


def test_parts_that_never_occur_are_left_out() -> None:
    customers = pd.DataFrame({"customer_id": [1, 2], "segment": ["At risk", "$own"]})
    ax = actions_for(customers, standard_offers()).plot()
    assert rows(ax)[-1] == "$own"
    assert len(ax.containers) == 2
    assert sum(bar.get_width() for bars in ax.containers for bar in bars) == pytest.approx(2)
