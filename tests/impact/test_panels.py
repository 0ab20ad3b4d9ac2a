"""Panels: which periods treat a unit, and what is no panel."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.impact.panels import panel_of

TABLE = pd.DataFrame(
    {
        "shop": np.repeat(["北京", "上海", "Köln"], 3),
        "period": [1, 2, 3] * 3,
        "first_treated": np.repeat([2.0, np.nan, 1.0], 3),
        "amount": np.arange(9.0),
        "region": np.repeat(["n", "s", "w"], 3),
    }
)


def read(table: pd.DataFrame, cluster: str | None = None) -> Any:
    return panel_of(table, "amount", "shop", cluster)


def test_rows_become_units_by_period_in_the_order_of_their_ids() -> None:
    panel = read(TABLE)
    assert panel.outcome.tolist() == [[3, 4, 5], [0, 1, 2]]  # 上海, 北京; Köln is always treated
    assert panel.start.tolist() == [3, 1]
    assert panel.already_treated == 1
    assert panel.periods.tolist() == [1, 2, 3]


@pytest.mark.parametrize("seed", range(3))
def test_row_order_does_not_matter(seed: int) -> None:
    shuffled = read(TABLE.sample(frac=1, random_state=seed), "region")
    for one, other in zip(shuffled, read(TABLE, "region"), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "periods",
    [
        pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"]),
        pd.period_range("2024-01", periods=3, freq="M"),
        pd.Index(["2024-01-01", "2024-02-01", "2024-03-01"]),
        pd.Index([2003.0, 2004.0, 2005.0]),
        pd.Index([2003, 2005, 2009]),
    ],
    ids=lambda periods: str(periods.dtype),
)
def test_periods_are_dates_or_numbers(periods: pd.Index) -> None:
    first = pd.Series(periods.take([1, 1, 1, 0, 0, 0, 0, 0, 0]))
    first = first.where(TABLE["shop"] != "上海")
    panel = read(TABLE.assign(period=periods.take([0, 1, 2] * 3), first_treated=first))
    assert panel.start.tolist() == [3, 1]
    assert len(panel.periods) == 3


def test_units_treated_after_the_panel_are_not_treated_in_it() -> None:
    panel = read(TABLE.assign(first_treated=np.repeat([2.0, 9.0, np.inf], 3)))
    assert panel.start.tolist() == [3, 3, 1]


def test_an_index_may_name_the_units() -> None:
    assert read(TABLE.set_index("shop")).outcome.tolist() == read(TABLE).outcome.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first_treated": np.repeat([0, 2, 2], 3)}, "first_treated is '0'.*leave it missing"),
        ({"first_treated": np.repeat([2.5, 2, 2], 3)}, "'2.5' is not a period.*'2' and then '3'"),
        ({"first_treated": [1.0, 2, 2] * 3}, "first_treated changes within 3 units"),
        ({"first_treated": "2024-01-01"}, "first_treated holds dates .* and period numbers"),
        ({"period": [1, 1, 2] * 3}, "panel repeats 3 of 6 pairs.*sum the rows"),
        ({"period": [1, 2, np.nan] * 3}, "period is missing in 3 rows"),
        ({"period": [True, False, True] * 3}, "period must hold dates or numbers"),
        ({"period": ["a", "b", "c"] * 3}, "period holds 'a'"),
        ({"amount": [np.nan, *range(8)]}, "amount has 1 missing"),
        ({"amount": "7"}, "amount must be numeric"),
        ({"shop": [None, *["x"] * 8]}, "shop is missing in 1 row"),
        ({"region": [1, 2, 3] * 3}, "region changes within 3 units"),
        ({"region": None}, "region is missing in 9 rows"),
    ],
)
def test_what_is_no_panel_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(TABLE.assign(**change), "region")


def test_a_missing_pair_is_refused_as_it_may_mean_0() -> None:
    with pytest.raises(DataError, match=r"lacks 1 of 9 pairs of shop and period.*add rows of 0"):
        read(TABLE.drop(index=4))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(MissingColumnsError, match="first_treated is each unit's first"):
        read(TABLE.drop(columns="first_treated"))
    with pytest.raises(NotEnoughDataError, match="need at least 2 periods, got 1"):
        read(TABLE[TABLE["period"] == 1])
    with pytest.raises(ValueError, match="outcome='period' is not a column of numbers"):
        panel_of(TABLE, "period", "shop", None)
