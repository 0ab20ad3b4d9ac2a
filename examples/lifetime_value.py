"""What customers are worth, how sure that is, and whether to trust it: CDNOW, 1997 and 1998.

Run it with `python examples/lifetime_value.py`; it reads the CDNOW orders that come with lifetimes.
"""

import pandas as pd

from cemkit import (
    CustomerLifetimeValue,
    ParetoNBDModel,
    compare_purchase_models,
    customer_table,
    load_cdnow,
)
from cemkit.clv import (
    FrequencyGammaGammaModel,
    ShiftedBetaGeoModel,
    likelihood_ratio_test,
    purchase_calibration,
)

AS_OF, HORIZON = "1997-09-30", 273

pd.set_option("display.width", 110)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.3f}".format)


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def main() -> None:
    """Compare, fit, value, and look at what drives it."""
    orders = load_cdnow("sample")
    customers = customer_table(orders, AS_OF)

    heading("Which model predicts the next nine months best?")
    comparison = compare_purchase_models(orders, AS_OF, HORIZON)
    print(comparison.table.drop(columns=["mae", "aic"]))
    print(comparison.sentence())

    heading("Where is it off? Mean purchases by how often customers had bought")
    model = ParetoNBDModel().fit(customers)
    print(purchase_calibration(model, orders, AS_OF, HORIZON))

    heading("The model, with its errors (days)")
    print(model.summary())

    heading("What the five most valuable customers are worth in a year, with 95% bounds")
    value = CustomerLifetimeValue(model, annual_discount_rate=0.10, margin=0.4).fit(customers)
    valued = value.add_to(customers, confidence_level=0.95)
    shown = [
        "repeat_count",
        "recency_days",
        "alive_probability",
        "clv",
        "clv_mean_lower",
        "clv_mean_upper",
    ]
    print(valued[shown].nlargest(5, "clv"))
    top = valued["clv"].nlargest(len(valued) // 5).sum() / valued["clv"].sum()
    print(f"all together {valued['clv'].sum():,.0f} dollars; the top fifth holds {top:.0%}")

    heading("What may these five do, not only on average? A year of purchases and spend")
    best = customers.loc[valued["clv"].nlargest(5).index]
    quantiles = [0.1, 0.5, 0.9]
    print(model.purchase_quantiles(best, 365, quantiles))
    print(value.add_to(best, quantiles=quantiles).filter(like="spend_p"))
    print(value.spend_probability(best, at_least=500))

    heading("When will they buy next?")
    print(model.next_purchase(best, AS_OF, quantiles=[0.1, 0.5]))
    print(model.alive_history(best.index[0], orders, AS_OF).sentence())

    heading("Does spend go with frequency?")
    print(FrequencyGammaGammaModel().fit(customers).summary())

    heading("Do customers whose first order was large buy more often, or stay longer?")
    first = orders.sort_values("order_date", kind="stable").groupby("customer_id")["amount"].first()
    size = (first > first.median()).map({True: "large", False: "small"})
    coded = customers.assign(first_order=size.reindex(customers.index))
    with_size = ParetoNBDModel(covariates=["first_order"]).fit(coded)
    print(with_size.summary())
    print(likelihood_ratio_test(model, with_size).sentence())

    heading("Under contract: the share of a cohort that is left, from seven renewals")
    contract = ShiftedBetaGeoModel().fit_survivors([1000, 631, 468, 382, 326, 289, 262, 241])
    print(contract.survival(12).iloc[[0, 1, 4, 7, 12]])


if __name__ == "__main__":
    main()
