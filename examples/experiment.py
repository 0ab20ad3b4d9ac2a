"""A promotion test from plan to decision: the source article's example, then CDNOW customers.

Run it with `python examples/experiment.py`. The first part is the article's personalised discount;
the second assigns the customers of the CDNOW data to two offers, adds the purchases that the better
offer would bring (seeded, for the data hold no experiment), and reads it out. With a folder
(`python examples/experiment.py pictures`) it also draws a picture there.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit import (
    assign_variants,
    compare_variants,
    customer_table,
    experiment_table,
    load_cdnow,
    prepare_orders,
    proportion_test,
    sample_size,
)
from cemkit.experiments import effect_by_day, sequential_bounds
from cemkit.proportions import sample_power

pd.set_option("display.width", 110)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.4f}".format)

START, END = "1997-10-01", "1997-12-31"
SHARES = {"no offer": 0.5, "5 dollars": 0.25, "free shipping": 0.25}


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def article() -> None:
    """Did the personalised discount win?"""
    heading("1. The article: uniform or personalised discount")
    # The generator of the article, so that its counts come out: 143 and 192.
    np.random.seed(42)  # noqa: NPY002
    uniform = np.random.binomial(1000, 0.15)  # noqa: NPY002
    personalised = np.random.binomial(1000, 0.20)  # noqa: NPY002
    result = proportion_test(
        [uniform, personalised], [1000, 1000], labels=["uniform", "personalised"]
    )
    print(result)
    print(result.sentence())
    print(result.sentence("zh"))
    for test in ("fisher", "mid-p", "boschloo"):
        exact = proportion_test([uniform, personalised], [1000, 1000], test=test)
        print(f"{test:>9}: p = {exact.p_value:.6f}")
    print(f"planned power with 1,000 per arm: {sample_power(0.15, 0.20, 1000):.3f}")
    print(sample_size(0.15, 0.20, daily_customers=150).sentence())


def with_extra_orders(orders: pd.DataFrame, assignment: pd.DataFrame) -> pd.DataFrame:
    """Add what the offer of 5 dollars would bring: 4 % of its customers order once more."""
    rng = np.random.default_rng(7)
    offered = assignment.loc[assignment["variant"] == "5 dollars", "customer_id"]
    buyers = offered[rng.random(len(offered)) < 0.04]
    days = pd.to_timedelta(rng.integers(0, 92, len(buyers)), unit="D")
    extra = pd.DataFrame(
        {
            "customer_id": buyers,
            "order_date": pd.Timestamp(START) + days,
            "amount": rng.gamma(2, 17, len(buyers)).round(2),
        }
    )
    return pd.concat([orders, extra], ignore_index=True)


def experiment(folder: Path | None = None) -> None:
    """Plan, assign, join, check, read out."""
    orders = prepare_orders(load_cdnow())
    customers = customer_table(orders, as_of="1997-09-30")
    customers["bought_again"] = np.where(customers["repeat_count"] > 0, "repeat", "one-time")

    heading(f"2. Plan and assign: {len(customers):,} CDNOW customers")
    print(sample_size(0.16, 0.18, power=0.9, allocation=0.5, arms=3).sentence())
    assignment = assign_variants(customers, SHARES, salt="autumn-1997", strata="bought_again")
    print(assignment["variant"].value_counts().to_string())

    heading("3. One row per assigned customer, those who bought nothing included")
    orders = with_extra_orders(orders, assignment)
    table = experiment_table(
        assignment, orders, START, END, pre_days=273, customers=customers[["bought_again"]]
    )
    print(table.head())

    heading("4. Read-out, the amounts adjusted for what was bought before")
    readout = compare_variants(
        table, control="no offer", shares=SHARES, covariates={"amount": "pre_amount"}
    )
    shown = ["metric", "variant", "control_value", "value", "difference"]
    shown += ["difference_lower", "difference_upper", "p_value_adjusted", "winner"]
    print(readout.table[shown].to_string(index=False))
    print(readout.sample_ratio.sentence())
    print(readout.sentence())
    print(readout.sentence("zh"))

    everyone = compare_variants(
        table,
        control="no offer",
        pairs="all",
        combined={"any offer": ["5 dollars", "free shipping"]},
        covariates={"amount": "pre_amount", "order_value": "pre_amount"},
        strata="bought_again",
        guardrails={"order_value": -15.0},
    )
    print(everyone.table[["control", *shown, "guardrail"]].to_string(index=False))
    print(everyone.sentence())
    if folder is not None:
        folder.mkdir(exist_ok=True)
        axes = everyone.plot("readout_metrics")
        axes.figure.savefig(folder / "experiments_readout_metrics.png", bbox_inches="tight")

    heading("5. The same by segment (all comparisons one family)")
    groups = compare_variants(
        table, {"converted": "proportion"}, "no offer", by="bought_again", shares=SHARES
    )
    print(groups.table[["bought_again", *shown]].to_string(index=False))
    print(groups.sentence())

    heading("6. Peeking: the third of five planned looks, and whenever one likes")
    print(sequential_bounds(5).to_string())
    for looks in ((3, 5), "any"):
        early = compare_variants(table, {"converted": "proportion"}, "no offer", looks=looks)
        print(f"{early.looks}: {early.sentence()}")

    heading("7. How the effect came about (every second week)")
    days = effect_by_day(assignment, orders, START, END, control="no offer")
    offer = days[days["variant"] == "5 dollars"].iloc[13::14]
    print(offer[["day", "difference", "lower", "upper", "sequence_lower", "sequence_upper"]])


if __name__ == "__main__":
    article()
    experiment(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
