"""From churn and lifetime value to an allocated budget, and the proof on a hold-out.

Run it with `python examples/targeting.py`. Customers and their churn are real (CDNOW); nobody ran
an experiment on them, so the experiment is simulated with a seed, and says so.
"""

import warnings

import numpy as np
import pandas as pd

from cemkit import (
    ChurnModel,
    CustomerLifetimeValue,
    RepurchaseCycle,
    UpliftModel,
    allocate_offers,
    customer_table,
    label_churn,
    load_cdnow,
    offer_profit,
    policy_value,
    qini_score,
)
from cemkit.errors import CemkitWarning
from cemkit.recommendation import evaluate_cycles

pd.set_option("display.width", 100)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.3f}".format)

AS_OF = "1997-09-30"
FEATURES = ["recency_days", "order_count", "expected_mean_amount", "churn_probability", "doubt"]
OFFERS = pd.DataFrame(
    {
        "offer": ["reminder", "10% off"],
        "kind": ["none", "percentage"],
        "discount": [None, 0.1],
        "contact_cost": 0.3,
    }
)
MARGIN = 0.4
CHANCES = {"none": 0.4, "reminder": 0.3, "10% off": 0.3}
STRENGTH = {"none": 0.0, "reminder": 0.1, "10% off": 0.3}


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def known_customers() -> pd.DataFrame:
    """Return CDNOW's customers with their risk and what a purchase of theirs is worth."""
    orders = load_cdnow()
    known = customer_table(orders, as_of=AS_OF, include="activity")
    model = ChurnModel().fit(known, label_churn(orders, as_of=AS_OF, window_days=182))
    customers = model.add_to(known)
    # Gamma-Gamma takes positive amounts; one customer came back for a free order alone.
    customers = customers.query("repeat_count == 0 or repeat_mean_amount > 0").copy()
    worth = CustomerLifetimeValue().fit(customers).add_to(customers)
    stays = 1 - customers["churn_probability"]
    return customers.assign(
        expected_mean_amount=worth["expected_mean_amount"],
        clv=worth["clv"],
        doubt=stays * (1 - stays),
    )


def simulated_experiment(customers: pd.DataFrame) -> pd.DataFrame:
    """Return who was offered what at random and what came of it, per customer in money."""
    rng = np.random.default_rng(0)
    variant = rng.choice(list(CHANCES), len(customers), p=list(CHANCES.values()))
    stays = 1 - customers["churn_probability"]
    # Offers move those in between; the loyal come anyway, the lost not at all.
    movable = 4 * customers["doubt"]
    strength = pd.Series(variant, customers.index).map(STRENGTH)
    bought = rng.random(len(customers)) < (stays + movable * strength).clip(0, 1)
    terms = OFFERS.set_index("offer")[["discount", "contact_cost"]].reindex(variant).fillna(0)
    terms = terms.set_index(customers.index)
    earned = bought * customers["expected_mean_amount"] * (MARGIN - terms["discount"])
    profit = earned - terms["contact_cost"]
    return customers.assign(variant=variant, converted=bought.astype(int), profit=profit)


def main() -> None:
    """Run every step once."""
    heading("1. Who is due, by each customer's own cycle")
    orders = load_cdnow("sample")
    print(evaluate_cycles(orders, as_of=AS_OF, window_days=182).sentence())
    cycles = RepurchaseCycle().fit(orders, as_of=AS_OF).cycles_
    print(
        cycles[cycles["gap_count"] > 2][["gap_count", "cycle_days", "due_date", "overdue"]].head()
    )

    heading("2. What an offer changes: uplift, trained on one half of a simulated experiment")
    experiment = simulated_experiment(known_customers())
    learn = experiment.sample(frac=0.5, random_state=0)
    held_out = experiment.drop(learn.index)
    model = UpliftModel(control="none", propensity=CHANCES)
    model.fit(learn[FEATURES], learn["converted"], learn["variant"])
    for offer in OFFERS["offer"]:
        two = learn["variant"].isin([offer, "none"])
        columns = model.uplift_.loc[two, offer], learn["converted"][two], learn["variant"][two]
        score = qini_score(*columns, treated=offer, cross_fitted=True)
        print(f"{offer}: {score.sentence()}")

    heading("3. What that earns: the coupon is paid also by those who would have bought")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CemkitWarning)
        profits = offer_profit(held_out, OFFERS, model, margin=MARGIN)
    print("\n".join(f"warning: {warning.message}" for warning in caught))
    columns = ["uplift", "break_even_uplift", "cost", "profit"]
    print(profits.groupby("offer", observed=True)[columns].mean())

    heading("4. Who gets what with a budget of 8,000")
    allocation = allocate_offers(profits, budget=8000)
    print(allocation.table["offer"].value_counts().rename("customers"))
    print(allocation.sentence())
    print(f"One more dollar of budget would earn {allocation.budget_price:.2f}.")

    heading("5. What it would have earned on the other half of the experiment")
    policy = allocation.table.set_index("customer_id")["offer"].astype(str)
    policy = policy.reindex(held_out.index, fill_value="none")
    value = policy_value(
        policy,
        held_out,
        CHANCES,
        outcome="profit",
        covariates=["churn_probability", "expected_mean_amount"],
    )
    print(value.table[["policy", "value", "value_lower", "value_upper", "advantage"]])
    print(value.sentence())


if __name__ == "__main__":
    main()
