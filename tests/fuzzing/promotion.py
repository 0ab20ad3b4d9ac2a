"""Sound calls of the public names of `cemkit.promotion` without targeting, and of consent."""

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

import cemkit

DAY = "2024-03-31"
BEFORE = pd.DataFrame(
    {
        "customer_id": [1, 2, 3],
        "churn_probability": [0.1, 0.9, 0.2],
        "due_date": pd.to_datetime(["2024-03-01", "2024-04-09", None]),
        "margin": [1.0, 2.0, 3.0],
    }
)
AFTER = BEFORE.assign(churn_probability=[0.8, 0.9, 0.7])
RULES = pd.DataFrame(
    {
        "rule": ["risk", "due"],
        "when": ["churn_probability > 0.5", "due_date due in 3 days"],
        "then": ["win_back", "replenish"],
        "priority": [2, 1],
        "profit": ["margin", None],
        "cooldown_days": [30, None],
        "max_customers": [5, 5],
    }
)
FIRED = pd.DataFrame(
    {"customer_id": [3, 9], "action": "win_back", "as_of": pd.Timestamp("2024-03-20")}
)
TRIGGERS = {
    "before": BEFORE,
    "after": AFTER,
    "rules": RULES,
    "as_of": DAY,
    "since": "2024-03-01",
    "fired": FIRED,
    "max_per_customer": 2,
}
ACTIONS = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 3],
        "action": ["win_back", "greet", "win_back", "greet"],
        "offer": "sale",
        "channel": ["sms", None, "email", "sms"],
        "purpose": "marketing",
        "priority": [1, 2, 1, 1],
        "expected_profit": [1.0, None, 2.0, 3.0],
        "send_at": pd.Timestamp("2024-03-31 12:00"),
    }
)
PEOPLE = pd.DataFrame(
    {
        "customer_id": [1, 2, 3],
        "name": ["Ann", "张三", None],
        "preferred_channel": ["email", "sms", "微信"],
        "language": ["en", "zh", "en"],
        "region": ["N", "S", "N"],
    }
)
CONSENT = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 3],
        "channel": ["sms", "email", "email", "sms"],
        "purpose": "marketing",
        "granted": [True, True, True, False],
        "since": pd.Timestamp("2024-01-01 09:00"),
    }
)
AUDIENCE = {
    "actions": ACTIONS,
    "people": PEOPLE,
    "consent": CONSENT,
    "suppression": pd.DataFrame({"customer_id": [3], "channel": ["sms"]}),
    "contacts": pd.DataFrame(
        {"customer_id": [1], "channel": ["sms"], "contact_date": pd.Timestamp("2024-03-30")}
    ),
    "caps": pd.DataFrame({"max_contacts": [2], "window_days": [7], "channel": [None]}),
    "assignment": pd.DataFrame({"customer_id": [2, 3], "variant": ["offer", "control"]}),
    "holdout": "control",
    "quiet_hours": ("21:00", "08:00"),
    "as_of": DAY,
}
KEY = b"a key for examples alone"
COUPONS = pd.DataFrame(
    {
        "customer_id": [1, 2],
        "order_id": ["A", "B"],
        "offer": "sale",
        "discount": [0.2, 0.1],
        "valid_from": pd.Timestamp("2024-03-01"),
        "valid_until": pd.Timestamp("2024-04-30"),
    }
)
ISSUED = cemkit.issue_coupons(COUPONS, KEY)
RETURNS = pd.DataFrame({"customer_id": [1, 2], "order_id": ["A", "B"], "reason": ["太大", None]})
RETURN_RULES = pd.DataFrame(
    {
        "rule": ["size", "other"],
        "reasons": ["太大|too large", "any"],
        "discount": [0.15, 0.1],
        "scope": ["shoes", None],
        "extras": [None, "a card"],
        "valid_days": [30, 10],
    }
)
OFFERS = pd.DataFrame(
    {
        "offer": ["sale", "other"],
        "discount": [0.2, 0.1],
        "scope": ["shoes", None],
        "extras": ["a card", None],
        "valid_from": pd.Timestamp("2024-03-01"),
        "valid_until": pd.Timestamp("2024-04-30"),
    }
)
EVERY_OFFER = pd.DataFrame(
    {
        "offer": ["sale", "50 off", "bag", "points"],
        "kind": ["percentage", "amount_off", "gift", "points"],
        "discount": [0.2, None, None, None],
        "amount_off": [None, 50.0, None, None],
        "min_spend": [None, 300.0, None, None],
        "unit_cost": [None, None, 4.0, None],
        "points_per_unit": [None, None, None, 2.0],
        "point_value": [None, None, None, 0.01],
        "valid_from": "2024-03-01 12:00",
        "valid_until": "2024-03-31",
        "stackable": [True, False, True, None],
    }
)
LOYALTY = pd.DataFrame(
    {
        "offer": ["loyalty"],
        "kind": "percentage",
        "valid_from": "2024-03-01",
        "valid_until": "2024-03-31",
    }
)
LEVELS = pd.DataFrame(
    {"offer": "loyalty", "by": "tier", "level": ["gold", "silver"], "discount": [0.2, 0.1]}
)
ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 2],
        "product": ["boots", "heels"],
        "category": "shoes",
        "order_date": pd.Timestamp("2024-02-01"),
        "amount": [50.0, 80.0],
    }
)
GROUPED = BEFORE.assign(segment=["New", "Loyal", None], preferred_channel="sms")
CHOSEN = OFFERS.assign(
    eligible=["segment = New and margin < 3", "bought category shoes >= 1 times in 90 days"]
)
TEMPLATES = pd.DataFrame(
    {
        "action": ["greet"],
        "channel": ["sms"],
        "language": ["en"],
        "subject": ["Hi {name}"],
        "body": ["{terms}"],
    }
)
IPHONE = pd.DataFrame({"value": ["iPhone 15"], "language": "zh", "label": ["iPhone 15"]})
LABELS = pd.DataFrame({"value": ["shoes"], "language": ["zh"], "label": ["鞋类"]})
RECOMMENDED = pd.DataFrame({"customer_id": [1, 1], "product": ["heels", "flats"], "rank": [1, 2]})
MESSAGES = {
    "templates": TEMPLATES,
    "recommended": RECOMMENDED,
    "levels": None,
    "labels": LABELS,
    "signature": "【Brand】",
    "segment_cost": 0.05,
    "language": "en",
    "as_of": DAY,
    "fallback_channel": "email",
    "orders": ORDERS,
}
CYCLES = pd.DataFrame(
    {
        "cycle_days": [10.0, 400.0],
        "due_date": pd.Timestamp("2024-03-31 15:00"),
        "overdue": [False, True],
    }
)
CALLS = {
    "check_consent": (
        cemkit.data.check_consent,
        {"actions": ACTIONS, "consent": CONSENT, "as_of": DAY},
    ),
    "consented": (
        cemkit.data.consented,
        {
            "people": PEOPLE,
            "consent": CONSENT,
            "channel": "sms",
            "purpose": "marketing",
            "as_of": DAY,
        },
    ),
    "offer_costs": (
        cemkit.data.offer_costs,
        {
            "purchases": pd.DataFrame({"offer": ["sale", "50 off"], "amount": [80.0, 320.0]}),
            "offers": EVERY_OFFER,
        },
    ),
    "eligible_customers": (
        cemkit.data.eligible_customers,
        {"customers": GROUPED, "offers": CHOSEN, "as_of": DAY, "orders": ORDERS},
    ),
    "actions_for": (
        cemkit.promotion.actions_for,
        {
            "customers": GROUPED,
            "offers": CHOSEN,
            "as_of": DAY,
            "by": "segment",
            "plan": pd.DataFrame({"value": ["New", "Loyal"], "offer": ["sale", "other"]}),
            "orders": ORDERS,
        },
    ),
    "standard_offers": (
        lambda customers, by: cemkit.promotion.actions_for(
            customers, cemkit.promotion.standard_offers(), by=by
        ),
        {"customers": GROUPED, "by": "segment"},
    ),
    "standard_actions": (cemkit.promotion.standard_actions, {"language": "zh"}),
    "offer_costs with levels": (
        cemkit.data.offer_costs,
        {
            "purchases": pd.DataFrame({"offer": ["loyalty"], "amount": [80.0], "tier": ["gold"]}),
            "offers": LOYALTY,
            "levels": LEVELS,
        },
    ),
    "stack_offers": (
        cemkit.promotion.stack_offers,
        {
            "claims": pd.DataFrame(
                {"order_id": [1, 1, 1], "offer": ["sale", "bag", "50 off"], "amount": 80.0}
            ),
            "offers": EVERY_OFFER,
            "max_share": 0.5,
        },
    ),
    "build_audience": (cemkit.build_audience, AUDIENCE),
    "selection_parity": (
        cemkit.promotion.selection_parity,
        {
            "audience": cemkit.build_audience(**AUDIENCE),
            "by": "region",
            "reference": "N",
            "confidence_level": 0.9,
        },
    ),
    "fire_triggers": (cemkit.fire_triggers, TRIGGERS),
    "fire_triggers.states": (
        cemkit.fire_triggers,
        {
            "before": GROUPED,
            "after": GROUPED.assign(segment="Loyal", margin=[2.0, 2.0, 3.0]),
            "rules": pd.DataFrame(
                {
                    "rule": ["reached", "rose", "bought"],
                    "when": [
                        "segment becomes Loyal and margin > 1",
                        "margin rose by 20%",
                        "bought category shoes >= 1 times in 90 days",
                    ],
                    "then": ["a", "b", "c"],
                }
            ),
            "as_of": DAY,
            "since": "2024-01-31",
            "orders": ORDERS,
        },
    ),
    "issue_coupons": (
        cemkit.issue_coupons,
        {"coupons": COUPONS[["customer_id", "order_id", "offer"]], "key": KEY, "offers": OFFERS},
    ),
    "issue_coupons of every kind": (
        cemkit.issue_coupons,
        {
            "coupons": pd.DataFrame(
                {"customer_id": [1, 2, 3], "offer": ["loyalty", "bag", "points"], "tier": "gold"}
            ),
            "key": KEY,
            "offers": pd.concat([EVERY_OFFER, LOYALTY]),
            "levels": LEVELS,
        },
    ),
    "verify_coupons": (cemkit.promotion.verify_coupons, {"coupons": ISSUED, "key": KEY}),
    "redeem_coupons": (
        cemkit.promotion.redeem_coupons,
        {"issued": ISSUED, "codes": ISSUED["code"].tolist(), "as_of": DAY, "amounts": [80.0, 9.0]},
    ),
    "coupon_ledger": (
        cemkit.promotion.coupon_ledger,
        {
            "issued": ISSUED.assign(redeemed_date=["2024-03-09", None], redeemed_amount=[80, None]),
            "as_of": DAY,
        },
    ),
    "coupons_for_returns": (
        cemkit.promotion.coupons_for_returns,
        {
            "returns": RETURNS,
            "rules": RETURN_RULES,
            "as_of": DAY,
            "issued": cemkit.promotion.coupons_for_returns(RETURNS[:1], as_of="2024-03-01"),
        },
    ),
    "coupon_for_return": (
        cemkit.promotion.coupon_for_return,
        {
            "order_id": "A",
            "reason": "太大",
            "customer_id": 1,
            "rules": RETURN_RULES,
            "as_of": DAY,
            "labels": LABELS,
        },
    ),
    "match_reasons": (
        cemkit.promotion.match_reasons,
        {"returns": RETURNS, "rules": RETURN_RULES},
    ),
    "render_messages": (
        cemkit.render_messages,
        {"actions": ACTIONS, "offers": OFFERS, "people": PEOPLE, **MESSAGES},
    ),
    "render_message": (
        cemkit.promotion.render_message,
        {
            "person": PEOPLE.iloc[0].to_dict(),
            "offer": OFFERS.iloc[0].to_dict(),
            **MESSAGES,
        },
    ),
    "export_actions": (
        cemkit.export_actions,
        {
            "actions": ACTIONS,
            "path": Path(tempfile.gettempdir()) / "cemkit_fuzzed_actions.csv",
            "consent": CONSENT,
            "as_of": DAY,
        },
    ),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "Eligibility": [{"conditional": 0}],
    "Coupon": [
        {"scope": None},
        {"extras": "free exchange", "matched": False},
        {"scope": "iPhone 15", "labels": IPHONE},
    ],
    "MatchedReasons": [{"unmatched": 0, "table": pd.DataFrame({"reason": [], "rule": []})}],
}
