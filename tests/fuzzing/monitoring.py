"""Sound calls of `monitor`, `revenue_tree` and the money of churn and acquisition."""

import math

import numpy as np
import pandas as pd

from cemkit import indicators

RNG = np.random.default_rng(0)
PERIODS = pd.period_range("2022-06", periods=25, freq="M")
TABLE = pd.DataFrame(
    {
        "indicator": ["retention_rate"] * 25 + ["nps"] * 25,
        "channel": "网店",
        "period": [*PERIODS, *PERIODS],
        "value": [*RNG.normal(0.3, 0.01, 24), 0.9, *RNG.normal(0.2, 0.01, 25)],
    }
)
ORDERS = pd.DataFrame(
    {
        "customer_id": RNG.integers(0, 12, 60),
        "order_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 90, 60), "D"),
        "amount": RNG.normal(20, 15, 60).round(2),
        "quantity": RNG.integers(0, 4, 60),
        "channel": RNG.choice(["web", "shop"], 60),
    }
)
CUSTOMERS = pd.DataFrame(
    {
        "first_order_date": pd.to_datetime(["2024-01-05", "2024-01-09", "2024-02-01"]),
        "acquisition_channel": ["search", "search", None],
        "churn_probability": [0.9, 0.1, 0.5],
        "value_if_retained": [100.0, 400.0, 20.0],
        "clv": [50.0, 300.0, 10.0],
    },
    index=pd.Index(["ann", "bob", "王"], name="customer_id"),
)
COSTS = pd.DataFrame(
    {
        "cost_date": ["2024-01-01", "2024-01-08"],
        "amount": [60.0, 5.0],
        "purpose": ["acquisition", "service"],
        "channel": ["search", "search"],
    }
)
MONITOR = {
    "scorecard": TABLE,
    "indicators": ["retention_rate"],
    "last": 1,
    "holidays": ["Easter"],
    "false_alarm_rate": 0.1,
    "progress": False,
}
MONEY = {"customers": CUSTOMERS, "value": "value_if_retained", "window_days": 90}
CALLS = {
    "monitor": (indicators.monitor, MONITOR),
    "monitor.quiet": (
        indicators.monitor,
        {"scorecard": TABLE, "indicators": ["nps"], "holidays": []},
    ),
    "monitor.short": (indicators.monitor, {"scorecard": TABLE[TABLE["period"] > "2023-06"]}),
    "revenue_tree": (
        indicators.revenue_tree,
        {
            "orders": ORDERS,
            "as_of": "2024-03-31",
            "period": "month",
            "compare": "previous",
            "by": ["channel"],
            "confidence_level": 0.9,
        },
    ),
    "expected_loss": (indicators.expected_loss, {**MONEY, "horizon_days": 90}),
    "retained_value": (
        indicators.retained_value,
        {**MONEY, "unrecovered_cost": 3.0, "horizon_days": 90},
    ),
    "acquisition_payback": (
        indicators.acquisition_payback,
        {
            "customers": CUSTOMERS,
            "costs": COSTS,
            "as_of": "2024-02-29",
            "start": "2024-01-01",
            "horizon_days": 365,
            "confidence_level": 0.9,
        },
    ),
}
VARIANTS = {
    "Monitoring": [{"last": 6}, {"detectable_change": math.nan}],
    "RevenueTree": [{"change_amount": 0.0}, {"base_amount": 0.0}],
    "AcquisitionPayback": [{"unknown_channel": 0}],
}
