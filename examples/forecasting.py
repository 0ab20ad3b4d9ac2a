"""Sales to come, and an audit of promotions: did they lift sales, or only move them forward?

Run it with `python examples/forecasting.py`; it reads the CDNOW orders that come with lifetimes,
and simulates a shop with promotions, so that the audit can be compared with the truth.
"""

import numpy as np
import pandas as pd

from cemkit import (
    ARIMAForecaster,
    backtest,
    load_cdnow,
    prepare_orders,
    promotion_effect,
    promotion_profit,
    sales_from_orders,
)
from cemkit.forecasting import promotion_regressors, simulate_weekly_sales

pd.set_option("display.width", 110)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.2f}".format)


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def forecast_cdnow() -> None:
    orders = prepare_orders(load_cdnow())
    weekly = sales_from_orders(orders, "week", start="1997-04-07", end="1998-06-28")
    heading("1. CDNOW: weekly sales after the cohort was complete, and the next four weeks")
    forecaster = ARIMAForecaster(power="auto").fit(weekly)
    print(forecaster.summary())
    print(f"\n{forecaster.forecast(4)}")
    print(f"\nAll four weeks together:\n{forecaster.forecast_total(4)}")
    print(f"\n{forecaster.diagnose().sentence()}")

    heading("2. Would it have been right? Six origins, four weeks each")
    models = {"average": ARIMAForecaster(), "one model": ARIMAForecaster(search="stepwise")}
    result = backtest(weekly, steps=4, origins=6, models=models)
    print(result.table)
    print(result.sentence())


def audit_promotions() -> None:
    shop = simulate_weekly_sales(random_state=4)
    heading(f"3. A simulated shop: {len(shop.promotions)} promotions in {len(shop.sales)} weeks")
    effect = promotion_effect(shop.sales, shop.promotions)
    print(effect.sentence())
    print(effect.sentence("zh"))
    truth = {"lift": np.expm1(shop.lift), "dip, in weeks of sales": np.expm1(shop.dips).sum()}
    found = [(effect.lift, effect.lift_lower, effect.lift_upper)]
    found += [(effect.dip, effect.dip_lower, effect.dip_upper)]
    table = pd.DataFrame(found, index=list(truth), columns=["estimate", "lower", "upper"])
    print(f"\n{table.assign(truth=list(truth.values()))}")
    columns = ["baseline_amount", "lift_amount", "dip_amount", "net_amount", "decline_probability"]
    print(f"\n{effect.table[columns].head()}")

    heading("4. What the promotions earned at a margin of 45 % and a discount of 15 %")
    profit = promotion_profit(effect, margin=0.45, discount=0.15, fixed_cost=50)
    print(profit.table)
    print(profit.sentence())

    heading("5. The next quarter, with a promotion planned in its third week")
    index = shop.sales.index
    start = index[-1].end_time.normalize() + pd.Timedelta(days=15)
    planned = pd.DataFrame(
        {"name": ["planned"], "start_date": [start], "end_date": [start + pd.Timedelta(days=6)]}
    )
    plan = pd.concat([shop.promotions, planned])
    forecaster = ARIMAForecaster(power=0.0)
    forecaster.fit(shop.sales, X=promotion_regressors(index, shop.promotions))
    future = forecaster.future_index(8)
    print(forecaster.forecast(8, X=promotion_regressors(index.append(future), plan)))


if __name__ == "__main__":
    forecast_cdnow()
    audit_promotions()
