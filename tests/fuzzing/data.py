"""Sound calls of the public names of `cemkit.data`, orders to customers."""

from typing import Any

import pandas as pd

from cemkit import (
    RFMSegmenter,
    add_predictions,
    audit_orders,
    customer_table,
    load_cdnow,
    merge_channels,
    prepare_orders,
    simulate_orders,
)
from cemkit.data import (
    condition_to_sql,
    customer_periods,
    find_personal_data,
    match_people,
    net_returns,
    profile_table,
    pseudonymize,
    score,
    simulate_events,
    simulate_experiment,
    simulate_responses,
    simulate_sales,
    simulate_shop,
    suppress_small_cells,
)

RAW = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 3],
        "order_date": ["2024-01-01", "2024-01-09", "2024-01-05", "2024-02-01"],
        "amount": [20.0, 30.0, 5.0, -1.0],
        "order_id": ["a", "b", "c", "d"],
        "promotion": ["spring", None, "0", ""],
        "cost": [9.0, 12.0, 1.0, -0.5],
        "discount": [0.2, None, 0.0, 0.0],
    }
)
ORDERS = prepare_orders(RAW)
SHOPS = {
    "web": pd.DataFrame({"customer_id": [1, 2], "email": ["a@x.org", None], "phone": ["1", "2"]}),
    "app": pd.DataFrame({"customer_id": [7], "email": ["A@x.org"], "phone": ["3"]}),
}
PEOPLE = pd.DataFrame({"customer_id": [1, 2, 3], "note": ["ann@x.org", "13800000001", None]})
EVENTS = pd.DataFrame(
    {
        "customer_id": [1, 2],
        "event": ["visit", "search"],
        "event_time": pd.to_datetime(["2024-01-03", "2024-01-20"]),
        "channel": "web",
    }
)
RESPONSES = pd.DataFrame(
    {
        "customer_id": [1, 1, 2],
        "response_date": pd.to_datetime(["2024-01-03", "2024-01-20", "2024-01-05"]),
        "question": ["nps", "csat", "nps"],
        "score": [3, 5, 10],
    }
)
PAIRS = pd.DataFrame({"customer_id": [1, 2], "size": [1.0, 3.0], "name": ["a", "b"]})
COUNTS = pd.DataFrame({"yes": [40, 3, 20], "no": [50, 60, 70]}, index=["a", "b", "c"])


def merge_two(first: object, keys: object, country_code: object, max_shared: object) -> object:
    """Merge a source that may be spoilt with one that is sound."""
    sources = {"web": first, "app": SHOPS["app"]}
    return merge_channels(sources, keys, country_code=country_code, max_shared=max_shared)


