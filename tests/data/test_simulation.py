"""What is drawn has the moments of the model it is drawn from."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cemkit import customer_table, prepare_orders, simulate_orders
from cemkit.data import PurchaseProcess, simulation
from cemkit.errors import MissingDependencyError


def test_rates_and_probabilities_follow_their_distributions() -> None:
    drawn = simulate_orders(20_000, random_state=4)
    process = PurchaseProcess(**drawn.truth)
    rate = stats.gamma(process.shape_rate, scale=1 / process.scale_days)
    leave = stats.beta(process.leave_a, process.leave_b)
    assert stats.kstest(drawn.customers["purchase_rate"], rate.cdf).pvalue > 0.001
    assert stats.kstest(drawn.customers["leave_probability"], leave.cdf).pvalue > 0.001


def test_repeat_purchases_are_as_many_as_bg_nbd_expects() -> None:
    """Equation 9 of Fader, Hardie and Lee (2005), by the hypergeometric function of mpmath."""
    import mpmath

    drawn = simulate_orders(200_000, n_days=273, acquisition_days=1, random_state=5)
    p = PurchaseProcess()
    r, alpha, a, b, t = p.shape_rate, p.scale_days, p.leave_a, p.leave_b, 272.5
    series = mpmath.hyp2f1(r, b, a + b - 1, t / (alpha + t))
    expected = float((a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * series))
    repeats = len(drawn.table) / 200_000 - 1
    assert repeats == pytest.approx(expected, rel=0.02)


def test_amounts_have_the_mean_of_gamma_gamma() -> None:
    process = PurchaseProcess(spend_shape=6.0, spend_q=9.0, spend_scale=20.0)
    drawn = simulate_orders(50_000, process=process, random_state=6)
    by_customer = drawn.table.groupby("customer_id")["amount"].mean()
    assert process.mean_amount == 15.0
    assert by_customer.mean() == pytest.approx(15.0, rel=0.02)


def test_orders_are_sound_and_every_customer_has_one() -> None:
    drawn = simulate_orders(500, start_date="2024-02-01", n_days=60, acquisition_days=30)
    orders = prepare_orders(drawn.table)
    assert orders["order_date"].between("2024-02-01", "2024-03-31").all()
    customers = customer_table(orders, as_of="2024-03-31")
    assert customers.index.tolist() == list(range(1, 501))
    assert drawn.customers.index.equals(customers.index)
    left = drawn.customers["left_date"].dropna()
    assert (customers.loc[left.index, "last_order_date"] == left).all()


def test_a_seed_is_the_same_orders_and_another_seed_is_not() -> None:
    first, again, other = (simulate_orders(200, random_state=seed).table for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_files_hold_what_memory_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(simulation, "CHUNK", 300)
    here = simulate_orders(1_000, random_state=3)
    there = simulate_orders(1_000, random_state=3, path=tmp_path / "orders")
    assert there.rows == here.rows
    parts = [pd.read_parquet(file) for file in there.table["file"]]
    assert len(parts) == 4
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), here.table)
    customers = sorted((tmp_path / "orders").glob("customers-*.parquet"))
    pd.testing.assert_frame_equal(
        pd.concat([pd.read_parquet(file) for file in customers]), here.customers
    )


def test_without_pyarrow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ImportError

    monkeypatch.setattr(pd.DataFrame, "to_parquet", refuse)
    with pytest.raises(MissingDependencyError, match="pyarrow is not installed"):
        simulate_orders(10, path=tmp_path)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(PurchaseProcess)])
def test_parameters_are_positive(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        PurchaseProcess(**{name: 0.0})


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="n_customers must be at least 1"):
        simulate_orders(0)
    with pytest.raises(ValueError, match="n_days must be at least 90"):
        simulate_orders(10, n_days=30)
    assert np.isfinite(simulate_orders(1).table["amount"]).all()
