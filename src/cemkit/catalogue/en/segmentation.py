"""English: segmentation."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from cemkit.formats import apart, count_text, days_text

SEGMENTS = {
    "Champions": "Champions",
    "Loyal": "Loyal",
    "Cannot lose": "Cannot lose",
    "At risk": "At risk",
    "Need attention": "Need attention",
    "Potential loyalists": "Potential loyalists",
    "New": "New",
    "Promising": "Promising",
    "About to sleep": "About to sleep",
    "Lost": "Lost",
    "Core value": "Core value",
    "Marginal value": "Marginal value",
    "Potential value": "Potential value",
}

STAGES = {
    "potential": "potential",
    "acquisition": "acquisition",
    "growth": "growth",
    "loyalty": "loyalty",
    "churned": "churned",
    "reactivated": "reactivated",
    "declining": "declining",
}

VALUE_TIERS = {
    "High value": "High value",
    "Medium value": "Medium value",
    "Low value": "Low value",
}

PERIODS = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}

MEASURES = {"retention": "retention", "repeat": "repeat rate", "amount": "amount per customer"}


def _cluster_count(found: Any) -> str:
    clusters = (
        "one cluster" if found.n_clusters == 1 else f"{count_text(found.n_clusters, 'clusters')}"
    )
    text = f"{count_text(found.n_rows, 'customers')} form {clusters}: {found.reason}."
    if found.n_sampled < found.n_rows:
        text += f" This was judged on a random sample of {found.n_sampled:,}."
    if found.convenient_cut is None:
        return text
    strength, strong = found.cut_strength, found.strong
    weak = "" if strength >= strong else f", below {strong}: other customers may be cut elsewhere"
    return (
        f"{text} If you need groups, {found.convenient_cut} are a convenient cut "
        f"(prediction strength {strength:.2f}{weak}); they were not found in the data."
    )


def _cluster_rules(rules: Any) -> str:
    return (
        f"{count_text(len(rules.table), 'rules')} put {rules.fidelity:.1%} of "
        f"{count_text(rules.customers, 'customers')} into their cluster."
    )


def _cluster_separation(found: Any) -> str:
    sampled = f" (of {found.n_sampled:,} sampled)" if found.n_sampled < found.customers else ""
    worst = found.table["silhouette"].idxmin()
    mean, least = apart(found.silhouette, found.table["silhouette"][worst], spec=".2f")
    return (
        f"The {count_text(found.clusters, 'clusters')} of "
        f"{count_text(found.customers, 'customers')} have a mean silhouette of {mean}{sampled}; "
        f"the least separated is cluster {worst} ({found.table['name'][worst]}), at {least}."
    )


def _cohort_table(cohorts: Any) -> str:
    value, period = cohorts.second_value(), PERIODS[cohorts.period]
    if value is None:
        return f"No cohort has been observed a whole {period} after its first."
    shown = apart(value, spec=",.2f" if cohorts.measure == "amount" else ".1%")[0]
    return f"One {period} after the first, the average {MEASURES[cohorts.measure]} is {shown}."


def _segment_evaluation(found: Any) -> str:
    top = found.table.iloc[0]
    shares = apart(top["share"], top["outcome_share"], spec=".1%")
    outcome = f" and {shares[1]} of the outcome."
    if pd.isna(top["outcome_share"]):
        outcome = "; the outcome adds up to no more than 0, so there is no share of it."
    return (
        f"{count_text(found.segments, 'segments')} explain "
        f"{apart(found.variance_explained_adjusted, spec='.1%')[0]} of the variance of the "
        f"outcome; the best, {top.name}, is {shares[0]} of the customers{outcome}"
    )


def _segment_migration(found: Any) -> str:
    return (
        f"Of {count_text(found.stayed + found.moved, 'customers')} there before and after, "
        f"{found.stayed_rate:.1%} kept their label; {len(found.came):,} came and "
        f"{len(found.left):,} left."
    )


def _value_tiers(found: Any) -> str:
    top = found.table.iloc[0]
    share, value = apart(top["share"], top["value_share"], spec=".1%")
    worth = "; the values sum to no more than 0, so there is no share of them"
    if not pd.isna(top["value_share"]):
        worth = f" and hold {value} of the value"
    missing = (
        f" {count_text(found.missing, 'customers without a value have')} no tier."
        if found.missing
        else ""
    )
    return (
        f"{count_text(found.customers - found.missing, 'customers')} in "
        f"{count_text(found.n_tiers, 'tiers')} by {found.by}: {top.name} are {share} of "
        f"them{worth}.{missing}"
    )


def _stage_durations(found: Any) -> str:
    timed = found.table["median_days_to_leave"].dropna()
    text = (
        f"{count_text(found.customers, 'customers')} on {count_text(found.snapshots, 'days')} from "
        f"{found.first_as_of:%Y-%m-%d} to {found.last_as_of:%Y-%m-%d}"
    )
    if timed.empty:
        return f"{text}; no stage was left by half of those who entered it."
    stage = timed.idxmin()
    return (
        f"{text}; the stage left fastest is {STAGES.get(stage, stage)}, by half of those who "
        f"entered it within {days_text(timed.min())}."
    )


def _stage_value_risk(found: Any) -> str:
    first = found.table["value_at_risk"].idxmax()
    at_risk, total = apart(found.value_at_risk, found.total_value, spec=",.2f")
    return (
        f"{at_risk} of the {total} value of {count_text(found.placed, 'customers')} is at risk, "
        f"most in {STAGES.get(first[0], first[0])} ({first[1]}, {first[2]} risk)."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "ClusterCount": _cluster_count,
    "ClusterRules": _cluster_rules,
    "ClusterSeparation": _cluster_separation,
    "CohortTable": _cohort_table,
    "SegmentEvaluation": _segment_evaluation,
    "SegmentMigration": _segment_migration,
    "StageDurations": _stage_durations,
    "StageValueRisk": _stage_value_risk,
    "ValueTiers": _value_tiers,
}
