"""From comparisons to a decision: who beats the control, and at what guardrails."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

HELD, BROKEN, OPEN = "held", "broken", "undecided"


def with_guardrails(
    table: pd.DataFrame, guardrails: Mapping[str, float], alpha: float
) -> pd.DataFrame:
    """The table with what each guardrail allows, and whether the variant keeps to it."""
    if not guardrails:
        return table
    allowed = table["metric"].map(guardrails).astype(np.float64)
    detected = (table["p_value_adjusted"] < alpha).to_numpy()
    better = np.sign(table["difference"] - allowed) == -np.sign(allowed)
    status = np.where(detected, np.where(better, HELD, BROKEN), OPEN)
    words = [
        str(word) if known else None for word, known in zip(status, allowed.notna(), strict=True)
    ]
    column = pd.Series(words, dtype=object, index=table.index)
    return table.assign(allowed_difference=allowed, guardrail=column)


def without_broken_wins(
    table: pd.DataFrame, groups: Sequence[str], control: Any, guardrails: Mapping[str, float]
) -> pd.DataFrame:
    """The table, in which a guardrail has no winner and who breaks one has won nothing."""
    if not guardrails:
        return table
    keys = [tuple(row) for row in table[list(groups)].astype(object).to_numpy().tolist()]
    arms = list(zip(keys, table["variant"], table["control"], strict=True))
    broken = {arm for arm, word in zip(arms, table["guardrail"], strict=True) if word == BROKEN}
    winners = [
        None if word is not None or {(key, won, control), (key, won, base)} & broken else won
        for (key, _, base), won, word in zip(arms, table["winner"], table["guardrail"], strict=True)
    ]
    return table.assign(winner=pd.Series(winners, dtype=object, index=table.index))


def decided(
    table: pd.DataFrame,
    groups: Sequence[str],
    control: Any,
    *,
    combined: Sequence[Any],
    valid: bool,
) -> tuple[str, Any]:
    """The decision in words, and the variant that it is for."""
    if not valid:
        return "invalid", None
    if groups:
        return "by group", None
    first = first_metric(table)
    won = winning(first, control)
    ready = [name for name in won if not guards(table, name, control, OPEN, BROKEN)]
    for names in (
        [name for name in ready if name not in combined],
        [name for name in ready if name in combined],
    ):
        if names:
            best = against(first, control)
            winner = names[int(np.argmax([best.loc[name, "difference"] for name in names]))]
            return f"adopt {winner}", winner
    rows = against(first, control)
    lost = [_lost(row) for _, row in rows.iterrows()]
    broken = [bool(guards(table, name, control, BROKEN)) for name in rows.index]
    if all(map(max, lost, broken)):
        return f"keep {control}", control if all(lost) else None
    return "undecided", None


def first_metric(table: pd.DataFrame) -> pd.DataFrame:
    """The comparisons of the metric that decides."""
    first: pd.DataFrame = table[table["metric"] == table["metric"].iloc[0]]
    return first


def against(table: pd.DataFrame, control: Any) -> pd.DataFrame:
    """The comparisons with one control, by variant."""
    rows: pd.DataFrame = table[table["control"] == control]
    return rows.set_index(rows["variant"].astype(object), drop=False)


def winning(first: pd.DataFrame, control: Any) -> list[Any]:
    """Variants shown to be better than the control, or no worse where that was the question.

    What beats a variant that beats the control is better than the control too.
    """
    rows = against(first, control)
    if "guardrail" in first and first["guardrail"].iloc[0] is not None:
        return rows.index[rows["guardrail"] == HELD].tolist()
    found = {control}
    while True:
        beaten = [
            row
            for row in first.to_dict("records")
            if row["winner"] is not None
            and row["winner"] not in found
            and ({row["variant"], row["control"]} - {row["winner"]}) <= found
        ]
        if not beaten:
            return [name for name in rows.index if name in found]
        found |= {row["winner"] for row in beaten}


def guards(table: pd.DataFrame, variant: Any, control: Any, *status: str) -> list[str]:
    """The guardrails of a variant that have one of these states against the control."""
    if "guardrail" not in table:
        return []
    rows = table[(table["variant"] == variant) & (table["control"] == control)]
    names: list[str] = rows.loc[rows["guardrail"].isin(status), "metric"].tolist()
    return names


def _lost(row: pd.Series) -> bool:
    return bool(row["winner"] == row["control"] or row.get("guardrail") == BROKEN)
