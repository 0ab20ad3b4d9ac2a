"""Discounts in words."""

from decimal import Decimal

from cemkit.checks import check_number
from cemkit.checks.options import shown
from cemkit.data.columns import written_float
from cemkit.data.offers import DECIMALS


def discount_fraction(discount: float) -> Decimal:
    """A discount exact to eight decimals of the fraction, as it was written."""
    check_number(discount, "discount")
    # The shortest decimal of the float, so that 0.07 is 7 hundredths and not 7.000000000000001 %.
    fraction = round(Decimal(repr(written_float(discount))), DECIMALS)
    if not 0 < fraction <= 1:
        raise ValueError(
            f"discount must lie above 0 and be at most 1, not {shown(discount)}; write 0.2 for 20 %"
        )
    return fraction
