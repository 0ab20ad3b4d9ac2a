"""A campaign from orders to a file of actions, and three small cases before it.

Run it with `python examples/campaign.py`. The campaign runs on the CDNOW orders that come with
lifetimes, and on Online Retail where CEMKIT_REFERENCE_DATA names the folder that holds it. Consent,
channels and contacts are simulated: neither data set has them. Nothing is sent.
"""

import os
import secrets
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit import (
    ChurnModel,
    allocate_offers,
    customer_table,
    export_actions,
    fire_triggers,
    issue_coupons,
    label_churn,
    load_cdnow,
    offer_profit,
    prepare_orders,
    render_messages,
)
from cemkit.errors import CemkitWarning
from cemkit.experiments import campaign_ledger, hold_out, plan_campaign
from cemkit.promotion import coupon_for_return, eligible_pairs, render_message

pd.set_option("display.width", 120)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.3f}".format)

WIN_BACK = pd.DataFrame(
    {
        "rule": ["win-back"],
        "when": "churn_probability > 0.5",
        "then": "win_back",
        "offer": "comeback",
        "cooldown_days": 60,
    }
)
OFFERS = pd.DataFrame(
    {
        "offer": ["comeback", "thank you"],
        "discount": [0.15, 0.1],
        "contact_cost": 0.1,
        "eligible": ["churn_probability > 0.5", "order_count >= 3"],
    }
)
BUDGET, MARGIN = 500.0, 0.4
CAPS = pd.DataFrame({"max_contacts": [3, 1], "window_days": [30, 7], "channel": [None, "sms"]})


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def one_message() -> None:
    """E1: the right words in the customer's own channel."""
    person = {"customer_id": 12345, "name": "张三", "preferred_channel": "微信", "language": "zh"}
    sale = {"discount": 0.2, "scope": "运动服饰", "valid_until": "2023-12-31"}
    bought = pd.DataFrame(
        {"customer_id": 12345, "product": ["运动鞋", "T恤"], "category": "运动服饰"}
    )
    for channel in ("微信", "短信"):
        person["preferred_channel"] = channel
        message = render_message(person, sale, as_of="2023-12-01", orders=bought)
        print(f"[{message.channel}] {message.subject}\n{message.body}\n")


def one_trigger() -> None:
    """E2: a churn risk above one half triggers a win-back, on ten rows that any line separates."""
    known = pd.DataFrame(
        {
            "purchase_frequency": [1, 3, 2, 5, 1, 4, 2, 6, 1, 3],
            "days_since_last_purchase": [30, 5, 10, 2, 45, 1, 15, 3, 60, 8],
            "avg_order_value": [50, 100, 75, 150, 40, 120, 80, 200, 30, 90],
        }
    )
    churned = pd.Series([1, 0, 0, 0, 1, 0, 0, 0, 1, 0])
    train = [0, 7, 2, 9, 4, 3, 6]
    customer = pd.DataFrame([[2, 20, 60]], columns=known.columns, index=[12345])
    for scale in (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CemkitWarning)  # ten rows: see examples/churn.py
            model = ChurnModel(scale=scale).fit(known.iloc[train], churned.iloc[train])
        snapshot = model.add_to(customer).rename_axis("customer_id")
        fired = fire_triggers(None, snapshot, WIN_BACK, as_of="2024-01-31")
        said = fired.table["evidence"].to_list() or ["does not fire"]
        print(f"scale={scale}: {snapshot['churn_probability'].item():.3f}, {said[0]}")


def one_coupon() -> None:
    """E3: a return earns a coupon, once."""
    for reason in ("尺寸不合适", "質量問題", "不喜欢"):
        coupon = coupon_for_return("ORD20231001", reason, as_of="2023-10-01")
        print(f"{reason}: {coupon.sentence()} (reason known: {coupon.matched})")


