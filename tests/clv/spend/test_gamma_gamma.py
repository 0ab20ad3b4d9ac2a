"""Gamma-Gamma against published values, and its refusals."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cemkit import GammaGammaModel, customer_table, load_cdnow
from cemkit.clv.spend.gamma_gamma import _warn_of_correlation
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), as_of="1997-09-30")


def test_estimates_are_those_of_clvtools(customers: pd.DataFrame) -> None:
    model = GammaGammaModel().fit(customers)
    assert model.params_.tolist() == pytest.approx([6.249572, 3.744225, 15.443521], rel=1e-5)
    assert model.log_likelihood_ == pytest.approx(-4055.917695, abs=1e-5)
    assert model.n_customers_ == 946


def test_means_are_those_of_hardies_spreadsheet() -> None:
    model = GammaGammaModel.from_parameters(p=6.249572, q=3.744225, gamma=15.443521)
    spec = find_spec("lifetimes")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).with_name("datasets")
    summary = pd.read_csv(folder / "cdnow_customers_summary_with_transactions.csv").head(3)
    table = pd.DataFrame({"repeat_count": summary["x"], "repeat_mean_amount": summary["zbar"]})
    ours = model.expected_mean_amount(table)
    assert ours.tolist() == pytest.approx([24.658616, 18.911480, 35.171002], rel=1e-4)


def test_money_scales_the_model(customers: pd.DataFrame) -> None:
    dollars = GammaGammaModel().fit(customers)
    in_cents = customers.assign(repeat_mean_amount=customers["repeat_mean_amount"] * 100)
    cents = GammaGammaModel().fit(in_cents)
    assert (cents.params_ / [1, 1, 100]).tolist() == pytest.approx(dollars.params_.tolist())
    ours = cents.expected_mean_amount(in_cents) / 100
    assert ours.tolist() == pytest.approx(dollars.expected_mean_amount(customers).tolist())


def test_order_and_weights(customers: pd.DataFrame) -> None:
    model = GammaGammaModel().fit(customers)
    shuffled = customers.sample(frac=1, random_state=1)
    assert GammaGammaModel().fit(shuffled).params_.equals(model.params_)
    weighted = GammaGammaModel().fit(customers, sample_weight=np.full(2357, 2.0))
    assert weighted.params_.tolist() == pytest.approx(model.params_.tolist(), rel=1e-7)
    assert weighted.n_customers_ == 2 * 946
    assert GammaGammaModel.from_json(model.to_json()).covariance_.equals(model.covariance_)


def test_a_mean_that_does_not_exist_is_an_error_never_negative() -> None:
    model = GammaGammaModel.from_parameters(p=0.5, q=0.8, gamma=10.0)
    once = pd.DataFrame({"repeat_count": [0, 3], "repeat_mean_amount": [0.0, 20.0]})
    with pytest.raises(DataError, match=r"of 1 customer does not exist: .*q=0\.8"):
        model.expected_mean_amount(once)
    assert model.expected_mean_amount(once.tail(1)).item() == pytest.approx(0.5 * 70 / 1.3)


def test_a_negative_amount_counts_as_nothing_and_zero_as_it_is() -> None:
    model = GammaGammaModel.from_parameters(p=6.0, q=4.0, gamma=15.0)
    table = pd.DataFrame(
        {"repeat_count": [0, 2, 1], "repeat_mean_amount": [0.0, 0.0, -90.0]}, index=["a", "b", "c"]
    )
    assert model.expected_mean_amount(table.head(2)).tolist() == pytest.approx([30.0, 90 / 15])
    # A negative mean is taken as 0: 6 * 15 / (6 * 1 + 4 - 1).
    assert model.expected_mean_amount(table)["c"] == pytest.approx(90 / 9)
    often = table.assign(repeat_count=[0, 2, 400])
    assert 0 < model.expected_mean_amount(often)["c"] < 0.04


@pytest.mark.parametrize("count", [-2, 1.5])
def test_counts_that_are_none_are_refused(customers: pd.DataFrame, count: float) -> None:
    wrong = customers.astype({"repeat_count": float})
    wrong.iloc[7, wrong.columns.get_loc("repeat_count")] = count
    with pytest.raises(DataError, match="repeat_count must be a whole number .* 1 is not"):
        GammaGammaModel().fit(wrong)
    model = GammaGammaModel.from_parameters(p=6.0, q=4.0, gamma=15.0)
    with pytest.raises(DataError, match="repeat_count must be a whole number"):
        model.expected_mean_amount(wrong)


def test_amounts_of_zero_and_less_are_left_out_and_counted(customers: pd.DataFrame) -> None:
    some = customers.copy()
    repeats = np.flatnonzero(some["repeat_count"] > 0)
    # 0, a return beyond the purchases, and what floats leave of 0.1 + 0.2 - 0.3.
    some.iloc[repeats[[3, 5, 8]], some.columns.get_loc("repeat_mean_amount")] = [
        0.0,
        -4.0,
        0.1 + 0.2 - 0.3,
    ]
    model = GammaGammaModel().fit(some)
    kept = customers.drop(index=customers.index[repeats[[3, 5, 8]]])
    assert model.params_.equals(GammaGammaModel().fit(kept).params_)
    assert model.left_out_.to_dict() == {
        "no repeat purchase": 1411,
        "mean repeat amount of 0 or less": 3,
        "never ordered": 0,
    }
    assert model.n_customers_ == 943
    weighted = GammaGammaModel().fit(some, sample_weight=np.full(2357, 2.0))
    assert weighted.left_out_.tolist() == [2822, 6, 0]
    assert (model.expected_mean_amount(some) > 0).all()


def test_customers_whose_purchases_are_all_free_are_too_few(customers: pd.DataFrame) -> None:
    free = customers.assign(repeat_mean_amount=0.0)
    with pytest.raises(
        NotEnoughDataError, match="customers with a repeat purchase and a mean.*, got 0"
    ):
        GammaGammaModel().fit(free)


def test_one_repeat_buyer_is_too_few(customers: pd.DataFrame) -> None:
    with pytest.raises(NotEnoughDataError, match="customers with a repeat purchase.*, got 0"):
        GammaGammaModel().fit(customers[customers["repeat_count"] == 0])


def test_spend_that_goes_with_frequency_is_a_warning() -> None:
    random = np.random.default_rng(0)
    x = random.integers(1, 9, 500)
    table = pd.DataFrame({"repeat_count": x, "repeat_mean_amount": random.gamma(4, 5, 500) * x})
    with pytest.warns(CemkitWarning, match=r"correlation of \+0\.\d\d \(95% CI \+0\.\d\d to"):
        GammaGammaModel().fit(table)


def shop(n: int, power: float, seed: int) -> pd.DataFrame:
    """Repeat buyers whose spend goes with a power of their frequency."""
    random = np.random.default_rng(seed)
    x = 1 + random.poisson(random.gamma(0.6, 3, n))
    rate = random.gamma(3, 1 / 15, n)
    z = random.gamma(x * 1.0, 1 / (rate * x)) * x**power
    return pd.DataFrame({"repeat_count": x, "repeat_mean_amount": z})


def test_a_moderate_association_with_frequency_is_a_warning() -> None:
    table = shop(3000, 0.4, 1)
    linear = np.corrcoef(table["repeat_count"], table["repeat_mean_amount"])[0, 1]
    assert 0.1 < linear < 0.3
    with pytest.warns(CemkitWarning, match=r"have a correlation of .* beyond 0\.1, and"):
        GammaGammaModel().fit(table)
    counts = np.full(len(table), 2.0)
    with pytest.warns(CemkitWarning, match="have a correlation of"):
        GammaGammaModel().fit(table, sample_weight=counts)


@pytest.mark.parametrize("n", [3, 10, 300, 3000])
def test_spend_that_is_independent_of_frequency_gives_no_warning(n: int) -> None:
    """Ranks correlate even there: means of more purchases are less skewed."""
    for seed in range(10):
        table = shop(n, 0.0, seed)
        _warn_of_correlation(*table.to_numpy().T, np.ones(n))
