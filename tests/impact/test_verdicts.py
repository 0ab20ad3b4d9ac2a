"""worth_repeating is promotion_effect and promotion_profit in one call."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.forecasting.simulation import simulate_weekly_sales
from cemkit.impact.earnings import promotion_profit
from cemkit.impact.intervention import promotion_effect
from cemkit.impact.verdicts import worth_repeating

WEEKLY = simulate_weekly_sales(random_state=4, n_weeks=120)
COUNT = len(WEEKLY.promotions)


def test_one_discount_gives_the_profit_of_promotion_profit() -> None:
    found = worth_repeating(
        WEEKLY.sales, WEEKLY.promotions, margin=0.45, discount=0.15, fixed_cost=50, placebos=0
    )
    effect = promotion_effect(WEEKLY.sales, WEEKLY.promotions, placebos=0)
    profit = promotion_profit(effect, margin=0.45, discount=0.15, fixed_cost=50 * COUNT)
    for name in ("net_profit", "net_profit_lower", "net_profit_upper", "profit_probability"):
        assert getattr(found, name) == pytest.approx(getattr(profit, name))
    assert found.lift == pytest.approx(profit.achieved_lift)
    assert found.break_even_lift == pytest.approx(profit.break_even_lift)
    assert found.table["net_profit"].sum() == pytest.approx(found.net_profit)
    assert found.n_promotions == COUNT
    assert found.verdict == ("repeat" if profit.net_profit_lower > 0 else "not clear")


def test_each_promotion_has_its_own_discount() -> None:
    sizes = np.resize([0.1, 0.6], COUNT)
    found = worth_repeating(
        WEEKLY.sales, WEEKLY.promotions.assign(size=sizes), margin=0.45, placebos=0
    )
    assert found.table["discount"].tolist() == sizes.tolist()
    assert (found.table["verdict"][::2] != "stop").all()
    assert np.isinf(found.table["break_even_lift"][1::2]).all()


@pytest.mark.parametrize(("discount", "verdict"), [(0.01, "repeat"), (0.44, "stop")])
def test_verdicts_follow_the_interval(discount: float, verdict: str) -> None:
    sales = WEEKLY.sales
    weeks = sales.index.start_time
    on = np.zeros(len(sales), dtype=bool)
    for row in WEEKLY.promotions.itertuples():
        on |= (weeks >= row.start_date) & (weeks <= row.end_date)
    found = worth_repeating(
        sales * (1 - discount * on), WEEKLY.promotions, margin=0.45, discount=discount, after=0
    )
    assert found.verdict == verdict
    assert (found.net_profit_lower > 0) == (verdict == "repeat")
    words = {"repeat": ("Worth", "值得再做"), "stop": ("Not worth", "不值得再做")}[verdict]
    assert found.sentence().startswith(words[0])
    assert found.sentence("zh").startswith(words[1])
    # Draws cannot tell a small probability from none.
    assert found.sentence().endswith("<0.1%." if verdict == "stop" else ">99.9%.")


def test_what_other_products_lose_is_taken_off() -> None:
    rng = np.random.default_rng(0)
    others = pd.DataFrame(500 * np.exp(rng.normal(0, 0.03, (120, 2))), WEEKLY.sales.index)
    weeks = WEEKLY.sales.index.start_time
    on = np.zeros(120, dtype=bool)
    for row in WEEKLY.promotions.itertuples():
        on |= (weeks >= row.start_date) & (weeks <= row.end_date)
    others.loc[on] *= 0.7
    given = {"margin": 0.45, "discount": 0.15, "after": 0, "placebos": 0}
    alone = worth_repeating(WEEKLY.sales, WEEKLY.promotions, **given)
    both = worth_repeating(
        WEEKLY.sales, WEEKLY.promotions, **given, others=others, other_margin=0.5
    )
    assert both.other_amount == pytest.approx(-1000 * 0.3 * on.sum(), rel=0.1)
    assert both.net_profit == pytest.approx(alone.net_profit + 0.5 * both.other_amount)
    assert both.break_even_lift > alone.break_even_lift


def test_a_promotion_of_every_year_has_no_verdict_and_the_way_out_is_named() -> None:
    index = pd.period_range("2019-01-07", periods=260, freq="W-SUN")
    sales = pd.Series(100 * np.exp(np.random.default_rng(0).normal(0, 0.05, 260)), index)
    yearly = pd.DataFrame(
        {
            "name": "双11",
            "start_date": ["2019-11-11"],
            "end_date": ["2019-11-11"],
            "recurring": True,
        }
    )
    for after in (0, 2):
        found = worth_repeating(sales, yearly, margin=0.4, discount=0.1, after=after)
        assert found.verdict == "not identified"
        assert np.isnan([found.net_profit, found.lift, found.net_profit_lower]).all()
        assert (found.table["verdict"] == "not identified").all()
        assert "hold customers out" in found.sentence()
        assert "保留对照客户" in found.sentence("zh")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, ValueError, "the cost of the promotions is unknown"),
        ({"discount": 15}, DataError, "write 0.2 for 20 %"),
        ({"discount": 0.1, "others": [1, 2]}, TypeError, "others must be a Series"),
        ({"discount": 0.1, "others": WEEKLY.sales.iloc[:-1]}, DataError, "the same index as sales"),
        ({"discount": 0.1, "fixed_cost": -1}, ValueError, "fixed_cost"),
    ],
)
def test_bad_input_is_refused(given, error, message: str) -> None:
    with pytest.raises(error, match=message):
        worth_repeating(WEEKLY.sales, WEEKLY.promotions, margin=0.4, **given)
    with pytest.raises(DataError, match="promotions has a size for each"):
        worth_repeating(WEEKLY.sales, WEEKLY.promotions.assign(size=0.1), margin=0.4, discount=0.1)