def simulated_people(customers: pd.Index, as_of: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Channels, consent and earlier contacts."""
    rng = np.random.default_rng(0)
    size = len(customers)
    people = pd.DataFrame(
        {
            "customer_id": customers,
            "name": [f"Customer {customer}" for customer in customers],
            "preferred_channel": rng.choice(["email", "sms", "wechat"], size, p=[0.6, 0.3, 0.1]),
            "language": rng.choice(["en", "zh"], size, p=[0.9, 0.1]),
        }
    )
    consent = pd.DataFrame(
        {
            "customer_id": customers,
            "channel": people["preferred_channel"],
            "purpose": "marketing",
            "granted": rng.random(size) < 0.7,
            "since": as_of - pd.Timedelta(days=200),
        }
    )
    contacts = pd.DataFrame(
        {
            "customer_id": rng.choice(customers, size),
            "channel": rng.choice(["email", "sms"], size),
            "contact_date": as_of - pd.to_timedelta(rng.integers(0, 60, size), unit="D"),
        }
    )
    return {"people": people, "consent": consent, "contacts": contacts}


def campaign(orders: pd.DataFrame, *, fitted: str, window_days: int, last: str) -> None:
    """Orders in; a plan, actions within the budget, a hold-out, and a file out."""
    as_of = pd.Timestamp(last)
    known = customer_table(orders, fitted, include="activity")
    model = ChurnModel().fit(known, label_churn(orders, fitted, window_days))
    customers = model.add_to(customer_table(orders, as_of, include="activity"))
    customers["expected_mean_amount"] = customers["mean_amount"].clip(lower=0)
    customers = customers.query("churn_probability > 0.1")  # the others buy anyway
    tables = simulated_people(customers.index, as_of)
    offers = OFFERS.assign(valid_from=as_of, valid_until=as_of + pd.Timedelta(days=30))

    pairs = eligible_pairs(customers, offers, as_of, caps=CAPS, **tables)
    print(pairs.sentence())
    goal = {"goal": "converted", "budget": BUDGET, "margin": MARGIN, "eligible": pairs.table}
    print(plan_campaign(customers, offers, **goal).sentence())

    uplift = {"comeback": 0.08, "thank you": 0.04}  # what earlier campaigns found
    profits = offer_profit(customers, offers, uplift, margin=MARGIN)
    allocation = allocate_offers(profits, eligible=pairs.table, budget=BUDGET, holdout=0.1)
    audience = hold_out(allocation, as_of, salt=f"campaign of {last}")
    print(audience.sentence())
    coupons = issue_coupons(audience.table, secrets.token_bytes(32), offers=offers)
    messages = render_messages(coupons, offers, tables["people"], as_of=as_of)
    with tempfile.TemporaryDirectory() as folder:
        exported = export_actions(messages, tables["consent"], as_of, Path(folder) / "actions.csv")
    print(f"\n{campaign_ledger([pairs, allocation, audience, coupons, messages, exported])}")
    print(f"\nThe first of {len(messages):,} messages:\n{messages['body'].iloc[0]}")


def online_retail(folder: str) -> pd.DataFrame:
    raw = pd.read_parquet(Path(folder) / "online_retail.parquet").dropna(subset=["CustomerID"])
    raw["amount"] = raw["Quantity"] * raw["UnitPrice"]
    names = {"customer_id": "CustomerID", "order_date": "InvoiceDate", "order_id": "InvoiceNo"}
    return prepare_orders(raw, **names)


def main() -> None:
    heading("E1. One message, the same terms on each channel")
    one_message()
    heading("E2. One trigger")
    one_trigger()
    heading("E3. One coupon per return")
    one_coupon()
    heading("A campaign on CDNOW")
    cdnow = prepare_orders(load_cdnow())
    campaign(cdnow, fitted="1997-09-30", window_days=182, last="1998-03-31")
    heading("The same campaign on Online Retail")
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if folder is None:
        print("CEMKIT_REFERENCE_DATA does not name the folder with online_retail.parquet")
        return
    campaign(online_retail(folder), fitted="2011-06-09", window_days=91, last="2011-12-09")


if __name__ == "__main__":
    main()
