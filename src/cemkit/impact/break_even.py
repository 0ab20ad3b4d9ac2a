"""The lift that pays for a promotion, before it is run."""

import math
from dataclasses import dataclass

import numpy as np

from cemkit.arrays import Floats
from cemkit.checks import check_fraction, check_number


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What a planned promotion earns and costs; without a margin there is no break-even."""

    margin: float | None
    discount: float
    fixed_cost: float
    pull_forward_share: float

    @classmethod
    def of(
        cls,
        margin: float | None,
        discount: float | None,
        fixed_cost: float,
        pull_forward_share: float,
    ) -> "BreakEven":
        """Check what was given."""
        cost = check_number(fixed_cost, "fixed_cost", minimum=0)
        share = check_number(pull_forward_share, "pull_forward_share", minimum=0)
        if share > 1:
            raise ValueError(f"pull_forward_share must be at most 1, the whole lift; got {share:g}")
        if (margin is None) and (discount is not None or cost or share):
            raise ValueError(
                "the break-even needs the profit per unit of full-price sales; give it as margin="
            )
        if margin is None:
            return cls(None, 0.0, 0.0, 0.0)
        check_fraction(margin, "margin")
        if discount is None and not cost:
            raise ValueError("the cost of the promotion is unknown; give discount= or fixed_cost=")
        off = 0.0 if discount is None else check_number(discount, "discount", minimum=0)
        if off >= 1:
            raise ValueError(
                f"discount must lie from 0 to below 1, not {off:g}; write 0.2 for 20 %"
            )
        return cls(margin, off, cost, share)

    def full_price_lift(self, baseline: Floats) -> Floats:
        """The lift l with (m - d - m s) l B = d B + F; infinite where each sale loses money."""
        if self.margin is None:
            return np.full_like(baseline, math.nan)
        earned = self.margin * (1 - self.pull_forward_share) - self.discount
        if earned <= 0:
            return np.where(np.isfinite(baseline), math.inf, math.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            lift = (self.discount * baseline + self.fixed_cost) / (earned * baseline)
        return np.where(baseline > 0, lift, math.nan)

    def paid(self, full_price_lift: Floats) -> Floats:
        """The same in sales as they are paid, the discount taken off."""
        return (1 + full_price_lift) * (1 - self.discount) - 1
