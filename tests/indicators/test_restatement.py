"""What late rows changed is found, and nothing else; unlike scorecards are refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.indicators import Restatement, Scorecard, compare_scorecards, scorecard

RNG = np.random.default_rng(0)
ORDERS = pd.DataFrame(
    {
        "customer_id": RNG.integers(0, 30, 300),
        "order_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 110, 300), "D"),
        "amount": np.round(RNG.gamma(2, 20, 300), 2),
        "channel": RNG.choice(["web", "shop"], 300),
    }
)
LATE = pd.DataFrame(
    {
        "customer_id": [3, 99],
        "order_date": pd.to_datetime(["2024-02-10", "2024-03-02"]),
        "amount": [-30.0, 55.0],
        "channel": ["web", "shop"],
    }
)


def card(*tables: pd.DataFrame, as_of: str = "2024-03-31", **options: Any) -> Scorecard:
    return scorecard(pd.concat(tables), as_of, **{"window_days": 30} | options)


def compared(**options: Any) -> Restatement:
    before = card(ORDERS, **options)
    return compare_scorecards(before, card(ORDERS, LATE, as_of="2024-04-15", **options))


def test_late_rows_are_found_where_they_count() -> None:
    found = compared()
    rows = found.table.set_index(["indicator", "period"])
    months = {n: pd.Period(n, freq="M") for n in ("2024-01", "2024-02", "2024-03")}
    amount = rows.loc["total_amount"]
    assert amount.loc[months["2024-02"], "difference"] == pytest.approx(-30)
    assert amount.loc[months["2024-03"], "difference"] == pytest.approx(55)
    assert months["2024-01"] not in amount.index
    counts = rows.loc[("new_customers", months["2024-03"])]
    assert counts["difference"] == 1
    assert rows.loc[("return_rate", months["2024-02"]), "numerator"] == pytest.approx(30)
    assert np.isnan(rows.loc[("return_rate", months["2024-02"]), "relative"])
    assert found.restated == len(rows)
    assert found.removed == 0


def test_rows_that_only_one_has_are_counted() -> None:
    found = compared()
    before, after = card(ORDERS).table, card(ORDERS, LATE, as_of="2024-04-15").table
    assert found.compared == len(before)
    assert found.added == len(after) - len(before)
    gone = compare_scorecards(
        card(ORDERS, by="channel"), card(ORDERS[ORDERS["channel"] == "web"], by="channel")
    )
    assert gone.removed == (card(ORDERS, by="channel").table["channel"] == "shop").sum()
    assert gone.restated == gone.added == 0


def test_the_largest_relative_difference_comes_first() -> None:
    table = compared(by="channel").table
    size = table["relative"].abs().fillna(np.inf)
    moved = table["difference"] != 0
    assert size[moved].is_monotonic_decreasing
    assert not moved[~moved].any()


def test_the_same_again_restates_nothing() -> None:
    shuffled = ORDERS.sample(frac=1, random_state=3)
    found = compare_scorecards(card(ORDERS), card(shuffled))
    assert found.restated == found.added == found.removed == 0
    assert found.sentence().startswith("None of ")


def test_the_sentence_says_what_changed_most() -> None:
    assert "0 are gone" in compared().sentence()
    only = {"indicators": ["total_amount"]}
    before, after = card(ORDERS, **only), card(ORDERS, LATE.head(1), **only)
    said = compare_scorecards(before, after).sentence()
    amounts = [one.wide("total_amount")["value"].iloc[1] for one in (before, after)]
    assert f"revenue in 2024-02: {amounts[0]:,.2f} became {amounts[1]:,.2f}" in said


def test_what_is_wrong_is_named() -> None:
    first = card(ORDERS)
    for options, name in (
        ({"window_days": 40}, "window_days=30 and after window_days=40"),
        ({"period": "week"}, "period='month' and after period='week'"),
        ({"by": "channel"}, r"by=\[\] and after by=\['channel'\]"),
        ({"compare": "year"}, "compare='previous' and after compare='year'"),
    ):
        with pytest.raises(ValueError, match=f"before has {name}.*make both with the same"):
            compare_scorecards(first, card(ORDERS, **options))
    with pytest.raises(ValueError, match="later than after"):
        compare_scorecards(first, card(ORDERS, as_of="2024-02-29"))
    with pytest.raises(TypeError, match="after must be of type Scorecard, not DataFrame"):
        compare_scorecards(first, first.table)  # type: ignore[arg-type]


def test_a_value_that_was_not_there_is_called_so() -> None:
    only: dict[str, Any] = {"indicators": ["average_order_value"], "window_days": 30}
    march = ORDERS[ORDERS["order_date"].dt.month == 3].assign(customer_id=1)
    january = march.head(1).assign(order_date=pd.Timestamp("2024-01-05"))
    february = march.head(1).assign(order_date=pd.Timestamp("2024-02-05"))
    before, after = card(january, march, **only), card(january, february, march, **only)
    found = compare_scorecards(before, after)
    assert "2024-02: no value became" in found.sentence()
    assert "由 无值 变为" in found.sentence("zh")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("repurchase_days", {"repurchase_days": 20}),
        ("response_days", {"response_days": 5}),
        ("answer_days", {"answer_days": 5}),
        ("per_trading_day", {"trading_days": True}),
    ],
)
def test_other_days_are_other_numbers(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"before has {name}="):
        compare_scorecards(card(ORDERS), card(ORDERS, **options))
