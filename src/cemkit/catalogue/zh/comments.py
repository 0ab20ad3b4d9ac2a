"""Chinese: comments, their distinctive terms and topics."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text
from cemkit.formats import apart, share_text

SCORE_GROUPS = {"detractor": "贬损者", "passive": "中立者", "promoter": "推荐者"}


def _group(found: Any, name: str) -> str:
    return SCORE_GROUPS.get(name, name) if found.group == "score" else name


def _distinctive_terms(found: Any) -> str:
    first, second = (_group(found, name) for name in (found.first, found.second))
    groups = (
        f"“{first}”（{found.first_comments:,} 条评论）与“{second}”（{found.second_comments:,} 条）"
    )
    tested = f"检验 {found.tested:,} 个词语（{found.correction} 校正）"
    if not found.found:
        return f"{tested}，没有词语在{groups}中的出现频率存在差异。"
    strongest = "".join(_strongest(found, name) for name in (found.first, found.second))
    return f"{tested}，其中 {found.found:,} 个在{groups}中的出现频率不同{strongest}。"


def _strongest(found: Any, name: str) -> str:
    rows = found.table[found.table["group"] == name]
    if rows.empty:
        return f"；没有词语在“{_group(found, name)}”中更常见"
    row = rows.loc[rows["log_odds"].idxmax()]
    shares = share_text(row["share"]), share_text(row["other_share"])
    points = apart(*(100 * row[end] for end in ("difference", "lower", "upper")), spec="+.1f")
    level = float(apart(found.interval_level, spec=".4f", unlike=(1.0,))[0])
    interval = interval_text(level, *(end.removeprefix("+") for end in points[1:]))
    split = found.group_of(row)
    within = f"（{split}）" if split else ""
    return (
        f"；“{_group(found, name)}”{within}最突出的词是“{row['term']}”，出现在其 "
        f"{shares[0]} 的评论中，另一组为 {shares[1]}（相差 {points[0]} 个百分点，{interval}）"
    )


def _comment_topics(found: Any) -> str:
    if not found.comments:
        return f"{found.topics} 个主题，尚未用于任何评论。"
    row = found.largest()
    if not row["comments"]:
        return f"{found.comments:,} 条评论均不含这 {found.topics} 个主题的词语。"
    share, *ends = (share_text(row[name]) for name in ("share", "lower", "upper"))
    interval = interval_text(found.confidence_level, *ends)
    left = "，它更像是其他主题之外的剩余，而非单一话题" if found.is_broad() else ""
    without = f"；{found.unassigned:,} 条不含任何主题的词语" if found.unassigned else ""
    return (
        f"{found.comments:,} 条评论归入 {found.topics} 个主题{without}；最大的是“{row['topic']}”，"
        f"占 {share}（{interval}）{left}{_worst(found)}。"
    )


def _worst(found: Any) -> str:
    row = found.lowest_score()
    if row is None:
        return ""
    return (
        f"；平均得分最低的是“{row['topic']}”，为 {row['mean_score']:.1f} 分"
        f"（量表 {found.scale[0]} 至 {found.scale[1]}）"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "CommentTopics": _comment_topics,
    "DistinctiveTerms": _distinctive_terms,
}
