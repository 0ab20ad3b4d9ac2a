"""What a table says, as customers read it: text as it is, numbers as people write them."""

import re
from collections.abc import Mapping
from decimal import Decimal
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.ids import MISSING_TEXTS
from cemkit.checks.options import shown
from cemkit.data.columns import distinct_values
from cemkit.errors import DataError

NUMBER = Integral | float | np.floating | Decimal
# What would break a line or a header, or turn the direction of the text.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def one_line(value: object, name: str = "a text") -> str:
    """The value in one line of text; empty where it is missing, blank, or a word such as "nan"."""
    if isinstance(value, str):
        text = UNPRINTABLE.sub(" ", value).strip()
        return "" if text in MISSING_TEXTS else text
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, bool | np.bool_) or not isinstance(value, NUMBER):
        raise DataError(f"{name} must hold text, not {shown(value)}; convert it first")
    number = Decimal(str(value))
    if number.is_nan():
        return ""
    if not number.is_finite():
        raise DataError(f"{name} must hold text, not {shown(value)}; convert it first")
    return f"{number.to_integral_value() if number == int(number) else number.normalize():f}"


def one_lines(values: pd.Series, name: str) -> npt.NDArray[np.object_]:
    """The values of a column, each in one line of text; empty where there is none."""
    codes, distinct = distinct_values(values, name)
    return np.array([*_lines(distinct, name), ""], dtype=object)[codes]


def _lines(values: list[Any], name: str) -> list[str]:
    """Each value in one line; plain texts, which most are, all at once."""
    if set(map(type, values)) <= {str} and not UNPRINTABLE.search("".join(values)):
        stripped = (value.strip() for value in values)
        return ["" if text in MISSING_TEXTS else text for text in stripped]
    return [one_line(value, name) for value in values]


def language_code(language: str) -> str:
    """The language alone: "zh" of "zh-CN" and of "ZH_hans"."""
    return re.split("[-_]", language.strip().casefold())[0]


def filled(text: str, places: Mapping[str, str]) -> str:
    """A text of the catalogue with its places filled, each once: what is put in is not read."""
    head, *rest = text.split("{")
    parts = [part.split("}", 1) for part in rest]
    return head + "".join(places[name] + tail for name, tail in parts)
