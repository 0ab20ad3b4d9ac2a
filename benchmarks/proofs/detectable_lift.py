"""Are lifts of the size that detectable_lift names found in 80 % of promotions, and no others?

Simulated weekly sales (three years, a season of the year, correlated noise, no promotion): each
gets one promotion in a random week, of the size that `detectable_lift` names at 80 % power. The
whole analysis, `promotion_effect` with its search for a model, is then run on it. A lift is found
when its 95 % interval lies above 0, a decline when its interval lies below 0. What is planted adds
to what a window shows without it, so one fit also says of every window whether the lift would be
found there. In the last rows nothing was planted. The table is printed as Markdown, every 25 series
and at the end.

    python benchmarks/proofs/detectable_lift.py [series]
"""

import math
import sys

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cemkit.forecasting import promotion_regressors, simulate_weekly_sales
from cemkit.impact import detectable_lift, promotion_effect
from cemkit.impact.detectability import local_noise
from cemkit.impact.placebos import PlaceboFit
from cemkit.impact.study import forecaster_of

SERIES = 400
FALSE = 7  # windows of each series in which nothing is planted
AFTER = 2
KINDS = {  # days, and whether in November and December with further noise in these months
    "7 days": (7, False),
    "14 days": (14, False),
    "7 days, in months that are louder than the others": (7, True),
}


def without_promotions(seed: int) -> pd.Series:
    """Simulated sales, with the effects of their promotions taken out."""
    weekly = simulate_weekly_sales(random_state=seed)
    design = promotion_regressors(weekly.sales.index, weekly.promotions, after=4)
    effect = design.to_numpy() @ np.array([weekly.lift, *weekly.dips])
    return weekly.sales / np.exp(effect)


def louder_before_christmas(sales: pd.Series, seed: int) -> pd.Series:
    """The same with further noise in November and December."""
    rng = np.random.default_rng(seed)
    late = sales.index.start_time.month >= 11
    return sales * np.exp(0.25 * late * rng.standard_normal(len(sales)))


def planted(sales: pd.Series, start: pd.Timestamp, days: int, lift: float, dip: float) -> pd.Series:
    end = start + pd.Timedelta(days=days - 1)
    first = int(np.argmax(sales.index.start_time == start))
    weeks = days // 7
    factor = np.ones(len(sales))
    factor[first : first + weeks] += lift
    factor[first + weeks : first + weeks + AFTER] += dip / AFTER
    assert end <= sales.index[-1].end_time
    return sales * factor


def calendar(start: pd.Timestamp, days: int) -> pd.DataFrame:
    end = start + pd.Timedelta(days=days - 1)
    return pd.DataFrame({"name": ["planted"], "start_date": [start], "end_date": [end]})


def analysed(sales: pd.Series, start: pd.Timestamp, days: int) -> tuple[bool, bool, bool]:
    effect = promotion_effect(sales, calendar(start, days), after=AFTER, placebos=0)
    return (
        effect.lift_lower > 0,
        effect.dip_upper < 0,
        effect.lift_lower > 0 or effect.lift_upper < 0,
    )


def in_every_window(sales: pd.Series, days: int) -> float:
    """The share of windows in which one fit would find the detectable lift."""
    model, series = forecaster_of(sales, "auto", "auto")
    fit = PlaceboFit.of(series, pd.DataFrame(index=series.index), None, model, AFTER)
    ratios = np.array([one.ratio for one in fit.windows(days) if one is not None])
    noise = local_noise(ratios, 7.0 * np.arange(len(ratios)), days)
    return float((ratios > -noise * ndtri(0.8)).mean())


def row(name: str, found: list[bool]) -> None:
    share = float(np.mean(found))
    error = math.sqrt(share * (1 - share) / len(found))
    print(f"| {name} | {len(found):,} | {100 * share:.1f} % | {100 * error:.1f} |", flush=True)


def main(series: int) -> None:
    lifts: dict[str, list[bool]] = {name: [] for name in KINDS}
    dips: list[bool] = []
    false: list[bool] = []
    rates: list[float] = []
    shares: dict[int, list[float]] = {7: [], 14: []}
    placebos = 0
    for seed in range(series):
        rng = np.random.default_rng(10_000 + seed)
        quiet = without_promotions(seed)
        loud = louder_before_christmas(quiet, seed)
        found = detectable_lift(quiet, [7, 14], after=AFTER)
        of_loud = detectable_lift(loud, 7, after=AFTER).table
        rates.append(found.placebo_rate)
        placebos += found.placebos
        for length, known in shares.items():
            known.append(in_every_window(quiet, length))
        for name, (days, is_late) in KINDS.items():
            table = of_loud if is_late else found.table
            table = table[(table["length_days"] == days) & table["detectable_lift"].notna()]
            sales = loud if is_late else quiet
            table = table[table["start_date"].dt.month >= 11] if is_late else table
            one = table.iloc[int(rng.integers(len(table)))]
            start, lift, dip = one["start_date"], one["detectable_lift"], one["detectable_dip"]
            lifts[name].append(analysed(planted(sales, start, days, lift, 0.0), start, days)[0])
            if name == "7 days":
                dips.append(analysed(planted(sales, start, days, lift, dip), start, days)[1])
                starts = table["start_date"].iloc[rng.choice(len(table), FALSE, replace=False)]
                false += [analysed(sales, other, days)[2] for other in starts]
        if seed % 25 == 24:
            show(lifts, dips, false)
    show(lifts, dips, false)
    for length, known in shares.items():
        error = 100 * np.std(known) / math.sqrt(series)
        print(
            f"| the detectable lift, {length} days, in every window of one fit | {series} series | "
            f"{100 * np.mean(known):.1f} % | {error:.1f} |"
        )
    print(
        f"| nothing: placebos of one fit, 7 and 14 days | {placebos:,} | "
        f"{100 * np.mean(rates):.1f} % | {100 * np.std(rates) / math.sqrt(series):.1f} |"
    )


def show(lifts: dict[str, list[bool]], dips: list[bool], false: list[bool]) -> None:
    print("\n| what was planted | promotions | found | standard error |\n|---|---|---|---|")
    for name, results in lifts.items():
        row(f"the detectable lift, {name}", results)
    row("the detectable decline after it, 7 days", dips)
    row("nothing: the whole analysis again, 7 days", false)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SERIES)
