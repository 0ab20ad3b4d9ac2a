"""The effect by day against a loop over days."""

import numpy as np
import pandas as pd
import pytest

from cemkit import DataError, NotEnoughDataError, effect_by_day

RNG = np.random.default_rng(0)
ASSIGNMENT = pd.DataFrame({"customer_id": range(300), "variant": ["A", "B", "C"] * 100})
ORDERS = pd.DataFrame(
    {
        "customer_id": RNG.integers(0, 320, 600),
        "order_date": pd.Timestamp("2024-02-25") + pd.to_timedelta(RNG.integers(0, 25, 600), "D"),
        "amount": RNG.normal(20, 15, 600).round(2),
    }
)


@pytest.mark.parametrize("metric", ["converted", "amount"])
def test_each_day_is_what_a_loop_finds(metric) -> None:
    found = effect_by_day(
        ASSIGNMENT, ORDERS, "2024-03-01", "2024-03-10", control="A", metric=metric
    )
    assert len(found) == 20
    for row in found.itertuples():
        window = ORDERS[(ORDERS["order_date"] >= "2024-03-01") & (ORDERS["order_date"] <= row.day)]
        if metric == "converted":
            done = window[window["amount"] >= 0].groupby("customer_id").size().clip(upper=1)
        else:
            done = window.groupby("customer_id")["amount"].sum()
        values = ASSIGNMENT.set_index("customer_id")["variant"].to_frame()
        values["done"] = done.reindex(values.index).fillna(0)
        arms = values.groupby("variant")["done"]
        difference = arms.mean()[row.variant] - arms.mean()["A"]
        error = np.sqrt((arms.var() / arms.size())[["A", row.variant]].sum())
        assert row.difference == pytest.approx(difference)
        assert row.upper - row.lower == pytest.approx(2 * 1.959964 * error, rel=1e-6)
        assert row.sequence_upper >= row.upper
    last = found[found["variant"] == "B"]
    assert last["daily_difference"].sum() == pytest.approx(last["difference"].iloc[-1])


def test_bad_input() -> None:
    window = ("2024-03-01", "2024-03-10")
    with pytest.raises(DataError, match=r"control 'control' is not a variant; there are \['A'"):
        effect_by_day(ASSIGNMENT, ORDERS, *window)
    with pytest.raises(NotEnoughDataError, match="customers in a variant"):
        effect_by_day(ASSIGNMENT.head(3), ORDERS, *window, control="A")
    with pytest.raises(ValueError, match="metric must be one of 'converted', 'amount'"):
        effect_by_day(ASSIGNMENT, ORDERS, *window, control="A", metric="orders")
