"""The effect by day against a loop over days."""

import numpy as np
import pandas as pd
import pytest

from cemkit import proportion_test
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.experiments import effect_by_day

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
        if metric == "amount":
            assert row.upper - row.lower == pytest.approx(2 * 1.959964 * error, rel=1e-6)
        else:
            counts = arms.sum()[["A", row.variant]].astype(int), arms.size()[["A", row.variant]]
            test = proportion_test(*counts)
            expected = (test.difference_lower, test.difference_upper)
            assert (row.lower, row.upper) == pytest.approx(expected)
        assert row.sequence_upper >= row.upper
    last = found[found["variant"] == "B"]
    assert last["daily_difference"].sum() == pytest.approx(last["difference"].iloc[-1])


def test_the_sequence_holds_where_everybody_converts() -> None:
    # Without a difference the whole sequence holds 0 in at least 95 % of experiments.
    rng = np.random.default_rng(0)
    missed = 0
    for _ in range(100):
        days = rng.integers(0, 30, 400)
        assignment = pd.DataFrame({"customer_id": range(400), "variant": ["A", "B"] * 200})
        dates = pd.Timestamp("2024-03-01") + pd.to_timedelta(days, "D")
        orders = pd.DataFrame({"customer_id": range(400), "order_date": dates, "amount": 1.0})
        found = effect_by_day(assignment, orders, "2024-03-01", "2024-03-30", control="A")
        missed += (found["sequence_lower"] > 0).any() or (found["sequence_upper"] < 0).any()
    assert missed <= 10


def test_nobody_converted_on_the_first_day() -> None:
    late = ORDERS[ORDERS["order_date"] > "2024-03-01"]
    found = effect_by_day(ASSIGNMENT, late, "2024-03-01", "2024-03-10", control="A").iloc[0]
    nobody = proportion_test([0, 0], [100, 100])
    assert (found["lower"], found["upper"]) == pytest.approx(
        (nobody.difference_lower, nobody.difference_upper)
    )
    assert found["sequence_lower"] <= found["lower"] < 0 < found["upper"]


def test_ids_in_the_index_and_variants_that_are_numbers() -> None:
    window = ("2024-03-01", "2024-03-10")
    expected = effect_by_day(ASSIGNMENT, ORDERS, *window, control="A")
    numbered = ASSIGNMENT.assign(variant=ASSIGNMENT["variant"].map({"A": 0, "B": 1, "C": 2}))
    found = effect_by_day(numbered.set_index("customer_id"), ORDERS, *window, control=0)
    assert found["variant"].unique().tolist() == [1, 2]
    pd.testing.assert_frame_equal(found.drop(columns="variant"), expected.drop(columns="variant"))


def test_bad_input() -> None:
    window = ("2024-03-01", "2024-03-10")
    with pytest.raises(DataError, match=r"control 'control' is not a variant; there are \['A'"):
        effect_by_day(ASSIGNMENT, ORDERS, *window)
    with pytest.raises(NotEnoughDataError, match="customers in a variant"):
        effect_by_day(ASSIGNMENT.head(3), ORDERS, *window, control="A")
    with pytest.raises(ValueError, match="metric must be one of 'converted', 'amount'"):
        effect_by_day(ASSIGNMENT, ORDERS, *window, control="A", metric="orders")
    unnamed = ASSIGNMENT.assign(variant=ASSIGNMENT["variant"].replace({"C": None}))
    with pytest.raises(DataError, match="100 customers of assignment have no variant"):
        effect_by_day(unnamed, ORDERS, *window, control="A")
    with pytest.raises(NotEnoughDataError, match="need at least 2 variants, got 1"):
        effect_by_day(ASSIGNMENT.iloc[::3], ORDERS, *window, control="A")
    with pytest.raises(
        NotEnoughDataError,
        match="need at least 1 assigned customer with an order in the window, got 0",
    ):
        effect_by_day(ASSIGNMENT, ORDERS.head(0), *window, control="A")


def test_days_after_the_data_are_refused() -> None:
    last = ORDERS["order_date"].max()
    with pytest.raises(DataError, match=f"data_until={last:%Y-%m-%d}"):
        effect_by_day(ASSIGNMENT, ORDERS, "2024-03-01", "2024-03-31", control="A", data_until=last)
    with pytest.raises(DataError, match=f"after the last order on {last:%Y-%m-%d}.*as data_until"):
        effect_by_day(ASSIGNMENT, ORDERS, "2024-03-01", "2024-03-31", control="A")
    window = ("2024-03-01", last)
    found = effect_by_day(ASSIGNMENT, ORDERS, *window, control="A", data_until=last)
    pd.testing.assert_frame_equal(found, effect_by_day(ASSIGNMENT, ORDERS, *window, control="A"))
    with pytest.raises(DataError, match="the last order is on"):
        effect_by_day(ASSIGNMENT, ORDERS, *window, control="A", data_until="2024-03-05")
