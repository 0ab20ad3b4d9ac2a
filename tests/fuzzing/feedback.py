"""Sound calls of the public names of `cemkit.feedback`."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.data import simulate_shop
from cemkit.feedback import (
    answered_in_time,
    ces,
    compare_scores,
    csat,
    drivers,
    nps,
    nps_sample_size,
    rescue_effect,
    response_rates,
    score_trend,
)

SHOP = simulate_shop(400, touchpoints=["配送", "product"], random_state=1)
ANSWERS = SHOP.responses
NPS = ANSWERS[ANSWERS["question"] == "nps"].drop(columns="touchpoint")
CSAT = ANSWERS[ANSWERS["question"] == "csat"]
CES = ANSWERS[ANSWERS["question"] == "ces"]
POPULATION = pd.DataFrame({"segment": ["new", "loyal"], "share": [0.6, 0.4]})
COMPLAINTS = pd.DataFrame(
    {
        "customer_id": range(20),
        "opened_at": pd.Timestamp("2024-03-01 09:00"),
        "answered_at": [*["2024-03-01 12:00", "2024-03-04 08:00"] * 9, None, None],
        "channel": ["web", "app"] * 10,
    }
)
RATINGS = pd.DataFrame(
    np.random.default_rng(0).integers(1, 6, (60, 3)), columns=["delivery", "service", "overall"]
)
SPLIT: dict[str, Any] = {
    "question": None,
    "by": "segment",
    "period": "quarter",
    "people": SHOP.people,
    "repeats": "all",
    "confidence_level": 0.9,
}

CALLS = {
    "nps": (
        nps,
        {
            "responses": NPS,
            **SPLIT,
            "population": POPULATION,
            "scale": (0, 10),
            "method": "adjusted-wald",
        },
    ),
    "nps of one group": (nps, {"responses": NPS["score"]}),
    "csat": (
        csat,
        {
            "responses": CSAT,
            **SPLIT,
            "by": ["touchpoint"],
            "population": POPULATION,
            "scale": (1, 5),
            "top": 2,
        },
    ),
    "ces": (ces, {"responses": CES, **SPLIT, "population": POPULATION, "scale": (1, 7)}),
    "response_rates": (
        response_rates,
        {
            "responses": ANSWERS,
            "contacts": SHOP.contacts,
            "question": "nps",
            "by": "channel",
            "period": "month",
            "confidence_level": 0.9,
        },
    ),
    "compare_scores": (
        compare_scores,
        {
            "responses": NPS,
            "by": "segment",
            "measure": "nps",
            "control": "new",
            "people": SHOP.people,
            "population": pd.DataFrame({"language": ["zh", "en"], "customers": [70, 30]}),
            "correction": "hochberg",
            "scale": (0, 10),
            "top": 2,
            "confidence_level": 0.9,
        },
    ),
    "compare_scores of the same customers": (
        compare_scores,
        {
            "responses": CSAT,
            "by": "touchpoint",
            "measure": "csat",
            "question": "csat",
            "paired": True,
            "before": "配送",
            "after": "product",
        },
    ),
    "score_trend": (
        score_trend,
        {
            "responses": NPS,
            "period": "quarter",
            "measure": "nps",
            "question": "nps",
            "by": "segment",
            "people": SHOP.people,
            "correction": "none",
            "scale": (0, 10),
            "top": 2,
            "confidence_level": 0.9,
        },
    ),
    "score_trend of all": (score_trend, {"responses": CES, "measure": "ces"}),
    "nps_sample_size": (
        nps_sample_size,
        {"margin": 0.05, "promoters": 0.4, "detractors": 0.1, "confidence_level": 0.9},
    ),
    "nps_sample_size of a difference": (
        nps_sample_size,
        {"difference": 0.1, "paired_correlation": 0.5, "power": 0.9},
    ),
    "drivers": (
        drivers,
        {
            "responses": ANSWERS,
            "target": "nps",
            "touchpoints": ["配送", "product"],
            "question": "csat",
            "missing": "em",
            "performance": "top",
            "scale": (1, 5),
            "n_resamples": 10,
            "random_state": 1,
            "confidence_level": 0.9,
            "progress": False,
        },
    ),
    "drivers of a wide table": (
        drivers,
        {"responses": RATINGS, "target": "overall", "missing": "complete", "n_resamples": 10},
    ),
    "rescue_effect": (
        rescue_effect,
        {
            "assignment": SHOP.people[["customer_id"]].assign(variant=["control", "call"] * 200),
            "responses": NPS,
            "since": "2023-02-01",
            "control": "control",
            "measure": "nps",
            "question": "nps",
            "correction": "holm",
            "scale": (0, 10),
            "top": 2,
            "confidence_level": 0.9,
        },
    ),
    "answered_in_time": (
        answered_in_time,
        {
            "complaints": COMPLAINTS,
            "as_of": "2024-03-31",
            "within_hours": 24,
            "by": "channel",
            "period": "month",
            "confidence_level": 0.9,
        },
    ),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "ScoreTable": [{"missing": 3}, {"weighted": False}],
    "ScoreSampleSize": [{"margin": None, "difference": 0.1, "groups": 2, "power": 0.8}],
}
