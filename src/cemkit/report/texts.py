"""Values as readers of the page see them, each in its unit."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from cemkit.formats import apart, figures, moment_text, p_text, signed

LONGEST_LABEL = 80

TEXTS: dict[str, Callable[[Sequence[float]], list[str]]] = {
    "count": lambda values: apart(*values, spec=",.0f" if _whole(values) else ",.1f"),
    "money": lambda values: apart(*values, spec=",.0f" if _largest(values) >= 1000 else ",.2f"),
    "share": lambda values: apart(*values, spec=".1%"),
    "points": lambda values: apart(*(100 * value for value in values), spec="+.1f"),
    "percentage_points": lambda values: apart(*(100 * value for value in values), spec="+.1f"),
    "change": lambda values: signed(*values),
    "number": lambda values: figures(*values),
    "days": lambda values: apart(*values, spec=",.0f" if _whole(values) else ",.1f"),
    "p_value": lambda values: [p_text(value).removeprefix("p = ") for value in values],
}


def value_texts(unit: str, *values: Any) -> list[str]:
    """Values of one unit as texts, in one format; a missing one is empty."""
    if unit not in TEXTS:
        return [_label(value) for value in values]
    known = [float(value) for value in values if not is_missing(value)]
    texts = iter(TEXTS[unit](known) if known else [])
    return ["" if is_missing(value) else next(texts) for value in values]


def bounded_text(unit: str, value: Any, lower: Any, upper: Any, say: Any) -> tuple[str, str]:
    """A value and its interval as texts, the interval empty where it has none."""
    text, least, most = value_texts(unit, value, lower, upper)
    if text and unit == "percentage_points":
        text = f"{text} {say.REPORT_AXES['pp']}"
    return text, f"{least} {say.REPORT['to']} {most}" if least and most else ""


def is_missing(value: Any) -> bool:
    """Whether there is nothing to show."""
    return value is None or bool(pd.api.types.is_scalar(value) and pd.isna(value))


def short(text: object) -> str:
    """A name in one line, cut where it is very long."""
    line = " ".join(str(text).split())
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"


def _label(value: Any) -> str:
    if is_missing(value):
        return ""
    return short(moment_text(value) if isinstance(value, pd.Timestamp) else value)


def _whole(values: Sequence[float]) -> bool:
    return all(float(value).is_integer() for value in values)


def _largest(values: Sequence[float]) -> float:
    return max(map(abs, values))
