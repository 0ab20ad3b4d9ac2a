"""Forecasts of Online Retail by `forecast_customer_base` and by `ARIMAForecaster`, and what came.

Run it as `python benchmarks/proofs/base_or_arima.py > benchmarks/proofs/base_or_arima.md`, with
CEMKIT_REFERENCE_DATA naming the folder of the reference data. It takes about a minute.

Net revenue and purchases of known customers over 13 weeks, seen from three days. An error per week
is the mean absolute difference of forecast and net revenue of a week.
"""

import os
from pathlib import Path

import pandas as pd

import cemkit as ck
from cemkit.clv import SeasonalClock, forecast_customer_base

DAYS = ("2011-09-09", "2011-06-10", "2011-03-11")
HORIZON = 91


def online_retail() -> pd.DataFrame:
    """Online Retail II of 2010 and Online Retail, returns included."""
    folder = Path(os.environ["CEMKIT_REFERENCE_DATA"])
    parts = []
    for name in ("online_retail_2010", "online_retail"):
        lines = pd.read_parquet(folder / f"{name}.parquet").dropna(subset=["CustomerID"])
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": lines["CustomerID"].astype(int),
                    "order_date": pd.to_datetime(lines["InvoiceDate"]).dt.normalize(),
                    "amount": lines["Quantity"] * lines["UnitPrice"],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def with_interval(middle: float, lower: float, upper: float) -> str:
    """A forecast with its interval."""
    return f"{middle:,.0f} ({lower:,.0f} to {upper:,.0f})"


def weekly(table: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """Amounts of the weeks that end on the weekday of `day`, up to the horizon."""
    days = table.groupby("order_date")["amount"].sum()
    days = days.reindex(pd.date_range(days.index.min(), day + pd.Timedelta(days=HORIZON)))
    weeks = days.fillna(0).resample(f"W-{day.day_name()[:3].upper()}").sum()
    return weeks.to_period(f"W-{day.day_name()[:3].upper()}")


def main() -> None:
    """Print the two tables."""
    orders = ck.prepare_orders(online_retail())
    print("Forecasts of Online Retail I and II over 13 weeks; written by")
    print("`benchmarks/proofs/base_or_arima.py`. BG/NBD in the customer base, intervals of 95 %.\n")
    print("| seen on | time | purchases made | forecast | weeks inside | revenue made | forecast |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for text in DAYS:
        day = pd.Timestamp(text)
        end = day + pd.Timedelta(days=HORIZON)
        later = orders[(orders["order_date"] > day) & (orders["order_date"] <= end)]
        days = later[later["amount"] > 0].drop_duplicates(["customer_id", "order_date"])
        week = (days["order_date"] - day).dt.days.sub(1) // 7
        made, revenue = week.value_counts().sort_index(), later["amount"].sum()
        for name, clock in (("calendar days", None), ("clock", SeasonalClock().fit(orders, text))):
            base = forecast_customer_base(
                ck.BetaGeoModel(clock=clock), orders, text, horizon_days=HORIZON
            )
            found = base.periods
            inside = (made.to_numpy() >= found["purchases_lower"]) & (
                made.to_numpy() <= found["purchases_upper"]
            )
            purchases = with_interval(base.purchases, base.purchases_lower, base.purchases_upper)
            amounts = with_interval(base.revenue, base.revenue_lower, base.revenue_upper)
            print(
                f"| {text} | {name} | {len(days):,} | {purchases} | {inside.sum()} of 13 | "
                f"{revenue:,.0f} | {amounts} |"
            )
        sales = weekly(orders, day)
        past, future = sales[sales.index.end_time <= day + pd.Timedelta(days=1)], sales[-13:]
        arima = ck.ARIMAForecaster().fit(past.iloc[1:])
        total = arima.forecast_total(13)
        errors = [
            abs(forecast - future.to_numpy())
            for forecast in (found["revenue"].to_numpy(), arima.forecast(13)["forecast"].to_numpy())
        ]
        rows.append(
            f"| {text} | {amounts} | {errors[0].mean():,.0f} | {errors[0][:4].mean():,.0f} "
            f"| {with_interval(total['forecast'], total['lower'], total['upper'])} "
            f"| {errors[1].mean():,.0f} | {errors[1][:4].mean():,.0f} |"
        )
    print("\nThe base on a clock against an ARIMA of weekly net revenue; errors per week.\n")
    print("| seen on | customer base | error | first 4 weeks | ARIMA | error | first 4 weeks |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
