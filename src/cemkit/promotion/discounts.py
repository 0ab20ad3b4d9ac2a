"""Discounts: fractions above 0 and up to 1, read alike wherever they stand."""

from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_choice, check_number
from cemkit.checks.options import shown
from cemkit.data.columns import numbers, written_float, written_floats
from cemkit.errors import DataError
from cemkit.promotion.wording import LANGUAGES
from cemkit.results import Language

DECIMALS = 8  # of the fraction; what lies beyond is rounding


def read_discounts(values: pd.Series, name: str = "discount") -> npt.NDArray[np.float64]:
    """The discounts of a column as fractions, as they were written; NaN where one is missing."""
    return np.round(written_floats(numbers(values, name)), DECIMALS)


def are_discounts(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which values are fractions above 0 and up to 1."""
    within: npt.NDArray[np.bool_] = (values > 0) & (values <= 1)
    return within


def check_discounts(values: pd.Series, name: str = "discount") -> npt.NDArray[np.float64]:
    """The discounts of a column, each of which is there, above 0 and at most 1."""
    read = read_discounts(values, name)
    if np.isnan(read).any():
        raise DataError(f"{name} has {np.isnan(read).sum():,} missing values")
    wrong = read[~are_discounts(read)]
    if len(wrong):
        raise DataError(f"{name} must lie above 0 and be at most 1, not {wrong[0]:g}; 20 % is 0.2")
    return read


def discount_text(discount: float, language: Language = "en") -> str:
    """A discount as people write it, exact to eight decimals of the fraction."""
    check_choice(language, "language", LANGUAGES)
    check_number(discount, "discount")
    # The shortest decimal of the float, so that 0.07 is 7 hundredths and not 7.000000000000001 %.
    fraction = round(Decimal(repr(written_float(discount))), DECIMALS)
    if not 0 < fraction <= 1:
        raise ValueError(
            f"discount must lie above 0 and be at most 1, not {shown(discount)}; 20 % is 0.2"
        )
    percent = f"{_plain(fraction * 100)}%"
    if language == "zh":
        return (
            f"{_plain(10 - fraction * 10)}折（优惠{percent}）"
            if fraction < 1
            else f"免费（优惠{percent}）"
        )
    return f"{percent} off"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def scope_text(scope: str, language: Language) -> str:
    """The scope as it stands beside the discount; in Chinese its digits must not join those."""
    return f"“{scope}”" if language == "zh" and scope[-1:].isdigit() else scope
