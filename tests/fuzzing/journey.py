"""Sound calls of the public names of `cemkit.journey`."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.data import simulate_events
from cemkit.journey import (
    ConversionPaths,
    attribute_conversions,
    chain_orders,
    common_paths,
    conversion_paths,
    credit_stability,
    fix_list,
    funnel,
    journey_map,
    journey_stages,
    step_times,
    transitions,
)
from cemkit.plots import journey as pictures

STEPS = ["visit", "view", "cart", "order"]
EVENTS = simulate_events(200, step_rates=(0.8, 0.7, 0.7), random_state=1).table
EVENTS["amount"] = np.arange(1.0, 1 + len(EVENTS))
AS_OF = "2023-05-31"
PEOPLE = pd.DataFrame({"customer_id": range(1, 201), "segment": ["Lost", "重要价值"] * 100})
RNG = np.random.default_rng(0)
ANSWERS = pd.DataFrame(
    {
        "customer_id": RNG.integers(1, 201, 300),
        "question": "nps",
        "touchpoint": RNG.choice(["visit", "cart", "客服"], 300),
        "score": RNG.integers(0, 11, 300),
    }
)
COUNTED = pd.DataFrame(
    {"path": ["ad>mail", "ad", "mail>ad>ad"], "conversions": [5, 2, 1], "nulls": [3, 9, 0]}
)
PATHS = conversion_paths(EVENTS, as_of=AS_OF, amount="amount")
FUNNEL = funnel(EVENTS, STEPS, as_of=AS_OF)
SPLIT = funnel(EVENTS, STEPS, as_of=AS_OF, by="channel")
TIMES = step_times(EVENTS, STEPS, as_of=AS_OF, by="channel")
MOVES = transitions(EVENTS, as_of=AS_OF)
MAP = journey_map(EVENTS, ANSWERS, as_of=AS_OF, target="order")
BY_SEGMENT = journey_map(EVENTS, ANSWERS, as_of=AS_OF, target="order", by="segment", people=PEOPLE)
CREDIT = attribute_conversions(PATHS)
VARIED = credit_stability(EVENTS, as_of=AS_OF, lookbacks=[30], methods=["last", "linear"])
VALUES = pd.DataFrame({"clv": np.arange(200.0)}, index=pd.Index(range(1, 201), name="customer_id"))

CALLS: dict[str, tuple[Any, dict[str, Any]]] = {
    "funnel": (
        funnel,
        {
            "events": EVENTS,
            "steps": STEPS,
            "as_of": AS_OF,
            "window_days": 7.5,
            "by": "segment",
            "people": PEOPLE,
            "period": "month",
            "order": "strict",
            "start": "first",
            "confidence_level": 0.9,
        },
    ),
    "Funnel.compare": (SPLIT.compare, {"control": "web", "correction": "holm"}),
    "Funnel.lost_at": (FUNNEL.lost_at, {"step": "cart"}),
    "step_times": (
        step_times,
        {
            "events": EVENTS,
            "steps": STEPS,
            "as_of": AS_OF,
            "by": ["segment"],
            "people": PEOPLE,
            "quantiles": [0.25, 0.5],
            "confidence_level": 0.9,
        },
    ),
    "StepTimes.slow": (TIMES.slow, {"share": 0.5}),
    "transitions": (
        transitions,
        {
            "events": EVENTS,
            "as_of": AS_OF,
            "collapse_repeats": True,
            "session_gap_hours": 24,
            "confidence_level": 0.9,
        },
    ),
    "common_paths": (
        common_paths,
        {
            "events": EVENTS,
            "as_of": AS_OF,
            "top": 5,
            "target": "order",
            "collapse_repeats": False,
            "max_length": 3,
            "confidence_level": 0.9,
        },
    ),
    "journey_stages": (journey_stages, {}),
    "journey_map": (
        journey_map,
        {
            "events": EVENTS,
            "responses": ANSWERS,
            "as_of": AS_OF,
            "target": "order",
            "window_days": 14,
            "stages": journey_stages(),
            "measure": "nps",
            "question": "nps",
            "by": "segment",
            "people": PEOPLE,
            "confidence_level": 0.9,
        },
    ),
    "fix_list": (
        fix_list,
        {
            "journey_map": MAP,
            "funnel": FUNNEL,
            "customers": VALUES,
            "value": "clv",
            "confidence_level": 0.9,
        },
    ),
    "conversion_paths": (
        conversion_paths,
        {
            "events": EVENTS,
            "conversion": "order",
            "as_of": AS_OF,
            "touch": "event",
            "touches": ["visit", "view"],
            "lookback_days": 10,
            "collapse_repeats": True,
            "amount": "amount",
        },
    ),
    "ConversionPaths.from_table": (ConversionPaths.from_table, {"paths": COUNTED, "sep": ">"}),
    "attribute_conversions": (
        attribute_conversions,
        {
            "paths": PATHS,
            "methods": ["first", "decay", "markov"],
            "order": 2,
            "half_life_days": 3,
            "position_shares": (0.3, 0.5),
            "confidence_level": 0.9,
        },
    ),
    "chain_orders": (chain_orders, {"paths": PATHS, "max_order": 2}),
    "credit_stability": (
        credit_stability,
        {
            "events": EVENTS,
            "conversion": "order",
            "as_of": AS_OF,
            "touch": "channel",
            "touches": ["visit", "view"],
            "lookbacks": [30, 7],
            "lost_shares": [0.0, 0.2],
            "methods": ["last", "markov"],
            "order": 1,
            "random_state": 3,
        },
    ),
    "plot funnel": (pictures.funnel, {"found": SPLIT}),
    "plot step_times": (pictures.step_times, {"found": TIMES}),
    "plot transition_graph": (pictures.transition_graph, {"found": MOVES, "min_rate": 0.1}),
    "plot journey_map": (pictures.journey_map, {"found": MAP}),
    "plot attribution": (pictures.attribution, {"found": CREDIT}),
    "plot conversion_paths": (pictures.conversion_paths, {"found": PATHS, "top": 3}),
    "plot credit_stability": (pictures.credit_stability, {"found": VARIED}),
    "plot funnel_comparison": (pictures.funnel_comparison, {"found": SPLIT.compare()}),
    "plot fix_list": (pictures.fix_list, {"found": fix_list(journey_map=MAP, funnel=FUNNEL)}),
}

ONE_METHOD = CREDIT.table[CREDIT.table["method"] == "last"]
WORST = {
    "by": MAP.by,
    "worst": "cart",
    "table": MAP.table.assign(worst=MAP.table["touchpoint"] == "cart"),
}
WORST_OF_SEGMENT = {
    "by": BY_SEGMENT.by,
    "worst": "cart",
    "table": BY_SEGMENT.table.assign(worst=BY_SEGMENT.table["touchpoint"] == "cart"),
}
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "Attribution": [{"table": ONE_METHOD}],
    "FixList": [
        {"to_fix": 0, "disagreeing": 2},
        {"to_fix": 0, "disagreeing": 0},
        {"to_fix": 2, "disagreeing": 1},
        {
            "to_fix": 1,
            "table": fix_list(funnel=FUNNEL).table,
        },
    ],
    "Funnel": [{"open": 3}],
    "FunnelComparison": [
        {"detected": 2, "table": SPLIT.compare().table.assign(detected=True)},
    ],
    "JourneyMap": [
        WORST,
        {"measure": None, "by": MAP.by, "table": MAP.table},
        WORST | {"measure": "ces"},
        WORST_OF_SEGMENT,
    ],
    "StepTimes": [
        {"by": TIMES.by, "table": TIMES.table.assign(days=np.nan)},
        {"by": TIMES.by, "table": TIMES.table.assign(upper=np.nan)},
    ],
}
