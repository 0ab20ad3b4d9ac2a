"""Scores of customers, and what each feature adds to them."""

from typing import Any

import numpy as np
from scipy.special import logit

from cemkit.churn.logistic import Array, LogisticFit

CLIP = 1e-6  # a forest may be sure; log-odds must stay finite


def check_scores(classifier: Any, *, calibrated: bool) -> None:
    """Raise unless a fitted classifier has probabilities, or scores that are calibrated.

    Args:
        classifier: The user's own.
        calibrated: Whether its scores are turned into probabilities.

    Raises:
        TypeError: It has neither, as a regression.
        ValueError: It has scores, and nothing turns them into probabilities.

    Examples:
        >>> from sklearn.linear_model import LogisticRegression
        >>> check_scores(LogisticRegression(), calibrated=False)
    """
    name = type(classifier).__name__
    if hasattr(classifier, "predict_proba"):
        return
    if not hasattr(classifier, "decision_function"):
        raise TypeError(
            f"classifier must have predict_proba or decision_function, and {name} has neither; "
            "choose a classifier"
        )
    if not calibrated:
        raise ValueError(
            f"{name} has no predict_proba; choose calibrate='sigmoid' to turn its scores into "
            "probabilities"
        )


def score_of(scorer: Any, scaled: Array, event: int = 1) -> Array:
    """Log-odds before calibration, or the decision function of a classifier without them.

    Args:
        scorer: A `LogisticFit` or a fitted scikit-learn classifier.
        scaled: Terms as it was fitted on.
        event: Which of the classifier's two classes is the event.

    Examples:
        >>> from sklearn.linear_model import LogisticRegression
        >>> scaled = np.array([[0.0], [1.0]])
        >>> score_of(LogisticRegression().fit(scaled, [0, 1]), scaled).round(1)
        array([-0.2,  0.2])
    """
    if isinstance(scorer, LogisticFit):
        log_odds: Array = scaled @ scorer.parameters[1:] + scorer.parameters[0]
        return log_odds
    if hasattr(scorer, "predict_proba"):
        given: Array = logit(np.clip(scorer.predict_proba(scaled)[:, event], CLIP, 1 - CLIP))
        return given
    decided: Array = scorer.decision_function(scaled)
    return decided if event == 1 else -decided


def effects_of(
    scorer: Any,
    scaled: Array,
    average: Array,
    terms_of: dict[str, list[str]],
    event: int = 1,
) -> dict[str, Array]:
    """The score less what it would be with one feature at its average, for each feature.

    Args:
        scorer: A `LogisticFit` or a fitted scikit-learn classifier.
        scaled: Terms as it was fitted on.
        average: Those of the average customer.
        terms_of: The terms of each feature, in the order of the columns.
        event: Which of the classifier's two classes is the event.

    Examples:
        >>> from sklearn.linear_model import LogisticRegression
        >>> scaled = np.array([[0.0], [1.0]])
        >>> model = LogisticRegression().fit(scaled, [0, 1])
        >>> effects = effects_of(model, scaled, np.array([0.5]), {"recency_days": ["recency_days"]})
        >>> bool(effects["recency_days"][1] > 0)
        True
    """
    score = score_of(scorer, scaled, event)
    effects: dict[str, Array] = {}
    place = 0
    for feature, terms in terms_of.items():
        own = slice(place, place + len(terms))
        place += len(terms)
        swapped = scaled.copy()
        swapped[:, own] = average[own]
        effects[feature] = score - score_of(scorer, swapped, event)
    return effects
