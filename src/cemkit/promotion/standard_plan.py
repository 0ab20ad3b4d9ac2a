"""What to do for each segment, stage and value tier of cemkit, as tables to edit."""

import pandas as pd

from cemkit.catalogue import check_language, words

STANDARD_OFFERS = pd.DataFrame(
    [
        ("early access", "early_access", {}),
        ("double points", "points", {"points_per_unit": 1.0, "point_value": 0.01}),
        ("comeback 20", "percentage", {"discount": 0.2}),
        ("comeback 15", "percentage", {"discount": 0.15}),
        ("next order 10", "percentage", {"discount": 0.1}),
        ("free delivery", "service", {"unit_cost": 5.0}),
        ("greeting", "none", {}),
    ],
    columns=["offer", "kind", "terms"],
)
STANDARD_ACTIONS = pd.DataFrame(
    [
        ("segment", "Champions", "reward", "early access"),
        ("segment", "Loyal", "reward", "double points"),
        ("segment", "Cannot lose", "win_back", "comeback 20"),
        ("segment", "At risk", "win_back", "comeback 15"),
        ("segment", "Need attention", "remind", "next order 10"),
        ("segment", "Potential loyalists", "develop", "double points"),
        ("segment", "New", "welcome", "next order 10"),
        ("segment", "Promising", "develop", "free delivery"),
        ("segment", "About to sleep", "remind", "next order 10"),
        ("segment", "Lost", "greet", "greeting"),
        ("segment", "Core value", "reward", "early access"),
        ("segment", "Potential value", "develop", "double points"),
        ("segment", "Marginal value", "greet", "greeting"),
        ("stage", "potential", "welcome", "next order 10"),
        ("stage", "acquisition", "welcome", "next order 10"),
        ("stage", "growth", "develop", "double points"),
        ("stage", "loyalty", "reward", "early access"),
        ("stage", "churned", "win_back", "comeback 20"),
        ("stage", "reactivated", "welcome", "free delivery"),
        ("stage", "declining", "remind", "next order 10"),
        ("value_tier", "High value", "reward", "early access"),
        ("value_tier", "Medium value", "develop", "double points"),
        ("value_tier", "Low value", "remind", "next order 10"),
    ],
    columns=["by", "value", "action", "offer"],
)


def standard_actions(language: str = "en") -> pd.DataFrame:
    """Return a standard plan for each segment, stage and value tier of cemkit, as a table to edit.

    It is a starting point that follows common practice: reward the best customers, win back those
    who are leaving, develop those in between, and spend nothing on those who hardly buy. Test by an
    experiment whether an offer pays.

    Args:
        language: Language of `label`, such as `"en"` or `"zh"`.

    Returns:
        One row per value, for `actions_for(..., plan=...)`: `by` (`segment`, `stage` or
        `value_tier`), `value`, its `label` in the language, `action` and `offer`, one of
        `standard_offers`.

    Raises:
        ValueError: cemkit does not speak the language.

    Examples:
        >>> plan = standard_actions("zh").set_index("value")
        >>> plan.loc["At risk"].to_dict()
        {'by': 'segment', 'label': '有流失风险的客户', 'action': 'win_back', 'offer': 'comeback 15'}
    """
    said = words(check_language(language))
    labels = {"segment": said.SEGMENTS, "stage": said.STAGES, "value_tier": said.VALUE_TIERS}
    plan = STANDARD_ACTIONS.copy()
    keys = zip(plan["by"], plan["value"], strict=True)
    plan.insert(2, "label", [labels[by][value] for by, value in keys])
    return plan


def standard_offers() -> pd.DataFrame:
    """Return the offers of `standard_actions`, as an offers table to edit.

    Discounts, points and costs are round figures. Replace them with your own.

    Returns:
        Offers table with `offer, kind, discount, unit_cost, points_per_unit, point_value`.

    Examples:
        >>> offers = standard_offers()
        >>> offers.loc[offers["offer"] == "comeback 15", "discount"].item()
        0.15
    """
    terms = pd.DataFrame(STANDARD_OFFERS["terms"].tolist(), dtype="float64")
    columns = ["discount", "unit_cost", "points_per_unit", "point_value"]
    return STANDARD_OFFERS[["offer", "kind"]].join(terms[columns])
