"""Labels and the window: by hand, on CDNOW, and against a Kaplan-Meier of statsmodels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from cemkit import label_churn, suggest_window
from cemkit.errors import DataError, NotEnoughDataError


def orders_of(*rows: tuple[str, str, float]) -> pd.DataFrame:
    orders = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    return orders.assign(order_date=pd.to_datetime(orders["order_date"], format="ISO8601"))


SMALL = orders_of(
    ("ann", "2024-01-01", 1), ("ann", "2024-02-10", 1), ("bob", "2024-01-31 23:00", 1),
    ("cat", "2024-01-05", 1), ("cat", "2024-02-11", -1), ("dan", "2024-02-09", 1),
)  # fmt: skip


def test_cdnow_has_the_published_churn(churned: pd.Series) -> None:
    assert len(churned) == 23_570
    assert churned.mean() == pytest.approx(0.7419, abs=5e-5)  # references: 74.19 %
    assert churned.name == "churned"


def test_the_window_is_open_on_the_left_and_closed_on_the_right() -> None:
    assert label_churn(SMALL, "2024-01-31", 10).to_dict() == {"ann": 0, "bob": 1, "cat": 1}
    assert label_churn(SMALL, "2024-01-31", 11).to_dict() == {"ann": 0, "bob": 1, "cat": 1}
    assert label_churn(SMALL, "2024-02-01", 9)["ann"] == 0


def test_a_return_is_no_purchase_and_a_free_order_is() -> None:
    assert label_churn(SMALL, "2024-01-31", 11)["cat"] == 1
    free = pd.concat([SMALL, orders_of(("cat", "2024-02-02", 0))])
    assert label_churn(free, "2024-01-31", 11)["cat"] == 0


@pytest.mark.parametrize(
    ("as_of", "days", "message"),
    [
        ("2024-01-31", 30, "the window ends on 2024-03-01, after the last order on 2024-02-11"),
        ("2023-12-31", 10, "as_of=2023-12-31 lies before the first order, on 2024-01-01"),
        ("2024-02-01", 5, "nobody bought in the 5 days after as_of=2024-02-01"),
    ],
)
def test_a_window_that_cannot_be_seen_is_an_error(as_of: str, days: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        label_churn(SMALL, as_of, days)


def test_no_orders_and_no_purchases() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 order, got 0"):
        label_churn(SMALL.iloc[:0], "2024-01-31", 10)
    with pytest.raises(NotEnoughDataError, match="need at least 1 purchase, got 0"):
        label_churn(SMALL.assign(amount=-1.0), "2024-01-31", 10)
    with pytest.raises(ValueError, match="window_days must be at least 1, not 0"):
        label_churn(SMALL, "2024-01-31", 0)


def test_the_window_equals_kaplan_meier_of_statsmodels(cdnow: pd.DataFrame) -> None:
    days = cdnow.assign(day=cdnow["order_date"].dt.normalize())
    days = days.drop_duplicates(["customer_id", "day"]).sort_values(["customer_id", "day"])
    after = days.groupby("customer_id")["day"].shift(-1)
    gap = (after.fillna(cdnow["order_date"].max()) - days["day"]).dt.days
    curve = SurvfuncRight(gap, after.notna().astype(int))
    staying = pd.Series(curve.surv_prob, index=curve.surv_times)
    still = 1 - staying.iloc[-1] / staying
    found = suggest_window(cdnow)
    assert found.window_days == still.index[still <= 0.1][0] == 324
    for window in found.table.index:
        stay = staying[staying.index <= window].iloc[-1]
        assert found.table.loc[window, "returned_share"] == pytest.approx(1 - stay, rel=1e-12)
        late = 1 - staying.iloc[-1] / stay
        assert found.table.loc[window, "still_returning_share"] == pytest.approx(late, rel=1e-9)
    assert found.gaps + found.open_gaps == len(days)


def test_the_suggestion_in_words(cdnow: pd.DataFrame) -> None:
    found = suggest_window(cdnow)
    assert "after 324 days without a purchase: 9.9% of those" in found.sentence()
    assert "324 天" in found.sentence("zh")
    assert "longest_gap_days       533" in str(found)


def shop(gaps: list[int], leaving: float, customers: int = 400, days: int = 365) -> pd.DataFrame:
    """Customers who come back after one of these gaps, each purchase being the last by chance."""
    rng = np.random.default_rng(0)
    rows = []
    for customer in range(customers):
        day = int(rng.integers(0, 20))
        while day <= days:
            rows.append((customer, day))
            day += int(rng.choice(gaps)) if rng.random() >= leaving else 2 * days
    orders = pd.DataFrame(rows, columns=["customer_id", "day"])
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(orders["day"], unit="D")
    return orders.assign(order_date=dates, amount=1.0)


def test_where_nearly_everyone_comes_back_no_window_will_do() -> None:
    # Nine in ten gaps end within 14 days, and nobody ever leaves.
    found = suggest_window(shop([7] * 5 + [14] * 4 + [21], leaving=0.0))
    assert found.window_days is None
    assert found.still_returning_share > 0.5
    assert found.sentence().startswith("No window will do: of those silent for ")
    assert "没有合适的流失窗口" in found.sentence("zh")


def test_where_a_few_leave_the_window_is_that_which_nobody_comes_back_after() -> None:
    found = suggest_window(shop([7] * 5 + [14] * 4 + [21], leaving=0.01))
    assert found.window_days == 21
    assert found.still_returning_share == 0


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.integers(1, 120), min_size=1, max_size=6),
    st.floats(0.0, 0.5),
    st.sampled_from([0.5, 0.9, 0.99]),
)
def test_a_window_keeps_what_it_says(gaps: list[int], leaving: float, share: float) -> None:
    try:
        found = suggest_window(shop(gaps, leaving, customers=60), share=share)
    except NotEnoughDataError:
        return
    if found.window_days is None:
        assert "no window will do" in found.sentence().lower()
        assert not (found.table["still_returning_share"] <= 1 - share).any()
    else:
        assert found.still_returning_share <= 1 - share
        assert 1.5 * found.window_days <= found.seen_days
        assert str(found.window_days) in found.sentence()


def test_one_closed_gap_suggests_nothing() -> None:
    one = orders_of(("ann", "2023-01-01", 1), ("ann", "2024-05-27", 1), ("bob", "2023-05-01", 1))
    with pytest.raises(NotEnoughDataError, match="need at least 30 gaps between .*, got 1"):
        suggest_window(one)


def test_one_purchase_each_suggests_nothing() -> None:
    with pytest.raises(NotEnoughDataError, match="gaps between two purchase days.*, got 0"):
        suggest_window(SMALL.drop_duplicates("customer_id"))
    with pytest.raises(ValueError, match="share must lie strictly between 0 and 1"):
        suggest_window(SMALL, share=1.0)
