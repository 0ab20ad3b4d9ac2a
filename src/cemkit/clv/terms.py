"""Terms of a valuation: how far ahead, and at which rate of discount."""

import math

from cemkit.checks import check_number, check_positive

DAYS_PER_YEAR = 365
LONGEST_HORIZON = 10_000_000  # days, 27,000 years: beyond, only rounding and work are left
SMALLEST_RATE = 1e-9  # per year, indefinitely; below, a value depends on the millions of years


def check_horizon(horizon_days: float) -> float:
    """`horizon_days` as a float above 0 and not beyond what can be computed."""
    horizon = check_positive(horizon_days, "horizon_days")
    if horizon > LONGEST_HORIZON:
        raise ValueError(
            f"horizon_days must be at most {LONGEST_HORIZON:,}, not {horizon_days!r}; time is in "
            "days"
        )
    return horizon


def check_discount(
    annual_discount_rate: float, horizon_days: float | None
) -> tuple[float, float | None]:
    """The continuous rate per day and the horizon, when a value under both is finite."""
    annual = check_number(annual_discount_rate, "annual_discount_rate", minimum=0)
    horizon = None if horizon_days is None else check_horizon(horizon_days)
    if annual < SMALLEST_RATE and horizon is None:
        raise ValueError(
            f"annual_discount_rate={annual:g} without a horizon has no finite value; set "
            "horizon_days"
        )
    return daily_rate(annual), horizon


def daily_rate(annual_discount_rate: float) -> float:
    """The continuous rate per day that comes to a rate per year."""
    return math.log1p(annual_discount_rate) / DAYS_PER_YEAR
