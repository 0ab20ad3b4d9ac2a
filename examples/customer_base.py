"""What all customers will bring, and which model of value to trust: CDNOW, 1997 and 1998.

Run it with `python examples/customer_base.py`; it reads the CDNOW orders that come with lifetimes.
"""

import pandas as pd

from cemkit import ParetoNBDModel, load_cdnow
from cemkit.clv import compare_value_models, forecast_customer_base

AS_OF, HORIZON = "1997-09-30", 91

pd.set_option("display.width", 120)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.1f}".format)


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def main() -> None:
    """Forecast the base, then under a plan, and compare models in money."""
    orders = load_cdnow("sample")

    heading("The next quarter, if new customers come as in the last half year")
    forecast = forecast_customer_base(ParetoNBDModel(), orders, AS_OF, horizon_days=HORIZON)
    print(forecast.sentence())
    print(forecast.sentence("zh"))
    print(forecast.periods.head())

    heading("The same with a plan of 150 new customers a month")
    plan = pd.Series(150, pd.period_range("1997-10", periods=3, freq="M"))
    planned = forecast_customer_base(
        ParetoNBDModel(),
        orders,
        AS_OF,
        horizon_days=HORIZON,
        acquisition=plan,
        period="month",
        cohort="month",
    )
    print(planned.table[planned.table["cohort"] == "new"])
    print(planned.cohorts)

    heading("What came")
    after = orders[orders["order_date"] > AS_OF]
    after = after[after["order_date"] <= pd.Timestamp(AS_OF) + pd.Timedelta(days=HORIZON)]
    days = after.drop_duplicates(["customer_id", "order_date"])
    print(f"{len(days):,} purchases for {after['amount'].sum():,.0f}")

    heading("Which model of value, in money, over 120 days")
    comparison = compare_value_models(orders, "1997-12-31", 120)
    print(comparison.table.drop(columns=["rmse", "total"]).round(2))
    print(comparison.deciles["actual"].unstack("model"))
    print(comparison.sentence())


if __name__ == "__main__":
    main()
