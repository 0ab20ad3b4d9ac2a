"""English: comments, their distinctive terms and topics."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import apart, count_text, share_text

SCORE_GROUPS = {"detractor": "detractors", "passive": "passives", "promoter": "promoters"}


def _group(found: Any, name: str) -> str:
    return SCORE_GROUPS.get(name, name) if found.group == "score" else name


def _distinctive_terms(found: Any) -> str:
    first, second = (_group(found, name) for name in (found.first, found.second))
    groups = (
        f"{first} ({count_text(found.first_comments, 'comments')}) and {second} "
        f"({found.second_comments:,})"
    )
    tested = f"{count_text(found.tested, 'terms')} tested ({found.correction})"
    if not found.found:
        return f"No term differs in frequency between {groups}, of {tested}."
    strongest = "".join(_strongest(found, name) for name in (found.first, found.second))
    return (
        f"{count_text(found.found, 'terms differ')} in frequency between {groups}, of "
        f"{tested}{strongest}."
    )


def _strongest(found: Any, name: str) -> str:
    rows = found.table[found.table["group"] == name]
    if rows.empty:
        return f"; none is more frequent in {_group(found, name)}"
    row = rows.loc[rows["log_odds"].idxmax()]
    shares = share_text(row["share"]), share_text(row["other_share"])
    points = apart(*(100 * row[end] for end in ("difference", "lower", "upper")), spec="+.1f")
    level = float(apart(found.interval_level, spec=".4f", unlike=(1.0,))[0])
    interval = interval_text(level, *(end.removeprefix("+") for end in points[1:]))
    split = found.group_of(row)
    within = f" of {split}" if split else ""
    return (
        f"; strongest in {_group(found, name)}{within} is '{row['term']}', in {shares[0]} of its "
        f"comments against {shares[1]} ({points[0]} percentage points, {interval})"
    )


def _comment_topics(found: Any) -> str:
    if not found.comments:
        return f"{found.topics} topics, applied to no comments yet."
    row = found.largest()
    if not row["comments"]:
        return (
            f"{count_text(found.comments, 'comments')}, none with a term of the {found.topics} "
            "topics."
        )
    share, *ends = (share_text(row[name]) for name in ("share", "lower", "upper"))
    interval = interval_text(found.confidence_level, *ends)
    left = " and is what is left of the others rather than one subject" if found.is_broad() else ""
    without = ""
    if found.unassigned:
        without = f"; {count_text(found.unassigned, 'have')} no term of a topic"
    return (
        f"{count_text(found.comments, 'comments')} in {found.topics} topics{without}; the largest, "
        f"'{row['topic']}', has {share} of them ({interval}){left}{_worst(found)}."
    )


def _worst(found: Any) -> str:
    row = found.lowest_score()
    if row is None:
        return ""
    return (
        f"; '{row['topic']}' has the lowest mean score, {row['mean_score']:.1f} on "
        f"{found.scale[0]} to {found.scale[1]}"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "CommentTopics": _comment_topics,
    "DistinctiveTerms": _distinctive_terms,
}
