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
    """The discounts of a column as fractions, as they were written; NaN where one is missing.

    Args:
        values: Numbers; 0.7 held as float32 is 0.7.
        name: The column.

    Raises:
        DataError: They are not numbers.

    Examples:
        >>> read_discounts(pd.Series([0.7, None], dtype="float32")).tolist()
        [0.7, nan]
    """
    return np.round(written_floats(numbers(values, name)), DECIMALS)


def are_discounts(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which values are fractions above 0 and up to 1.

    Args:
        values: What `read_discounts` gave.

    Examples:
        >>> are_discounts(np.array([0.2, 1.0, 0.0, -0.2, 30.0, np.nan])).tolist()
        [True, True, False, False, False, False]
    """
    within: npt.NDArray[np.bool_] = (values > 0) & (values <= 1)
    return within


def check_discounts(values: pd.Series, name: str = "discount") -> npt.NDArray[np.float64]:
    """The discounts of a column, each of which is there, above 0 and at most 1.

    Args:
        values: Fractions of the amount.
        name: The column.

    Raises:
        DataError: One is missing, is not a number, or lies outside (0, 1].

    Examples:
        >>> check_discounts(pd.Series([20]))
        Traceback (most recent call last):
        ...
        cemkit.errors.DataError: discount must lie above 0 and be at most 1, not 20; 20 % is 0.2
    """
    read = read_discounts(values, name)
    if np.isnan(read).any():
        raise DataError(f"{name} has {np.isnan(read).sum():,} missing values")
    wrong = read[~are_discounts(read)]
    if len(wrong):
        raise DataError(f"{name} must lie above 0 and be at most 1, not {wrong[0]:g}; 20 % is 0.2")
    return read


def discount_text(discount: float, language: Language = "en") -> str:
    """A discount as people write it, exact to eight decimals of the fraction.

    Args:
        discount: The fraction taken off, above 0 and at most 1.
        language: `"en"` gives `20% off`; `"zh"` gives `8折（优惠20%）`, where 8 tenths of the price
            remain, and `免费（优惠100%）` where nothing does.

    Raises:
        ValueError: It lies outside (0, 1].

    Examples:
        >>> discount_text(0.07), discount_text(0.125, "zh")
        ('7% off', '8.75折（优惠12.5%）')
    """
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
    """The scope as it stands beside the discount; in Chinese its digits must not join those.

    Examples:
        >>> scope_text("iPhone 15", "zh") + discount_text(0.2, "zh")
        '“iPhone 15”8折（优惠20%）'
    """
    return f"“{scope}”" if language == "zh" and scope[-1:].isdigit() else scope
