"""Churn from labels to money on real orders, and the source article's ten customers put right.

Run it with `python examples/churn.py`; it reads the CDNOW orders that come with lifetimes.
"""

import warnings

import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from cemkit import (
    ChurnModel,
    customer_table,
    evaluate_churn,
    label_churn,
    load_cdnow,
    prepare_orders,
    retention_profit,
    suggest_window,
    training_snapshots,
)
from cemkit.churn import check_leakage, feature_drift, model_card
from cemkit.errors import CemkitWarning

pd.set_option("display.width", 110)
pd.set_option("display.max_columns", 20)
pd.set_option("display.max_colwidth", 70)
pd.set_option("display.float_format", "{:,.3f}".format)


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def the_article() -> None:
    """Ten customers: the article's unscaled fit fires, and neither fit can be trusted."""
    customers = pd.DataFrame(
        {
            "purchase_frequency": [1, 3, 2, 5, 1, 4, 2, 6, 1, 3],
            "days_since_last_purchase": [30, 5, 10, 2, 45, 1, 15, 3, 60, 8],
            "avg_order_value": [50, 100, 75, 150, 40, 120, 80, 200, 30, 90],
        }
    )
    churned = pd.Series([1, 0, 0, 0, 1, 0, 0, 0, 1, 0])
    train, test, outcome, truth = train_test_split(
        customers, churned, test_size=0.3, random_state=42
    )
    asked = pd.DataFrame([[2, 20, 60]], columns=customers.columns)
    for scale in (False, True):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", CemkitWarning)
            model = ChurnModel(scale=scale).fit(train, outcome)
        probability = model.predict_proba(asked)[0, 1]
        verdict = "fires" if model.predict(asked)[0] else "does not fire"
        print(f"scale={scale!s:5}  probability {probability:.3f}  {verdict}")
    print(f"\nWarning: {caught[0].message}")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CemkitWarning)
        read = evaluate_churn(truth, model.add_to(test)["churn_probability"])
    print(f"Warning: {caught[0].message}\n")
    print(f"n {read.customers}, base rate {read.base_rate:.3f}")
    print(read.table.loc[["accuracy", "recall", "f1", "roc_auc"]])


def main() -> None:
    """Run every step once."""
    heading("1. The article's ten customers")
    the_article()

    orders = prepare_orders(load_cdnow())
    heading("2. How long a silence is churn?")
    print(suggest_window(orders).sentence())

    heading("3. Train on one quarter's outcome, test on the next")
    # The outcome window of the first date ends where the second begins.
    both = training_snapshots(orders, ["1997-06-30", "1997-09-30"], window_days=92)
    before = both.xs(pd.Timestamp("1997-06-30"), level="as_of")
    after = both.xs(pd.Timestamp("1997-09-30"), level="as_of")
    features = before.drop(columns="churned")
    check_leakage(features, before["churned"])
    model = ChurnModel().fit(features, before["churned"])
    scored = model.add_to(after)
    read = evaluate_churn(
        after["churned"], scored["churn_probability"], after[["recency_days"]], n_resamples=100
    )
    print(read.sentence())
    print(
        read.table.loc[["roc_auc", "average_precision", "brier", "log_loss", "calibration_slope"]]
    )
    print(read.comparison)

    heading("4. Why: odds ratios, and the reasons of three customers")
    few = ["recency_days", "order_count", "mean_amount", "silent_share"]
    odds = ChurnModel(penalty=0).fit(before[few], before["churned"]).coefficients()
    print(odds.table[["odds_ratio", "odds_ratio_lower", "odds_ratio_upper", "p_value"]])
    print(model.explain(scored.head(3), top=2).to_string())

    heading("5. Whom to contact")
    # A customer who stays is worth a margin of 30 % on a year of buying as so far.
    clv = 0.3 * scored["total_amount"].clip(lower=0) / scored["tenure_days"] * 365
    plan = retention_profit(
        scored["churn_probability"], clv, offer_cost=5, contact_cost=0.5, acceptance_rate=0.15
    )
    print(plan.sentence())

    heading("6. Do the customers still look the same?")
    print(feature_drift(features, scored[features.columns]).table.head(4))

    heading("7. On record")
    print(model_card(model, read, "1997-06-30", 92, limits=["one cohort of a music shop, 1997"]))

    heading("8. The leakage trap: features read on the wrong day")
    churned = label_churn(orders, "1997-09-30", 182)
    for day in ("1997-09-30", "1998-03-31"):
        known = customer_table(orders, day, include="activity").loc[churned.index]
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", CemkitWarning)
            fitted = ChurnModel().fit(known, churned).add_to(known)
            check_leakage(known, churned)
        auc = roc_auc_score(churned, fitted["churn_probability"])
        print(f"features as of {day}: AUC {auc:.4f}; warnings: {len(caught)}")


if __name__ == "__main__":
    main()
