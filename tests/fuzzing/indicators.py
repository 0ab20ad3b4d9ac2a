"""Sound calls of the public names of `cemkit.indicators`."""

import numpy as np
import pandas as pd

from cemkit.indicators import Scorecard, compare_scorecards, scorecard

RNG = np.random.default_rng(0)
DAYS = pd.to_timedelta(RNG.integers(0, 121, 300), unit="D")
ORDERS = pd.DataFrame(
    {
        "customer_id": RNG.integers(0, 40, 300),
        "order_date": pd.Timestamp("2024-01-01") + DAYS,
        "amount": np.round(RNG.normal(20, 12, 300), 2),
        "order_id": np.arange(300) // 2,
        "cost": 5.0,
        "promotion": RNG.choice(["spring", "none"], 300),
        "category": RNG.choice(["tea", "pot"], 300),
        "product": RNG.choice(["basic", "fine"], 300),
        "channel": RNG.choice(["web", "shop"], 300),
    }
)
WHEN = pd.to_datetime(["2024-02-03", "2024-02-20", "2024-03-05", "2024-03-20"])
PEOPLE = pd.DataFrame(
    {"customer_id": range(40), "segment": ["loyal", "new"] * 20, "clv": np.arange(40.0)}
)
TABLES = {
    "responses": pd.DataFrame(
        {
            "customer_id": [1, 2, 1, 3],
            "response_date": WHEN + pd.Timedelta(days=2),
            "question": ["nps", "nps", "nps", "ces"],
            "score": [9, 3, 10, 5],
        }
    ),
    "questions": {"nps": "nps"},
    "contacts": pd.DataFrame({"customer_id": [1, 2, 1, 3], "contact_date": WHEN}),
    "events": pd.DataFrame(
        {
            "customer_id": [1, 2, 1, 3],
            "event": ["impression", "click", "impression", "view"],
            "event_time": WHEN,
        }
    ),
    "costs": pd.DataFrame(
        {
            "cost_date": WHEN,
            "amount": [100.0, 50.0, 20.0, 70.0],
            "purpose": ["acquisition", "service", "promotion", "acquisition"],
        }
    ),
    "complaints": pd.DataFrame(
        {
            "customer_id": [1, 2, 1, 3],
            "opened_at": WHEN,
            "answered_at": [*(WHEN[:3] + pd.Timedelta(days=1)), pd.NaT],
        }
    ),
    "referrals": pd.DataFrame(
        {"customer_id": [1, 2, 1, 3], "referred_id": [9, 8, 7, 6], "referral_date": WHEN}
    ),
    "levels": pd.DataFrame({"product": ["basic", "fine"], "level": [0, 1]}),
}
BASE = {"orders": ORDERS, "as_of": "2024-04-30", "window_days": 30}
EARLIER = ORDERS.head(290)


CARD = scorecard(**BASE)


def shown(indicator: str, column: str) -> tuple[Scorecard, pd.DataFrame]:
    """Use each method of a scorecard."""
    CARD.latest()
    return CARD, CARD.wide(indicator, column)


CALLS = {
    "scorecard": (
        scorecard,
        {**BASE, "repurchase_days": 20, "response_days": 10, "answer_days": 1, **TABLES}
        | {"confidence_level": 0.9, "trading_days": True},
    ),
    "scorecard.by": (
        scorecard,
        {"orders": ORDERS, "as_of": "2024-04-30", "period": "week", "by": ["channel"]}
        | {"compare": "previous", "window_days": 30},
    ),
    "scorecard.people": (
        scorecard,
        {**BASE, "by": "segment", "people": PEOPLE, "compare": "year"}
        | {"indicators": ["nps", "retention_rate", "customer_lifetime_value"]},
    ),
    "scorecard.promotions": (
        scorecard,
        {**BASE, "margin": 0.4, "period": "month"}
        | {
            "promotions": pd.DataFrame(
                {
                    "name": ["spring"],
                    "start_date": ["2024-03-04"],
                    "end_date": ["2024-03-10"],
                    "size": [0.1],
                }
            )
        },
    ),
    "Scorecard": (shown, {"indicator": "retention_rate", "column": "change"}),
    "compare_scorecards": (
        compare_scorecards,
        {"before": scorecard(**BASE | {"orders": EARLIER}), "after": CARD},
    ),
    "compare_scorecards.same": (compare_scorecards, {"before": CARD, "after": CARD}),
}
