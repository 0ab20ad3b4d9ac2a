"""GammaGammaModel on CDNOW against Fader and Hardie (2013) and CLVTools."""

import pandas as pd
import pytest

from cemkit import DataError, GammaGammaModel, NotEnoughDataError, load_cdnow, summarize_customers


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return summarize_customers(load_cdnow("sample"), as_of="1997-09-30")


def test_estimates_of_the_paper(customers: pd.DataFrame) -> None:
    model = GammaGammaModel().fit(customers)
    assert model.params_.tolist() == pytest.approx([6.249572, 3.744225, 15.443521], rel=1e-4)
    assert model.log_likelihood_ == pytest.approx(-4055.917695, abs=1e-3)
    assert model.n_customers_ == 946


def test_hardies_spreadsheet(customers: pd.DataFrame) -> None:
    # The first three customers of the sample.
    first = pd.DataFrame({"repeat_count": [2, 1, 0], "repeat_mean_amount": [22.35, 11.77, 0.0]})
    means = GammaGammaModel().fit(customers).expected_mean_amount(first)
    assert means.tolist() == pytest.approx([24.658616, 18.911480, 35.171002], abs=2e-3)


def test_the_unit_of_money_scales_the_answer(customers: pd.DataFrame) -> None:
    cents = customers.assign(repeat_mean_amount=customers["repeat_mean_amount"] * 100)
    one, hundred = (
        GammaGammaModel().fit(table).expected_mean_amount(table) for table in (customers, cents)
    )
    assert (hundred / one).tolist() == pytest.approx([100.0] * len(customers), rel=1e-7)


def test_zero_amounts_are_counted(customers: pd.DataFrame) -> None:
    free = customers.assign(repeat_mean_amount=0.0)
    with pytest.raises(DataError, match="946 of 946 repeat buyers have a repeat_mean_amount of 0"):
        GammaGammaModel().fit(free)


def test_nobody_came_back(customers: pd.DataFrame) -> None:
    with pytest.raises(NotEnoughDataError, match="0 customers with a repeat purchase"):
        GammaGammaModel().fit(customers[customers["repeat_count"] == 0])


def test_a_mean_that_does_not_exist(customers: pd.DataFrame) -> None:
    model = GammaGammaModel().fit(customers)
    model.params_ = pd.Series({"p": 6.0, "q": 0.9, "gamma": 15.0})
    once = customers[customers["repeat_count"] == 0]
    with pytest.raises(
        DataError, match=r"the mean amount of 1411 customers does not exist: p \* re"
    ):
        model.expected_mean_amount(once)
