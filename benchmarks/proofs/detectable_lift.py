"""Are lifts of the size that detectable_lift names found in 80 % of promotions, and no others?

Simulated weekly sales (three years, a season of the year, correlated noise, no promotion): each gets
one promotion in a random week, of the size that `detectable_lift` names at 80 % power. The whole
analysis, `promotion_effect` with its search for a model, is then run on it. A lift is found when
its 95 % interval lies above 0, a decline when its interval lies below 0. The last rows are windows
in which nothing was planted. The table is printed as Markdown; it takes about ten minutes.

    python benchmarks/proofs/detectable_lift.py [series]
"""

import math
import sys

import numpy as np
import pandas as pd

from cemkit.forecasting import promotion_regressors, simulate_weekly_sales
from cemkit.impact import detectable_lift, promotion_effect

SERIES = 400
AFTER = 2


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


def row(name: str, found: list[bool]) -> None:
    share = float(np.mean(found))
    error = math.sqrt(share * (1 - share) / len(found))
    print(f"| {name} | {len(found):,} | {100 * share:.1f} % | {100 * error:.1f} |", flush=True)


def main(series: int) -> None:
    lifts: dict[str, list[bool]] = {"7 days": [], "14 days": [], "7 days, November and December louder": []}
    dips: list[bool] = []
    false, fast, loud = [], [], []
    for seed in range(series):
        rng = np.random.default_rng(10_000 + seed)
        for name in lifts:
            days = 14 if name.startswith("14") else 7
            sales = without_promotions(seed)
            if "louder" in name:
                sales = louder_before_christmas(sales, seed)
            found = detectable_lift(sales, days, after=AFTER)
            table = found.table.dropna(subset="detectable_lift")
            if "louder" in name:
                table = table[table["start_date"].dt.month >= 11]
            one = table.iloc[int(rng.integers(len(table)))]
            start, lift, dip = one["start_date"], one["detectable_lift"], one["detectable_dip"]
            try:
                lifts[name].append(analysed(planted(sales, start, days, lift, 0.0), start, days)[0])
                if name == "7 days":
                    fast.append(found.placebo_rate)
                    dips.append(analysed(planted(sales, start, days, lift, dip), start, days)[1])
                    for place in rng.choice(len(table), 3, replace=False).tolist():
                        other = table["start_date"].iloc[place]
                        false.append(analysed(sales, other, days)[2])
            except Exception as error:  # noqa: BLE001  counted as not found, and shown
                print(f"<!-- series {seed}, {name}: {error} -->")
                lifts[name].append(False)
    print("| what was planted | promotions | found | standard error |\n|---|---|---|---|")
    for name, results in lifts.items():
        row(f"the detectable lift, {name}", results)
    row("the detectable decline after it, 7 days", dips)
    row("nothing: the whole analysis again", false)
    print(
        f"| nothing: placebos of one fit, 7 days | {series} series | {100 * np.mean(fast):.1f} % | "
        f"{100 * np.std(fast) / math.sqrt(series):.1f} |"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SERIES)
