"""A promotion before and after: what could be seen, what came of it, and whether it pays.

Simulated sales of five drinks, of which three are promoted in turn.
"""

import numpy as np
import pandas as pd

from cemkit import impact
from cemkit.forecasting import holiday_regressors

WEEKS = pd.period_range("2022-01-03", periods=104, freq="W-SUN")
BRANDS = ["tea", "coffee", "cocoa", "milk", "juice"]


def drinks() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sales by week, and the calendar of the promotions."""
    rng = np.random.default_rng(0)
    sold = np.exp(7 + rng.normal(0, 0.08, (104, 5)))
    calendars = []
    for place, brand in enumerate(BRANDS[:3]):
        on = np.arange(6 + 3 * place, 100, 9)
        depth = np.resize([0.1, 0.2, 0.3], len(on))
        sold[on, place] *= (1 - depth) ** -1.2  # paid amounts: units rise by 2.2 % for 1 % off
        sold[on, 3] *= 0.85 if brand == "tea" else 1.0
        days = WEEKS[on].start_time
        own = {"series": brand, "name": range(len(on)), "start_date": days, "size": depth}
        calendars.append(pd.DataFrame(own).assign(end_date=days + pd.Timedelta(days=6)))
    return pd.DataFrame(sold, WEEKS, BRANDS), pd.concat(calendars, ignore_index=True)


def main() -> None:
    sales, promotions = drinks()
    tea = promotions[promotions["series"] == "tea"].drop(columns="series")
    fairs = pd.DataFrame(
        {
            "name": ["fair"],
            "start_date": ["2022-09-05"],
            "end_date": ["2022-09-11"],
            "recurring": True,
        }
    )
    X = holiday_regressors(sales.index, calendar=fairs)
    plan = impact.detectable_lift(sales["juice"], [7, 14], margin=0.4, discount=0.2, after=1, X=X)
    print(plan.sentence())
    print(impact.promotion_elasticity(sales["tea"], tea, after=0).sentence())
    print(impact.promotion_effects(sales, promotions, after=0).sentence())
    print(impact.product_cross_effects(sales, promotions).sentence())
    verdict = impact.worth_repeating(
        sales["tea"], tea, margin=0.5, others=sales[["milk"]], after=0, X=X
    )
    print(verdict.sentence())
    print(verdict.sentence("zh"))


if __name__ == "__main__":
    main()
