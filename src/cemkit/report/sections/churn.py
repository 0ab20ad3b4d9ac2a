"""Churn risk, and how far its probabilities hold."""

import dataclasses

import numpy as np
import pandas as pd

from cemkit.report.drafts import Draft
from cemkit.report.gate import small_parts
from cemkit.report.groups import segment_groups
from cemkit.report.shop import SEGMENT, Shop
from cemkit.report.texts import value_texts

MEASURES = ("roc_auc", "brier", "calibration_slope", "calibration_intercept")
FEWEST = 3  # groups that make a picture
CALIBRATION = [
    ("bin", "count"),
    ("customers", "count"),
    ("churn_probability", "share"),
    ("churn_rate", "share", "lower", "upper"),
]
RISKS = [
    ("segment", "text"),
    ("customers", "count"),
    ("mean_churn_probability", "share"),
    ("expected_churners", "count"),
]


def write_churn(draft: Draft, shop: Shop) -> None:
    """How good the churn probability is, and where the risk lies."""
    seen = shop.churn
    found = seen.evaluation
    _explain(draft, shop)
    stay = found.customers - found.events
    draft.state(found, found.customers, found.events, stay)
    measures = found.table.loc[[name for name in MEASURES if name in found.table.index]]
    hidden = [found.customers, found.events, stay]
    _write_risks(draft, shop)
    bins = found.calibration.reset_index()
    bins["bin"] += 1
    count = (bins["churn_rate"] * bins["customers"]).round()
    rows = small_parts(count, bins["customers"], draft.terms.smallest)
    draft.table("calibration", bins, CALIBRATION, rows=rows, kept=["bin"])
    for name, row in measures.iterrows():
        draft.number(
            str(name),
            row["value"],
            "number",
            "calibration",
            bounds=(row["lower"], row["upper"]),
            counts=hidden,
        )
    shown = dataclasses.replace(found, calibration=found.calibration[~rows])
    if len(shown.calibration) < FEWEST:
        draft.note(draft.say.REPORT["no_picture"])
        return
    draft.picture("calibration", shown, "calibration", draft.sentence(found, *hidden))


def _explain(draft: Draft, shop: Shop) -> None:
    seen = shop.churn
    kind = "window_suggested" if seen.suggested else "window_default"
    if shop.is_sampled:
        sizes = value_texts("count", len(shop.sampled), len(shop.customers))
        text = draft.say.REPORT["churn_sample"]
        draft.note(text.format(sample=sizes[0], customers=sizes[1]))
    draft.note(
        draft.say.REPORT[kind].format(
            days=seen.window_days, trained=seen.trained_as_of, tested=seen.tested_as_of
        )
    )


def _write_risks(draft: Draft, shop: Shop) -> None:
    probability = shop.scored["churn_probability"]
    groups = segment_groups(draft, shop)
    segments = groups.labels.reindex(probability.index)
    table = pd.DataFrame({"p": probability, SEGMENT: segments}).groupby(SEGMENT)["p"]
    risks = table.agg(
        customers="size", mean_churn_probability="mean", expected_churners="sum"
    ).reset_index()
    risks = risks.sort_values("expected_churners", ascending=False, kind="stable")
    rows = groups.small(risks[SEGMENT])
    risks[SEGMENT] = risks[SEGMENT].map(draft.say.SEGMENTS).fillna(risks[SEGMENT])
    risks["expected_churners"] = np.round(risks["expected_churners"])
    draft.table("risks", risks, RISKS, rows=rows, kept=[SEGMENT])
    draft.number(
        "expected_churners",
        np.round(probability.sum()),
        "count",
        "risks",
        counts=[len(probability)],
    )
