"""Chinese: segmentation."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from cemkit.formats import apart, level_text

SEGMENTS = {
    "Champions": "冠军客户",
    "Loyal": "忠诚客户",
    "Cannot lose": "不能流失的客户",
    "At risk": "有流失风险的客户",
    "Need attention": "需要关注的客户",
    "Potential loyalists": "潜在忠诚客户",
    "New": "新客户",
    "Promising": "有潜力的客户",
    "About to sleep": "即将沉睡的客户",
    "Lost": "已流失客户",
    "Core value": "核心价值客户",
    "Marginal value": "边缘价值客户",
    "Potential value": "潜在价值客户",
}

STAGES = {
    "potential": "潜在期",
    "acquisition": "获取期",
    "growth": "成长期",
    "loyalty": "忠诚期",
    "churned": "流失期",
    "reactivated": "重新激活期",
    "declining": "衰退期",
}

VALUE_TIERS = {
    "High value": "高价值客户",
    "Medium value": "中价值客户",
    "Low value": "低价值客户",
}

PERIODS = {"week": "周", "month": "个月", "quarter": "个季度", "year": "年"}

MEASURES = {"retention": "留存率", "repeat": "复购率", "amount": "人均金额"}


def _group(name: object) -> str:
    return (SEGMENTS | STAGES | VALUE_TIERS).get(str(name), str(name))


def _cluster_count(found: Any) -> str:
    text = _clusters_found(found)
    if found.n_sampled < found.n_rows:
        text += f"判断基于随机抽取的 {found.n_sampled:,} 位客户。"
    if found.convenient_cut is None:
        return text
    strength, strong = found.cut_strength, found.strong
    weak = "" if strength >= strong else f"，低于 {strong}：换一批客户，切法可能不同"
    return (
        f"{text}如果需要分组，可以方便地切成 {found.convenient_cut} 组"
        f"（预测强度 {strength:.2f}{weak}），但这些组不是从数据中发现的。"
    )


def _clusters_found(found: Any) -> str:
    if found.n_clusters > 1:
        return (
            f"{found.n_rows:,} 位客户分为 {found.n_clusters} 个群体："
            f"任意两个群体之间都有低谷（dip 检验，{found.largest_p}）。"
        )
    if found.too_few:
        return (
            f"{found.n_rows:,} 位客户没有可分辨的群体："
            f"{found.n_sampled:,} 位客户太少，至少需要 {2 * found.smallest:,} 位。"
        )
    return (
        f"{found.n_rows:,} 位客户没有可分辨的群体：任何划分都不能在两组之间留下低谷"
        f"（dip 检验，显著性水平 {level_text(found.level)}），看起来是一个连续体。"
    )


def _cluster_rules(rules: Any) -> str:
    return (
        f"{len(rules.table)} 条规则将 {rules.customers:,} 位客户中的 {rules.fidelity:.1%} "
        "归入其聚类。"
    )


def _cluster_separation(found: Any) -> str:
    sampled = f"（抽样 {found.n_sampled:,} 位）" if found.n_sampled < found.customers else ""
    worst = found.table["silhouette"].idxmin()
    mean, least = apart(found.silhouette, found.table["silhouette"][worst], spec=".2f")
    return (
        f"{found.customers:,} 位客户的 {found.clusters} 个聚类，平均轮廓系数为 {mean}{sampled}；"
        f"分离最差的是聚类 {worst}（{found.table['name'][worst]}），为 {least}。"
    )


def _cohort_table(cohorts: Any) -> str:
    value, period = cohorts.second_value(), PERIODS[cohorts.period]
    if value is None:
        return f"还没有任何同期群在首购之后观察满一{period}。"
    shown = apart(value, spec=",.2f" if cohorts.measure == "amount" else ".1%")[0]
    return f"首购一{period}后，平均{MEASURES[cohorts.measure]}为 {shown}。"


def _segment_evaluation(found: Any) -> str:
    top = found.table.iloc[0]
    shares = apart(top["share"], top["outcome_share"], spec=".1%")
    outcome = f"、结果的 {shares[1]}。"
    if pd.isna(top["outcome_share"]):
        outcome = "；结果合计不大于 0，不计占比。"
    return (
        f"{found.segments} 个分群解释了结果方差的 "
        f"{apart(found.variance_explained_adjusted, spec='.1%')[0]}；"
        f"最佳分群“{_group(top.name)}”占客户的 {shares[0]}{outcome}"
    )


def _segment_migration(found: Any) -> str:
    return (
        f"前后都在的 {found.stayed + found.moved:,} 位客户中 {found.stayed_rate:.1%} 标签未变；"
        f"新来 {len(found.came):,} 位，离开 {len(found.left):,} 位。"
    )


def _value_tiers(found: Any) -> str:
    top = found.table.iloc[0]
    share, value = apart(top["share"], top["value_share"], spec=".1%")
    worth = "；价值合计不大于 0，不计占比"
    if not pd.isna(top["value_share"]):
        worth = f"，占价值的 {value}"
    missing = f"另有 {found.missing:,} 位客户没有价值数据，不分层。" if found.missing else ""
    return (
        f"{found.customers - found.missing:,} 位客户按 {found.by} 分为 {found.n_tiers} 层："
        f"“{_group(top.name)}”占客户的 {share}{worth}。{missing}"
    )


_RISKS = {"high": "高", "medium": "中", "low": "低"}


def _stage_durations(found: Any) -> str:
    timed = found.table["median_days_to_leave"].dropna()
    text = (
        f"{found.first_as_of:%Y-%m-%d} 至 {found.last_as_of:%Y-%m-%d} 共 {found.snapshots} 个时点、"
        f"{found.customers:,} 位客户"
    )
    if timed.empty:
        return f"{text}；没有哪个阶段有一半的进入者离开。"
    fastest = _group(timed.idxmin())
    return f"{text}；离开最快的阶段是{fastest}，一半的进入者在 {timed.min():g} 天内离开。"


def _stage_value_risk(found: Any) -> str:
    first = found.table["value_at_risk"].idxmax()
    at_risk, total = apart(found.value_at_risk, found.total_value, spec=",.2f")
    return (
        f"{found.placed:,} 位客户的价值 {total} 中有 {at_risk} 面临流失，最多的是{_group(first[0])}"
        f"（{_group(first[1])}，{_RISKS[first[2]]}风险）。"
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
