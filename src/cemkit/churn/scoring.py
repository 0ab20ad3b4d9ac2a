"""Scores of customers, and what each feature adds to them."""

from typing import Any

import numpy as np
from scipy.special import logit

from cemkit.arrays import Floats
from cemkit.churn.logistic import LogisticFit

CLIP = 1e-6  # a forest may be sure; log-odds must stay finite


def check_scores(classifier: Any, *, calibrated: bool) -> None:
    """Raise unless a fitted classifier has probabilities, or scores that are calibrated."""
    name = type(classifier).__name__
    if hasattr(classifier, "predict_proba"):
        return
    if not hasattr(classifier, "decision_function"):
        raise TypeError(
            f"classifier must have predict_proba or decision_function, but {name} has "
            "neither; choose a classifier that has one"
        )
    if not calibrated:
        raise ValueError(
            f"{name} has no predict_proba; choose calibrate='sigmoid' to turn its scores into "
            "probabilities"
        )


def score_of(scorer: Any, scaled: Floats, event: int = 1) -> Floats:
    """Log-odds before calibration, or the decision function of a classifier without them."""
    if isinstance(scorer, LogisticFit):
        log_odds: Floats = scaled @ scorer.parameters[1:] + scorer.parameters[0]
        return log_odds
    if hasattr(scorer, "predict_proba"):
        given: Floats = logit(np.clip(scorer.predict_proba(scaled)[:, event], CLIP, 1 - CLIP))
        return given
    decided: Floats = scorer.decision_function(scaled)
    return decided if event == 1 else -decided


def effects_of(
    scorer: Any,
    scaled: Floats,
    average: Floats,
    terms_of: dict[str, list[str]],
    event: int = 1,
) -> dict[str, Floats]:
    """The score less what it would be with one feature at its average, for each feature."""
    score = score_of(scorer, scaled, event)
    effects: dict[str, Floats] = {}
    place = 0
    for feature, terms in terms_of.items():
        own = slice(place, place + len(terms))
        place += len(terms)
        swapped = scaled.copy()
        swapped[:, own] = average[own]
        effects[feature] = score - score_of(scorer, swapped, event)
    return effects
