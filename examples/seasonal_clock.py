"""When most is bought at Christmas: a purchase model on a seasonal clock, on simulated orders.

Run it with `python examples/seasonal_clock.py`.
"""

import numpy as np
import pandas as pd

from cemkit import BetaGeoModel, customer_table, simulate_orders
from cemkit.clv import SeasonalClock, choose_clock, forecast_customer_base

AS_OF, HORIZON = "2023-08-31", 91
DAYS = ["start_date", "end_date"]
SALES = pd.DataFrame(
    {
        "name": "sale",
        "start_date": ["2022-03-07", "2023-03-06", "2023-10-02"],
        "end_date": ["2022-03-13", "2023-03-12", "2023-10-08"],
    }
)


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def seasonal_orders() -> pd.DataFrame:
    """Three years of orders, most of them around 1 December and in sales."""
    drawn = simulate_orders(5_000, start_date="2021-01-01", n_days=1095, acquisition_days=900).table
    turn = 2 * np.pi * (drawn["order_date"].dt.day_of_year - 335) / 365
    day = drawn["order_date"]
    on_sale = np.any([day.between(*days) for days in SALES[DAYS].to_numpy()], axis=0)
    chance = np.exp(0.6 * np.cos(turn) - 0.6) * np.where(on_sale, 1.8, 1.0)
    kept = np.random.default_rng(0).random(len(turn)) < chance
    return drawn[kept].reset_index(drop=True)


def main() -> None:
    """Estimate the clock, ask models on it and in calendar days, and forecast under a plan."""
    orders = seasonal_orders()
    customers = customer_table(orders, AS_OF)

    heading("The clock, from the orders up to 31 August")
    clock = SeasonalClock().fit(orders, AS_OF)
    print(clock.sentence())
    print(clock.sentence("zh"))
    print(clock.intensity("2023-11-20", "2023-11-26").round(2))

    heading("Does this shop need it? Hold-outs inside the past")
    print(choose_clock(orders, AS_OF).sentence())

    heading(f"Purchases of the next {HORIZON} days")
    later = orders[orders["customer_id"].isin(customers.index)]
    end = pd.Timestamp(AS_OF) + pd.Timedelta(days=HORIZON)
    later = later[(later["order_date"] > AS_OF) & (later["order_date"] <= end)]
    print(f"made: {len(later.drop_duplicates(['customer_id', 'order_date'])):,}")
    for name, each in (("calendar days", None), ("seasonal clock", clock)):
        model = BetaGeoModel(clock=each).fit(customers)
        print(f"{name}: {model.expected_purchases(customers, HORIZON).sum():,.0f}")

    heading("With a sale in the autumn, like those of the two springs")
    model = BetaGeoModel(clock=SeasonalClock(events=SALES[:2]).fit(orders, AS_OF)).fit(customers)
    for title, plan in (("with the sale", SALES[2:]), ("without", None)):
        planned = model.with_plan(plan, until=end)
        print(f"{title}: {planned.expected_purchases(customers, HORIZON).sum():,.0f}")

    heading("The whole base, with its interval")
    forecast = forecast_customer_base(
        BetaGeoModel(clock=clock), orders, AS_OF, horizon_days=HORIZON, period="month", n_draws=200
    )
    print(forecast.sentence())
    print(forecast.periods[["new_customers", "purchases", "purchases_lower", "purchases_upper"]])


if __name__ == "__main__":
    main()
