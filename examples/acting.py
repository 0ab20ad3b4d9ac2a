"""Acting on who somebody is: segments, stages and tiers to offers; and on what has just changed.

Runs on CDNOW, and on the UCI Online Retail orders where the environment variable
CEMKIT_REFERENCE_DATA names a folder with `online_retail.parquet`.
"""

import os
from pathlib import Path

import pandas as pd

from cemkit import (
    LifecycleStages,
    RFMSegmenter,
    customer_table,
    fire_triggers,
    load_cdnow,
    prepare_orders,
)
from cemkit.churn import PropensityModel, evaluate_propensity, label_repurchase
from cemkit.promotion import actions_for, standard_offers
from cemkit.segmentation import stage_value_risk, standard_stages, value_tiers


def snapshot(orders: pd.DataFrame, day: str, earlier: pd.DataFrame | None) -> pd.DataFrame:
    """Return the customers of a day with segment, stage and value tier."""
    customers = customer_table(orders, day, include="trend")
    segmented = RFMSegmenter().fit(customers).add_to(customers)
    segmented["previous_stage"] = (
        None if earlier is None else earlier["stage"].reindex(segmented.index)
    )
    staged = LifecycleStages(standard_stages(segmented)).fit().add_to(segmented)
    return value_tiers(staged, "total_amount").add_to(staged)


def rules() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("at risk", "segment becomes At risk and value_tier = High value", "win_back"),
            ("back again", "stage becomes reactivated", "welcome"),
            ("grew", "total_amount rose by 50% and order_count >= 3", "reward"),
            ("regular", "bought >= 3 times in 60 days and value_tier != Low value", "reward"),
        ],
        columns=["rule", "when", "then"],
    )


def offers() -> pd.DataFrame:
    """The standard offers, of which the dearest is not for everybody."""
    own = standard_offers().assign(eligible=None)
    own.loc[own["offer"] == "comeback 20", "eligible"] = "order_count >= 3 and total_amount >= 100"
    return own


def act(orders: pd.DataFrame, first: str, second: str, window_days: int) -> None:
    before = snapshot(orders, first, None)
    after = snapshot(orders, second, before)
    fired = fire_triggers(before, after, rules(), second, since=first, orders=orders)
    print(fired.ledger, "\n")
    print(fired.table[["customer_id", "action", "evidence"]].head(3).to_string(index=False), "\n")
    for by in ("segment", "stage", "value_tier"):
        planned = actions_for(after, offers(), second, by=by)
        print(planned.sentence())
        print(planned.sentence("zh"))
    labels = label_repurchase(orders, first, window_days)
    columns = ["recency_days", "order_count", "order_trend", "tenure_days"]
    model = PropensityModel().fit(before.loc[labels.index, columns], labels)
    scored = model.add_to(after)
    later = scored.assign(churn_probability=1 - scored["repurchase_probability"])
    print(stage_value_risk(later, value="total_amount").sentence(), "\n")
    probability = model.add_to(before)["repurchase_probability"]
    print(evaluate_propensity(labels, probability, n_resamples=50).sentence())


def online_retail(folder: str) -> pd.DataFrame:
    raw = pd.read_parquet(Path(folder) / "online_retail.parquet").dropna(subset=["CustomerID"])
    raw["amount"] = raw["Quantity"] * raw["UnitPrice"]
    names = {"customer_id": "CustomerID", "order_date": "InvoiceDate", "order_id": "InvoiceNo"}
    return prepare_orders(raw, **names)


def main() -> None:
    print("CDNOW\n")
    act(prepare_orders(load_cdnow()), "1997-09-30", "1998-03-31", window_days=182)
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if folder is None:
        print("CEMKIT_REFERENCE_DATA does not name the folder with online_retail.parquet")
        return
    print("\nOnline Retail\n")
    act(online_retail(folder), "2011-06-09", "2011-12-09", window_days=91)


if __name__ == "__main__":
    main()
