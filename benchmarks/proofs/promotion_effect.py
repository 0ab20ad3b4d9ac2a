"""How often `promotion_effect` finds a decline, and how often its intervals hold the truth.

Run it as `python benchmarks/proofs/promotion_effect.py 1000` and save what it prints as
`benchmarks/proofs/promotion_effect.md`; the number is that of the shops with a dip, and of those
without. A shop takes half a second.

Shops are those of `simulate_weekly_sales`: 169 weeks, with promotions whose lift and dip are known.
"""

import sys

import numpy as np

from cemkit.forecasting import simulate_weekly_sales
from cemkit.impact import promotion_effect


def main(shops: int) -> None:
    """Print the table."""
    declines: dict[bool, list[bool]] = {True: [], False: []}
    lifts, dips = [], []
    for seed in range(shops):
        for has_dip, found in declines.items():
            weekly = simulate_weekly_sales(random_state=seed, has_dip=has_dip)
            effect = promotion_effect(weekly.sales, weekly.promotions, placebos=0)
            found.append(effect.decline_p_value < 0.05)
            lifts.append(effect.lift_lower <= np.expm1(weekly.lift) <= effect.lift_upper)
            dips.append(effect.dip_lower <= np.expm1(weekly.dips).sum() <= effect.dip_upper)
    print("Promotions in simulated weekly sales; printed by")
    print(
        f"`python benchmarks/proofs/promotion_effect.py {shops}`. By default the script runs 1,000"
    )
    print("shops with a dip after each promotion and 1,000 without.\n")
    print("| what | share | standard error |")
    print("|---|---|---|")
    rows = {
        f"a decline found (p < .05), {shops} shops with a dip": declines[True],
        f"a decline found (p < .05), {shops} shops without": declines[False],
        "the lift lies in its 95 % interval, both": lifts,
        "the dip lies in its 95 % interval, both": dips,
    }
    for name, values in rows.items():
        share = float(np.mean(values))
        print(f"| {name} | {share:.1%} | {np.sqrt(share * (1 - share) / len(values)):.1%} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
