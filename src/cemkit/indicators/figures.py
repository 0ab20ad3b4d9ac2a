"""Figures of an indicator as text: rates in per cent, their changes in points, the rest as is."""

from typing import Any

import pandas as pd

from cemkit.formats import apart
from cemkit.indicators.definitions import COUNT, INDICATORS, RATE, SHARE, WHOLE

POINTS = {RATE, SHARE, WHOLE}


def in_points(name: str) -> bool:
    """Whether the changes of an indicator are in percentage points."""
    return INDICATORS[name].kind in POINTS or name in {"nps", "csat"}


def value_texts(name: str, *values: float) -> list[str]:
    """Values in one format, with more digits where two that differ would look alike."""
    if name == "nps":
        return apart(*(100 * value for value in values), spec="+.1f")
    if in_points(name):
        return apart(*values, spec=".1%")
    whole = INDICATORS[name].kind == COUNT and all(float(value).is_integer() for value in values)
    return apart(*values, spec=",.0f" if whole else ",.2f")


def change_texts(name: str, *changes: float) -> list[str]:
    """Changes with their sign, in points where the indicator is a rate."""
    if in_points(name):
        return apart(*(100 * change for change in changes), spec="+.1f")
    return apart(*changes, spec="+,.2f")


def group_text(row: pd.Series, by: list[str]) -> str:
    """The group of a row, empty without groups."""
    return ", ".join(str(row[name]) for name in by)


def change_figures(row: pd.Series | None, by: list[str]) -> dict[str, Any]:
    """What a sentence says of a row with its change; empty without one."""
    if row is None:
        return {}
    name = str(row["indicator"])
    change, lower, upper = change_texts(
        name, *(float(row[column]) for column in ("change", "change_lower", "change_upper"))
    )
    return {
        "indicator": name,
        "group": group_text(row, by),
        "period": str(row["period"]),
        "value": value_texts(name, float(row["value"]))[0],
        "change": change,
        "lower": lower,
        "upper": upper,
        "points": in_points(name),
    }
