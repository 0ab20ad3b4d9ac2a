"""Whom to act on: the plan by segment, the offers that pay, and under what assumptions."""

import pandas as pd

from cemkit.experiments import plan_campaign
from cemkit.promotion import actions_for, standard_actions, standard_offers
from cemkit.report.drafts import Draft
from cemkit.report.gate import is_small, protected_rows, small_rows
from cemkit.report.groups import segment_groups
from cemkit.report.shop import SEGMENT, Shop
from cemkit.report.texts import value_texts
from cemkit.targeting import OfferAllocation, allocate_offers, offer_profit

PLAN = [("segment", "text"), ("action", "text"), ("offer", "text"), ("customers", "count")]
OFFERS = [
    ("offer", "text"),
    ("customers", "count"),
    ("expected_profit", "change"),
    ("expected_cost", "money"),
]
TARGETS = [("customer_id", "text"), ("offer", "text"), ("profit", "change"), ("cost", "money")]
NAMED = 20  # customers, where they are to be named


def write_actions(draft: Draft, shop: Shop) -> None:
    """A plan by segment; with offers, a margin and an uplift also the expected profit."""
    if not shop.own_segments:
        _write_plan(draft, shop)
    given = {name: getattr(shop.tables, name) for name in ("offers", "margin", "uplift")}
    lacking = [name for name, value in given.items() if value is None]
    if lacking:
        names = draft.say.REPORT["and"].join(draft.say.REPORT_INPUTS[name] for name in lacking)
        draft.note(draft.say.REPORT["no_profit"].format(names=names))
    else:
        _write_profit(draft, shop)
    if shop.tables.budget is not None and "offers" not in lacking:
        _write_campaign(draft, shop)


def _write_plan(draft: Draft, shop: Shop) -> None:
    customers = shop.customers.assign(**{SEGMENT: shop.segments})
    offers = standard_offers().assign(eligible=None)
    planned = actions_for(customers, offers, shop.as_of, by=SEGMENT)
    plan = standard_actions(draft.terms.language)
    plan = plan[plan["by"] == SEGMENT].set_index("value")
    ledger = planned.ledger.dropna(subset=["value", "offer"])
    ledger = ledger[ledger["customers"] > 0].reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "segment": ledger["value"].map(draft.say.SEGMENTS),
            "action": ledger["value"].map(plan["action"]).map(draft.say.REPORT_ACTIONS),
            "offer": ledger["offer"].map(draft.say.REPORT_OFFERS),
            "customers": ledger["customers"],
        }
    )
    rows = segment_groups(draft, shop).small(ledger["value"])
    draft.table("plan", frame, PLAN, rows=rows, kept=["segment", "action", "offer"])
    if is_small([planned.customers, planned.with_action], draft.terms.smallest):
        draft.tell(draft.say.REPORT["hidden_sentence"].format(smallest=draft.terms.smallest))
        return
    counts = value_texts("count", planned.with_action, planned.customers)
    draft.tell(draft.say.REPORT["planned"].format(planned=counts[0], customers=counts[1]))


def _scored(shop: Shop) -> pd.DataFrame:
    """Customers with what the profit of an offer needs."""
    return shop.customers.assign(
        churn_probability=shop.scored["churn_probability"],
        expected_mean_amount=shop.customers["mean_amount"].clip(lower=0),
    )


def _write_profit(draft: Draft, shop: Shop) -> None:
    tables = shop.tables
    profits = offer_profit(_scored(shop), tables.offers, tables.uplift, margin=tables.margin or 0)
    found = allocate_offers(
        profits,
        budget=tables.budget,
        random_state=shop.random_state,
        confidence_level=shop.level,
    )
    chosen = found.table.groupby("offer", observed=True)
    frame = chosen.agg(
        customers=("profit", "size"),
        expected_profit=("profit", "sum"),
        expected_cost=("cost", "sum"),
    ).reset_index()
    rows = protected_rows(frame["customers"], draft.terms.smallest)
    draft.table("offers", frame, OFFERS, rows=rows, kept=["offer"])
    counts = [float(found.customers)]
    draft.state(found, *counts)
    draft.number("expected_profit", found.total_profit, "change", "offers", counts=counts)
    draft.number("expected_cost", found.total_cost, "money", "offers", counts=counts)
    draft.number(
        "advantage_profit",
        found.advantage_profit,
        "change",
        "offers",
        bounds=(found.advantage_lower, found.advantage_upper),
        counts=counts,
    )
    draft.note(
        draft.say.REPORT["profit_assumptions"].format(
            margin=f"{tables.margin:.1%}", days=shop.churn.window_days
        )
    )
    if draft.terms.name_customers:
        _name(draft, found)


def _name(draft: Draft, found: OfferAllocation) -> None:
    top = found.table.sort_values(["profit", "customer_id"], ascending=[False, True]).head(NAMED)
    frame = top.assign(customer_id=top["customer_id"].astype(str))
    draft.table("targets", frame, TARGETS, rows=small_rows(frame["profit"] * 0, 0))


def _write_campaign(draft: Draft, shop: Shop) -> None:
    tables = shop.tables
    plan = plan_campaign(
        _scored(shop),
        tables.offers,
        goal="converted",
        budget=tables.budget or 0.0,
        margin=tables.margin,
        confidence_level=shop.level,
    )
    draft.state(plan, plan.contacted, plan.held_out, plan.eligible_customers)