READING = {
    "customer_id": "customer_id",
    "order_date": "order_date",
    "amount": "amount",
    "order_id": "order_id",
    "date_format": "%Y-%m-%d",
    "time_zone": None,
    "category": None,
    "channel": None,
    "promotion": "promotion",
    "cost": "cost",
    "discount": "discount",
}
MODEL = RFMSegmenter(2, segments="tiers").fit(customer_table(ORDERS, as_of="2024-12-31"))
CALLS = {
    "score": (score, {"model": MODEL, "table": customer_table(ORDERS, as_of="2024-12-31")}),
    "add_predictions": (
        add_predictions,
        {"customers": customer_table(ORDERS, as_of="2024-12-31"), "models": [MODEL]},
    ),
    "condition_to_sql": (
        condition_to_sql,
        {"when": "size >= 2 and name = a", "customers": PAIRS, "dialect": "duckdb", "table": "t"},
    ),
    "prepare_orders": (prepare_orders, {"raw": RAW, "drop": ["duplicate"], **READING}),
    "prepare_orders.cancelled": (
        prepare_orders,
        {"raw": RAW, "order_id": "order_id", "cancelled": "C", "product": None},
    ),
    "prepare_orders.prices": (
        prepare_orders,
        {
            "raw": RAW.rename(columns={"amount": "price"}).assign(quantity=1),
            "unit_price": "price",
            "quantity": "quantity",
        },
    ),
    "audit_orders": (
        audit_orders,
        {
            "raw": RAW,
            "as_of": "2024-12-31",
            "match_returns": True,
            "n_examples": 2,
            "currency": None,
            **READING,
        },
    ),
    "customer_periods": (
        customer_periods,
        {"orders": ORDERS, "as_of": "2024-12-31", "period": "quarter", "by": ["order_id"]},
    ),
    "customer_table": (
        customer_table,
        {"orders": ORDERS, "as_of": "2024-02-01", "by": ["order_id"], "collect": True},
    ),
    "customer_table.blocks": (
        customer_table,
        {
            "orders": ORDERS,
            "as_of": "2024-02-01",
            "people": PEOPLE,
            "include": ["activity", "promotion", "margin", "events", "responses"],
            "events": EVENTS,
            "responses": RESPONSES,
            "windows": [30, 90],
        },
    ),
    "match_people": (match_people, {"orders": ORDERS, "people": PEOPLE}),
    "net_returns": (net_returns, {"orders": ORDERS}),
    "merge_channels": (merge_channels, {"sources": SHOPS, "keys": ["email", "phone"]}),
    "merge_channels.source": (
        merge_two,
        {"first": SHOPS["web"], "keys": ["email"], "country_code": "86", "max_shared": 10},
    ),
    "find_personal_data": (find_personal_data, {"frame": PEOPLE}),
    "pseudonymize": (
        pseudonymize,
        {"frame": PEOPLE, "columns": ["customer_id"], "key": bytes(32), "purpose": "test"},
    ),
    "profile_table": (profile_table, {"frame": ORDERS, "reference": ORDERS.head(2)}),
    "suppress_small_cells": (suppress_small_cells, {"table": COUNTS, "k": 10}),
    "suppress_small_cells.one_way": (suppress_small_cells, {"table": COUNTS["yes"]}),
    "load_cdnow": (load_cdnow, {"part": "sample", "form": "orders"}),
    "simulate_orders": (
        simulate_orders,
        {
            "n_customers": 20,
            "start_date": "2024-01-01",
            "n_days": 60,
            "acquisition_days": 30,
            "process": None,
            "path": None,
            "random_state": 1,
            "progress": False,
        },
    ),
    "simulate_experiment": (
        simulate_experiment,
        {
            "n_customers": 20,
            "conversion": {"control": 0.1, "treatment": 0.2},
            "segments": ["new", "loyal"],
            "mean_amount": 40.0,
            "pre_correlation": 0.5,
            "random_state": 1,
        },
    ),
    "simulate_sales": (
        simulate_sales,
        {
            "n_days": 20,
            "start_date": "2024-01-01",
            "level": 10.0,
            "daily_growth": 0.0,
            "weekly_share": 0.2,
            "autocorrelation": 0.5,
            "noise_share": 0.05,
            "promotion_days": [3, 4],
            "lift": 0.3,
            "random_state": 1,
        },
    ),
    "simulate_events": (
        simulate_events,
        {
            "n_customers": 20,
            "start_date": "2024-01-01",
            "n_days": 20,
            "steps": ["visit", "order"],
            "step_rates": [0.5],
            "channels": ["web", "app"],
            "random_state": 1,
        },
    ),
    "simulate_responses": (
        simulate_responses,
        {
            "n_customers": 20,
            "start_date": "2024-01-01",
            "n_days": 20,
            "promoters": 0.5,
            "detractors": 0.2,
            "touchpoints": ["delivery"],
            "random_state": 1,
        },
    ),
    "simulate_shop": (
        simulate_shop,
        {
            "n_customers": 20,
            "start_date": "2024-01-01",
            "n_days": 60,
            "touchpoints": ["delivery", "service"],
            "random_state": 1,
        },
    ),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "ChannelMerge": [{"customers": 1}],
    "SuppressedTable": [{"small": 2, "further": 1}],
}
