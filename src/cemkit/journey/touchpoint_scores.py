"""What customers say of touchpoints: the score of each, and which lies below all others."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    check_columns,
    check_frame,
    check_same_ids,
    check_spellings,
    folded,
    normal_ids,
)
from cemkit.feedback import ScoreTable, ces, compare_scores, csat, nps
from cemkit.proportions.agreement import interval_levels
from cemkit.proportions.corrections import adjust_p_values

Score = Literal["nps", "csat", "ces"]

SCORES: dict[str, Callable[..., ScoreTable]] = {"nps": nps, "csat": csat, "ces": ces}

GAPS = ["gap", "gap_lower", "gap_upper"]

SCORED = ["score", "score_lower", "score_upper", *GAPS]


class Asked(NamedTuple):
    """The question that is scored, the score, and the level of its intervals."""

    measure: Score
    question: str | None
    level: float


def scores_by_group(
    responses: pd.DataFrame | None,
    groups: pd.DataFrame,
    number: npt.NDArray[np.int64],
    size: int,
    asked: Asked,
) -> tuple[list[pd.DataFrame | None], int]:
    """The scores of each group of customers, and how many responses belong to none."""
    if responses is None:
        return [None] * size, 0
    parts, ungrouped = _answers(responses, groups, number, size)
    return _scores(parts, asked), ungrouped


def _answers(
    responses: pd.DataFrame, groups: pd.DataFrame, number: npt.NDArray[np.int64], size: int
) -> tuple[list[pd.DataFrame], int]:
    """The responses with a touchpoint of each group, and how many belong to none."""
    table = check_frame(responses, "responses")
    check_columns(table.columns, ["customer_id", "touchpoint", "score"])
    rated = table[table["touchpoint"].notna()]
    if size == 1 and not len(groups.columns):
        return [rated], 0
    ids = normal_ids(rated["customer_id"])
    check_same_ids(ids, groups.index, "responses", "events", "customer_id")
    place = groups.index.get_indexer(ids)
    own = np.where(place < 0, -1, np.append(number, -1)[place])
    return [rated[own == group] for group in range(size)], int((own < 0).sum())


def _scores(parts: list[pd.DataFrame], asked: Asked) -> list[pd.DataFrame | None]:
    """The score of each touchpoint of each group, and how far it lies from that of all others."""
    # A group may have no responses, but not all of them.
    tables = [
        None if rated.empty and any(map(len, parts)) else _scored(rated, asked) for rated in parts
    ]
    _fill_gaps(tables, parts, asked)
    for table in tables:
        if table is not None:
            table["worst"] = _is_worst(table)
    return tables


def _scored(rated: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """The score of each touchpoint, with gaps that are not known yet."""
    found = SCORES[asked.measure](
        rated, question=asked.question, by="touchpoint", confidence_level=asked.level
    ).table
    return pd.DataFrame(
        {
            "touchpoint": found["touchpoint"],
            "answers": found["n"],
            "score": found["value"],
            "score_lower": found["lower"],
            "score_upper": found["upper"],
            **dict.fromkeys(GAPS, np.nan),
        }
    )


def _fill_gaps(tables: list[pd.DataFrame | None], parts: list[pd.DataFrame], asked: Asked) -> None:
    """Write how far each score lies from that of all others, at a level that all keep together."""
    pairs = [
        (table, rated, name)
        for table, rated in zip(tables, parts, strict=True)
        if table is not None and len(table) > 1
        for name in table["touchpoint"]
    ]
    plain = [_gap(rated, name, asked) for _, rated, name in pairs]
    p_values = np.array([gap["p_value"] for gap in plain], dtype=np.float64)
    adjusted = adjust_p_values(p_values)
    levels = interval_levels(p_values, adjusted, "holm", asked.level)
    for (table, rated, name), level in zip(pairs, levels, strict=True):
        gap = _gap(rated, name, asked._replace(level=float(level)))
        table.loc[table["touchpoint"] == name, GAPS] = [*gap[["difference", "lower", "upper"]]]


def _gap(rated: pd.DataFrame, name: object, asked: Asked) -> pd.Series:
    """The score of one touchpoint against that of all others together."""
    side = np.where(rated["touchpoint"] == name, "it", "the others")
    compared = compare_scores(
        rated.assign(side=side),
        "side",
        measure=asked.measure,
        question=asked.question,
        control="the others",
        correction="none",
        confidence_level=asked.level,
    )
    row: pd.Series = compared.table.iloc[0]
    return row


def _is_worst(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which touchpoint has the lowest score of those that lie below all others, if any does."""
    below = np.where(table["gap_upper"] < 0, table["score"], np.inf)
    place = np.arange(len(table))
    worst: npt.NDArray[np.bool_] = (place == int(np.argmin(below))) & np.isfinite(below.min())
    return worst


def with_scores(table: pd.DataFrame, scores: pd.DataFrame | None) -> tuple[pd.DataFrame, set[str]]:
    """Events and scores of the same name side by side; a touchpoint without events reaches 0."""
    if scores is None:
        empty = dict.fromkeys(SCORED, np.nan)
        return table.assign(answers=0, **empty, worst=False), set()
    check_spellings(table["touchpoint"], "event")
    key = table["touchpoint"].map(lambda name: folded(str(name)))
    other = scores["touchpoint"].map(lambda name: folded(str(name)))
    both = table.assign(key=key).merge(
        scores.assign(key=other).rename(columns={"touchpoint": "rated"}), on="key", how="outer"
    )
    unmatched = set(both.loc[both["touchpoint"].isna(), "rated"])
    named = both["touchpoint"].astype(object)
    both["touchpoint"] = named.where(named.notna(), both["rated"])
    for name in ("customers", "events", "followed", "converted", "answers"):
        both[name] = both[name].fillna(0).astype("int64")
    both["reach"] = both["reach"].fillna(0.0)
    both["worst"] = both["worst"].eq(True)
    return both, unmatched
