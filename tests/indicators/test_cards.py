"""The scorecard is what hand-written SQL gives, on real orders, and refuses what it cannot read."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.indicators import Scorecard, scorecard

SQL_END, WINDOW, SOON = "2011-11-30", 60, 20
KEYS = ["indicator", "grp", "period"]


def compared(card: Scorecard, sql: pd.DataFrame) -> pd.DataFrame:
    """Return both tables side by side; rows that wait for an outcome are in SQL alone."""
    sql = sql.assign(period=sql["s"].dt.to_period("M"))
    both = card.table.merge(sql, on=KEYS, how="left", suffixes=("", "_sql"))
    assert both["numerator_sql"].notna().all()
    return both


def test_every_indicator_of_online_retail_is_that_of_sql(
    online_retail: pd.DataFrame, sql: Any
) -> None:
    orders = online_retail
    levels = orders[["product", "level"]].drop_duplicates()
    card = scorecard(
        orders, SQL_END, by="grp", window_days=WINDOW, repurchase_days=SOON, levels=levels
    )
    both = compared(card, sql(orders, SQL_END, WINDOW, SOON))
    assert both["indicator"].nunique() == 20
    for column in ("numerator", "denominator"):
        np.testing.assert_allclose(both[column], both[f"{column}_sql"], rtol=1e-11, err_msg=column)
    known = both["denominator"] > 0
    ratio = both["numerator"] / both["denominator"]
    np.testing.assert_allclose(both["value"][known], ratio[known], rtol=1e-12)


def test_every_indicator_of_cdnow_is_that_of_sql(cdnow: pd.DataFrame, sql: Any) -> None:
    end, window, soon = "1998-06-30", 100, 10
    grp = np.where(cdnow["customer_id"] % 3 == 0, "third", "rest")
    rows = cdnow.assign(grp=grp, order_id=cdnow["order_date"], promotion="no", cost=0.0)
    orders = cdnow.assign(grp=grp)
    card = scorecard(orders, end, by="grp", window_days=window, repurchase_days=soon)
    both = compared(card, sql(rows.assign(category="cd", level=0), end, window, soon))
    assert both["indicator"].nunique() == 15
    for column in ("numerator", "denominator"):
        np.testing.assert_allclose(both[column], both[f"{column}_sql"], rtol=1e-11, err_msg=column)


def orders_of(n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    days = pd.to_timedelta(rng.integers(0, 24 * 150, n), unit="h").astype("timedelta64[us]")
    return pd.DataFrame(
        {
            "customer_id": rng.choice(["王", "ann", "bob", "cy", "di", "eve"], n),
            "order_date": pd.Timestamp("2024-01-01") + days,
            "amount": np.round(rng.normal(20, 15, n), 2),
            "order_id": rng.integers(0, n // 2, n),
            "cost": np.round(rng.gamma(2, 3, n), 2),
            "promotion": rng.choice(["spring", "none"], n),
            "category": rng.choice(["tea", "pot", "mug"], n),
            "product": rng.choice(["basic", "fine"], n),
            "channel": rng.choice(["web", "shop"], n),
        }
    )


LEVELS = pd.DataFrame({"product": ["basic", "fine"], "level": [0, 1]})


SOME_ENGINES = ["pandas-arrow", "polars", "polars-lazy", "pyarrow", "duckdb", "dask-1"]
PYSPARK = pytest.param("pyspark", marks=pytest.mark.exhaustive)


@pytest.mark.parametrize("name", [*SOME_ENGINES, PYSPARK])
def test_every_engine_gives_the_same_scorecard(given_on: Any, name: str) -> None:
    options: dict[str, Any] = {"by": "channel", "window_days": 20, "repurchase_days": 5}
    orders = orders_of()
    expected = scorecard(orders, "2024-05-28", levels=LEVELS, **options)
    found = scorecard(given_on(name)(orders), "2024-05-28", levels=LEVELS, **options)
    pd.testing.assert_frame_equal(found.table, expected.table, rtol=1e-9, check_dtype=False)
    pd.testing.assert_frame_equal(found.left_out, expected.left_out)
    assert found.in_several_groups == expected.in_several_groups == 6


def test_the_columns_are_those_promised() -> None:
    table = scorecard(orders_of(), "2024-05-28", by=["channel", "product"], window_days=20).table
    assert table.columns.tolist() == [
        *("indicator", "channel", "product", "period", "value", "lower", "upper"),
        *("numerator", "denominator", "customers", "change", "change_lower", "change_upper"),
        "note",
    ]
    assert isinstance(table["period"].dtype, pd.PeriodDtype)
    numbers = table.drop(columns=["indicator", "channel", "product", "period", "note"])
    assert (numbers.dtypes == np.float64).all()


def test_the_latest_rows_and_one_indicator_wide() -> None:
    card = scorecard(orders_of(), "2024-05-31", by="channel", window_days=20)
    latest = card.latest().set_index("indicator")["period"].astype(str)
    assert set(latest["churn_rate"]) == {"2024-04"}
    assert set(latest["retention_rate"]) == {"2024-05"}
    wide = card.wide("retention_rate", "upper")
    assert wide.columns.tolist() == ["shop", "web"]
    assert len(wide) == 5


def test_chosen_indicators_come_in_their_own_order() -> None:
    card = scorecard(
        orders_of(), "2024-05-31", window_days=20, indicators=["nps", "churn_rate", "new_customers"]
    )
    assert card.table["indicator"].unique().tolist() == ["new_customers", "churn_rate"]
    assert card.not_measured["indicator"].tolist() == ["nps"]


def test_changes_are_those_between_the_values() -> None:
    table = scorecard(orders_of(), "2024-05-31", by="channel", window_days=20).table
    before = table.groupby(["indicator", "channel"])["value"].shift()
    np.testing.assert_allclose(table["change"], table["value"] - before)
    known = table["change_lower"].notna()
    assert (table["change_lower"] < table["change"])[known].mean() > 0.99
    assert (table["change_lower"] <= table["change_upper"])[known].all()


def test_a_wider_level_is_a_wider_interval() -> None:
    cards = [
        scorecard(orders_of(), "2024-05-31", window_days=20, confidence_level=level).table
        for level in (0.8, 0.99)
    ]
    known = cards[0]["lower"].notna() & cards[1]["lower"].notna()
    assert (cards[1]["upper"] >= cards[0]["upper"])[known].all()
    assert (cards[1]["lower"] <= cards[0]["lower"])[known].all()


def test_what_is_wrong_is_named() -> None:
    orders = orders_of()
    with pytest.raises(
        DataError, match="no month is over by as_of=2024-01-20, the first one being"
    ):
        scorecard(orders, "2024-01-20", window_days=20)
    with pytest.raises(
        ValueError, match="indicators names 'churn'; did you mean 'churn_rate'|churn"
    ):
        scorecard(orders, "2024-05-31", window_days=20, indicators=["churn_rat"])
    with pytest.raises(TypeError, match="indicators must be a list"):
        scorecard(orders, "2024-05-31", window_days=20, indicators="nps")
    with pytest.raises(ValueError, match="compare must be one of 'previous', 'year'"):
        scorecard(orders, "2024-05-31", compare="month")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="window_days must be at least 1"):
        scorecard(orders, "2024-05-31", window_days=0)
    with pytest.raises(ValueError, match="period must be one of 'week'"):
        scorecard(orders, "2024-05-31", "day", window_days=20)  # type: ignore[arg-type]
    zoned = orders["order_date"].dt.tz_localize("UTC")
    with pytest.raises(DataError, match="order_date must hold dates without a time zone"):
        scorecard(orders.assign(order_date=zoned), "2024-05-31", window_days=20)
    with pytest.raises(NotEnoughDataError, match="need at least 1 order up to as_of, got 0"):
        scorecard(orders, "2023-05-31", window_days=20)


def test_the_sentence_says_the_clearest_change_and_no_verdict() -> None:
    card = scorecard(orders_of(), "2024-05-31", by="channel", window_days=20)
    said, row = card.sentence(), card.clearest()
    assert row is not None
    assert row["indicator"] not in {"repurchase_rate", "cross_sell_rate", "upgrade_rate"}
    assert "sampling error" in said
    assert "does not say whether the business itself changed" in said
    assert "抽样误差" in card.sentence("zh")
    assert not any(word in said for word in ("significant", "changed by", "improved"))


def test_a_scorecard_without_rows_says_what_is_needed() -> None:
    card = scorecard(orders_of(), "2024-05-31", window_days=20, indicators=["nps"])
    assert card.table.empty
    assert card.sentence() == "0 indicators as of 2024-05-31; 1 needs something more."
    assert card.sentence("zh") == "截至 2024-05-31 共有 0 项指标；另有 1 项还缺数据。"
    assert card.latest().empty
    with pytest.raises(ValueError, match="indicators is empty"):
        scorecard(orders_of(), "2024-05-31", window_days=20, indicators=[])


def test_counts_alone_have_changes_without_intervals() -> None:
    card = scorecard(orders_of(), "2024-05-31", window_days=20, indicators=["order_count"])
    assert card.sentence().endswith("no indicator with an interval has changed in its last period.")
    assert "置信区间" in card.sentence("zh")


@pytest.mark.parametrize("name", ["change", "note", "customers", "indicator"])
def test_columns_of_the_scorecard_cannot_split_it(name: str) -> None:
    with pytest.raises(ValueError, match=f"by names '{name}', a column of the scorecard itself"):
        scorecard(orders_of().assign(**{name: "x"}), "2024-05-31", by=name, window_days=20)


def test_no_change_is_not_called_the_largest() -> None:
    card = scorecard(orders_of(), "2024-12-31", window_days=20)
    row = card.clearest()
    assert row is None or row["change"] != 0
    assert "+0.0 percentage points" not in card.sentence()
