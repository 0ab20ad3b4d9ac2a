"""English: recommendation."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import apart, count_text, part_of, points_bounded


def _cycle_score(score: Any) -> str:
    error, plain = apart(score.error_days, score.plain_mean_error_days, spec=".1f")
    fewer, *ends = apart(
        score.advantage_days, score.advantage_lower, score.advantage_upper, spec=".1f"
    )
    return (
        f"Over {count_text(score.customers, 'cycles')} the mean error is {error} days, against "
        f"{plain} with the plain mean gap: {fewer} fewer "
        f"({interval_text(score.confidence_level, *ends)})."
    )


def _recommendation_score(score: Any) -> str:
    hits, popular = apart(score.hit_rate, score.popularity_hit_rate, spec=".1%")
    more, *ends = points_bounded(score, "advantage", "+.1f")
    return (
        f"Of {count_text(score.customers, 'customers')} {hits} bought one of {score.k} "
        f"recommendations, against {popular} for the most popular products: {more} percentage "
        f"points ({interval_text(score.confidence_level, *ends)})."
    )


def _next_upgrade(found: Any) -> str:
    return (
        f"{part_of(found.with_upgrade, found.customers, 'customers have')} a next product; "
        f"{found.at_top:,} already at the top, {found.off_ladder:,} off the ladder, "
        f"{found.no_path:,} without a path that enough others took."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "CycleScore": _cycle_score,
    "NextUpgrade": _next_upgrade,
    "RecommendationScore": _recommendation_score,
}
