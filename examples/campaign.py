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
    add_predictions,
    build_audience,
    customer_table,
    export_actions,
    fire_triggers,
    issue_coupons,
    label_churn,
    load_cdnow,
    prepare_orders,
    render_messages,
)
from cemkit.errors import CemkitWarning
from cemkit.promotion import coupon_for_return, render_message, selection_parity

pd.set_option("display.width", 120)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.3f}".format)

RULES = pd.DataFrame(
    [
        ("after-sales", "last_return_date due", "after_sales", "sorry", 30, None),
        ("win-back", "churn_probability > 0.5", "win_back", "comeback", 60, None),
        ("good customer", "total_amount >= 200", "upgrade", "thank you", 365, None),
        ("anniversary", "first_order_date yearly", "greet", "anniversary", 300, 300),
    ],
    columns=["rule", "when", "then", "offer", "cooldown_days", "max_customers"],
)
INCLUDE = ("activity", "returns")
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
        fired = fire_triggers(None, snapshot, RULES[1:2], as_of="2024-01-31")
        said = fired.table["evidence"].to_list() or ["does not fire"]
        print(f"scale={scale}: {snapshot['churn_probability'].item():.3f}, {said[0]}")


def one_coupon() -> None:
    """E3: a return earns a coupon, once."""
    for reason in ("尺寸不合适", "質量問題", "不喜欢"):
        coupon = coupon_for_return("ORD20231001", reason, as_of="2023-10-01")
        print(f"{reason}: {coupon.sentence()} (reason known: {coupon.matched})")


def simulated_people(customers: pd.Index, as_of: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Channels, consent, earlier contacts and a hold-out of one in ten."""
    rng = np.random.default_rng(0)
    size = len(customers)
    people = pd.DataFrame(
        {
            "customer_id": customers,
            "name": [f"Customer {customer}" for customer in customers],
            "preferred_channel": rng.choice(["email", "sms", "wechat"], size, p=[0.6, 0.3, 0.1]),
            "language": rng.choice(["en", "zh"], size, p=[0.9, 0.1]),
            "age_group": rng.choice(["under 35", "35 to 54", "55 and over"], size),
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
    assignment = pd.DataFrame(
        {"customer_id": customers, "variant": np.where(rng.random(size) < 0.1, "control", "offer")}
    )
    return {"people": people, "consent": consent, "contacts": contacts, "assignment": assignment}


def snapshot(orders: pd.DataFrame, model: ChurnModel, as_of: pd.Timestamp) -> pd.DataFrame:
    """The customers as of a day, with their risk and what keeping one of twenty would earn."""
    customers = add_predictions(customer_table(orders, as_of, include=INCLUDE), [model])
    margin, kept, contact_cost = 0.3, 0.05, 0.1
    at_stake = margin * customers["mean_amount"].clip(lower=0) * customers["churn_probability"]
    return customers.assign(retention_profit=kept * at_stake - contact_cost)


def campaign(orders: pd.DataFrame, *, fitted: str, window_days: int, last: str) -> None:
    """Orders in; triggers, audience, messages and a file out."""
    as_of = pd.Timestamp(last)
    since = as_of - pd.Timedelta(days=30)
    known = customer_table(orders, fitted, include=INCLUDE)
    model = ChurnModel().fit(known, label_churn(orders, fitted, window_days))
    before, after = (snapshot(orders, model, day) for day in (since, as_of))
    rules = RULES.assign(profit="retention_profit")
    fired = fire_triggers(before, after, rules, as_of, since=since)
    print(fired.ledger)

    tables = simulated_people(after.index, as_of)
    audience = build_audience(fired.table, caps=CAPS, as_of=as_of, **tables)
    print(f"\n{audience.sentence()}\n\n{audience.ledger}\n")
    print(
        selection_parity(audience, "age_group")[
            ["selection_rate", "ratio", "ratio_lower", "ratio_upper"]
        ]
    )

    offers = pd.DataFrame(
        {
            "offer": ["sorry", "comeback", "thank you", "anniversary"],
            "discount": [0.1, 0.15, 0.1, 0.05],
            "valid_from": as_of,
            "valid_until": as_of + pd.Timedelta(days=30),
        }
    )
    coupons = issue_coupons(audience.table, secrets.token_bytes(32), offers=offers)
    messages = render_messages(coupons, offers, tables["people"], as_of=as_of)
    print(f"\nThe first of {len(messages):,} messages, because {messages['evidence'].iloc[0]}:")
    print(messages["body"].iloc[0])

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "actions.csv"
        export_actions(messages, tables["consent"], as_of, file)
        print(f"\n{file.name}: {len(pd.read_csv(file)):,} rows")


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
