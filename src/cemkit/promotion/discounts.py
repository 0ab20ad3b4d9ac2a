"""Discounts in words: the exact percentage, and 折 in Chinese."""

from decimal import Decimal

from cemkit.checks import check_choice, check_fraction
from cemkit.results import Language


def discount_text(discount: float, language: Language = "en") -> str:
    """A discount as people write it, exact to eight decimals of the fraction.

    Args:
        discount: The fraction taken off, inside (0, 1).
        language: `"en"` gives `20% off`; `"zh"` gives `8折（优惠20%）`, where 8 tenths of the price
            remain.

    Raises:
        ValueError: It lies outside (0, 1).

    Examples:
        >>> discount_text(0.07), discount_text(0.125, "zh")
        ('7% off', '8.75折（优惠12.5%）')
    """
    check_choice(language, "language", ["en", "zh"])
    # The shortest decimal of the float, so that 0.07 is 7 hundredths and not 7.000000000000001 %.
    fraction = round(Decimal(repr(check_fraction(discount, "discount"))), 8)
    if not 0 < fraction < 1:
        raise ValueError(f"discount {discount!r} is too near to 0 or 1 to be written")
    percent = f"{_plain(fraction * 100)}%"
    return (
        f"{percent} off" if language == "en" else f"{_plain(10 - fraction * 10)}折（优惠{percent}）"
    )


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
