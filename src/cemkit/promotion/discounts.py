"""Discounts in words."""

from decimal import Decimal

from cemkit.checks import check_choice, check_number
from cemkit.checks.options import shown
from cemkit.data.columns import written_float
from cemkit.data.offers import DECIMALS
from cemkit.promotion.wording import LANGUAGES
from cemkit.results import Language


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
