"""What a programme did that customers joined by themselves, and a launch that came shop by shop.

Run it with `python examples/causal.py`; it takes a few seconds. Both data sets are simulated, so
that the truth is known.
"""

import numpy as np
import pandas as pd

from cemkit.errors import DataError
from cemkit.impact import difference_in_differences, observational_effect


def members(n: int = 6000) -> pd.DataFrame:
    """Customers who join by what they bought before; joining adds 12."""
    rng = np.random.default_rng(4)
    past = rng.gamma(2, 50, n)
    city = rng.choice(["北京", "上海", "成都"], n)
    keen = 0.012 * past + (city == "上海") - 2.2
    joined = rng.random(n) < 1 / (1 + np.exp(-keen))
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:05d}" for number in range(n)],
            "过去一年金额": np.where(rng.random(n) < 0.03, np.nan, past),
            "城市": city,
            "会员": joined,
            "前年金额": 0.5 * past + rng.normal(0, 20, n),
            "金额": past + 30 * (city == "上海") + 12 * joined + rng.normal(0, 25, n),
        }
    )


def launch(shops: int = 90) -> pd.DataFrame:
    """Shops that begin to deliver in spring, in summer or not at all; sales rise by 8."""
    rng = np.random.default_rng(5)
    weeks = pd.date_range("2024-01-01", periods=20, freq="7D")
    start = rng.choice([8, 14, 99], shops)
    sales = rng.normal(200, 30, (shops, 1)) + np.arange(20) + rng.normal(0, 10, (shops, 20))
    sales += 8 * (np.arange(20) >= start[:, None])
    first = [weeks[place] if place < 20 else pd.NaT for place in start]
    return pd.DataFrame(
        {
            "shop": np.repeat(np.arange(shops), 20),
            "period": np.tile(weeks, shops),
            "first_treated": np.repeat(first, 20),
            "sales": sales.ravel(),
        }
    )


def main() -> None:
    customers = members()
    print("1. Membership: nobody randomised, much is known before")
    found = observational_effect(
        customers, "会员", "金额", ["过去一年金额", "城市"], placebo_outcome="前年金额"
    )
    print(f"未调整的差异 {found.unadjusted_difference:+.0f}，真实效应 +12")
    print(found.sentence("zh"))
    print(found.table[["difference_before", "difference_after"]].round(3))
    known = customers.dropna(subset="过去一年金额")
    complete = observational_effect(known, "会员", "金额", ["过去一年金额", "城市"])
    print(f"只用协变量完整的行：{complete.effect:+.1f}")

    print("\n2. Without what was bought before, the placebo shows that it is missing")
    careless = observational_effect(customers, "会员", "金额", ["城市"], placebo_outcome="前年金额")
    print(careless.sentence("zh"))

    print("\n3. Where a rule decided, there is nobody to compare with")
    ruled = customers.assign(会员=customers["前年金额"] > 60)
    try:
        observational_effect(ruled, "会员", "金额", ["前年金额", "城市"])
    except DataError as error:
        print(error)

    print("\n4. Deliveries: shop by shop, with shops that never began")
    panel = launch()
    for controls in ("never_treated", "not_yet_treated"):
        effect = difference_in_differences(panel, "sales", unit="shop", controls=controls)
        print(effect.sentence())
    print(effect.overall[["effect", "lower", "upper"]].round(2))


if __name__ == "__main__":
    main()
