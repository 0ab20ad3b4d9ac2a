"""The loop on real orders: who customers are, what they will do, what worked, what comes next.

Run it with `python examples/quickstart.py`; it reads the CDNOW orders that come with lifetimes.
"""

import pandas as pd
from sklearn.model_selection import cross_val_score

from cemkit import (
    ARIMAForecaster,
    BetaGeoModel,
    ChurnModel,
    CustomerClusters,
    CustomerLifetimeValue,
    RFMSegmenter,
    customer_table,
    label_churn,
    load_cdnow,
    prepare_orders,
    proportion_test,
)

pd.set_option("display.width", 100)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.2f}".format)


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def main() -> None:
    """Run every step once."""
    orders = prepare_orders(load_cdnow())
    customers = customer_table(orders, as_of="1998-06-30")
    heading(f"1. Data: {len(orders):,} orders become {len(customers):,} customers")
    print(customers[["order_count", "total_amount", "recency_days", "tenure_days"]].describe())

    heading("2. Segmentation: RFM segments")
    segmented = RFMSegmenter().fit(customers).add_to(customers)
    by_segment = segmented.groupby("segment").agg(
        customers=("segment", "size"),
        revenue=("total_amount", "sum"),
        median_recency_days=("recency_days", "median"),
        median_orders=("order_count", "median"),
    )
    print(by_segment.sort_values("revenue", ascending=False))

    heading("   Segmentation: K-means clusters (centres in days, orders and dollars)")
    features = customers[["recency_days", "order_count", "total_amount"]]
    clusters = CustomerClusters(n_clusters=4).fit(features)
    sizes = clusters.add_to(features)["cluster"].value_counts()
    print(clusters.centers().assign(customers=sizes))

    heading("3. Prediction: who will not buy in the next 182 days (as of 1997-09-30)")
    known = customer_table(orders, as_of="1997-09-30", include="activity")
    churned = label_churn(orders, as_of="1997-09-30", window_days=182)
    auc = cross_val_score(ChurnModel(), known, churned, scoring="roc_auc", cv=5).mean()
    print(f"{len(known):,} customers, {churned.mean():.2%} churned; AUC {auc:.4f} in 5-fold")
    at_risk = ChurnModel().fit(known, churned).add_to(known)
    print(at_risk[["recency_days", "order_count", "churn_probability"]].head())

    heading("   Prediction: lifetime value of the papers' tenth sample, 1 year at 10 %")
    sample = customer_table(load_cdnow("sample"), as_of="1997-09-30")
    model = BetaGeoModel().fit(sample)
    print("BG/NBD per day: ", model.params_.round(4).to_dict())
    value = CustomerLifetimeValue(annual_discount_rate=0.10, horizon_days=365).fit(sample)
    print("Gamma-Gamma:    ", value.spend_.params_.round(4).to_dict())
    columns = ["alive_probability", "expected_purchases", "expected_mean_amount", "clv"]
    print(value.add_to(sample)[columns].nlargest(5, "clv"))

    heading("   Prediction: weekly sales, the next four weeks")
    weekly = orders.set_index("order_date")["amount"].resample("W").sum()
    settled = weekly.loc["1997-04-01":"1998-06-28"]  # after the cohort was complete, whole weeks
    forecaster = ARIMAForecaster().fit(settled)
    print(f"ARIMA{forecaster.order_}, AICc {forecaster.aicc_:,.2f}")
    print(forecaster.forecast(steps=4))

    heading("4. Measurement: did the personalised discount win?")
    result = proportion_test([143, 192], [1000, 1000], labels=["uniform", "personalised"])
    print(result.sentence())
    print(result.sentence("zh"))


if __name__ == "__main__":
    main()
