"""Labels and the window: by hand, on CDNOW, and against a Kaplan-Meier of statsmodels."""

import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from cemkit import DataError, NotEnoughDataError, label_churn, suggest_window


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
        ("2024-02-01", 5, "nobody bought between 2024-02-01 and 2024-02-06"),
    ],
)
def test_a_window_that_cannot_be_seen_is_an_error(as_of: str, days: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        label_churn(SMALL, as_of, days)


def test_no_orders_and_no_purchases() -> None:
    with pytest.raises(NotEnoughDataError, match="0 orders"):
        label_churn(SMALL.iloc[:0], "2024-01-31", 10)
    with pytest.raises(NotEnoughDataError, match="0 purchases"):
        label_churn(SMALL.assign(amount=-1.0), "2024-01-31", 10)
    with pytest.raises(ValueError, match="window_days must be at least 1, not 0"):
        label_churn(SMALL, "2024-01-31", 0)


def test_the_window_equals_kaplan_meier_of_statsmodels(cdnow: pd.DataFrame) -> None:
    days = cdnow.assign(day=cdnow["order_date"].dt.normalize())
    days = days.drop_duplicates(["customer_id", "day"]).sort_values(["customer_id", "day"])
    after = days.groupby("customer_id")["day"].shift(-1)
    gap = (after.fillna(cdnow["order_date"].max()) - days["day"]).dt.days
    curve = SurvfuncRight(gap, after.notna().astype(int))
    returned = pd.Series(1 - curve.surv_prob, index=curve.surv_times)
    found = suggest_window(cdnow)
    assert found.window_days == returned.index[returned >= 0.9 * returned.iloc[-1]][0] == 232
    for window in found.table.index:
        share = returned[returned.index <= window].iloc[-1]
        assert found.table.loc[window, "returned_share"] == pytest.approx(share, rel=1e-12)
        late = (returned.iloc[-1] - share) / (1 - share)
        assert found.table.loc[window, "still_returning_share"] == pytest.approx(late, rel=1e-9)
    assert found.gaps + found.open_gaps == len(days)


def test_the_suggestion_in_words(cdnow: pd.DataFrame) -> None:
    found = suggest_window(cdnow)
    assert "after 232 days without a purchase: 18.7% of those" in found.sentence()
    assert "232 天" in found.sentence("zh")
    assert "longest_gap_days       533" in str(found)


def test_one_purchase_each_suggests_nothing() -> None:
    with pytest.raises(NotEnoughDataError, match="0 customers who bought on two days"):
        suggest_window(SMALL.drop_duplicates("customer_id"))
    with pytest.raises(ValueError, match="share must lie strictly between 0 and 1"):
        suggest_window(SMALL, share=1.0)
