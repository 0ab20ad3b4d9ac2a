"""Chinese: recommendation."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text
from cemkit.formats import apart, points_bounded


def _cycle_score(score: Any) -> str:
    error, plain = apart(score.error_days, score.plain_mean_error_days, spec=".1f")
    fewer, *ends = apart(
        score.advantage_days, score.advantage_lower, score.advantage_upper, spec=".1f"
    )
    return (
        f"对 {score.customers:,} 个购买周期，平均误差 {error} 天，简单平均间隔为 {plain} 天：少 "
        f"{fewer} 天（{interval_text(score.confidence_level, *ends)}）。"
    )


def _recommendation_score(score: Any) -> str:
    hits, popular = apart(score.hit_rate, score.popularity_hit_rate, spec=".1%")
    more, *ends = points_bounded(score, "advantage", "+.1f")
    return (
        f"{score.customers:,} 位客户中，{hits} 购买了 {score.k} 个推荐之一，"
        f"最热门商品为 {popular}：相差 {more} 个百分点"
        f"（{interval_text(score.confidence_level, *ends)}）。"
    )


def _next_upgrade(found: Any) -> str:
    return (
        f"{found.customers:,} 位客户中有 {found.with_upgrade:,} 位有下一个升级商品；"
        f"{found.at_top:,} 位已在最高一级，{found.off_ladder:,} 位未购买阶梯中的商品，"
        f"{found.no_path:,} 位没有足够多客户走过的升级路径。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "CycleScore": _cycle_score,
    "NextUpgrade": _next_upgrade,
    "RecommendationScore": _recommendation_score,
}
