"""sBG on the cohort of Fader and Hardie (2007)."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import hyp2f1

from cemkit.clv import ShiftedBetaGeoModel
from cemkit.errors import DataError, NotEnoughDataError

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


@pytest.fixture(scope="module")
def fitted() -> ShiftedBetaGeoModel:
    return ShiftedBetaGeoModel().fit_survivors(REGULAR)


def test_estimates_are_those_of_the_paper(fitted: ShiftedBetaGeoModel) -> None:
    assert fitted.params_.tolist() == pytest.approx([0.704077, 1.182043], rel=1e-5)
    assert fitted.log_likelihood_ == pytest.approx(-1680.265188, abs=1e-5)
    assert fitted.n_customers_ == 1000


def test_survival_and_retention_are_those_of_the_formula(fitted: ShiftedBetaGeoModel) -> None:
    alpha, beta = fitted.params_
    rates = fitted.retention_rates(12)
    assert rates[1] == pytest.approx(beta / (alpha + beta))
    assert rates.is_monotonic_increasing
    survival = fitted.survival(12)
    assert survival[0] == 1
    assert survival[7] == pytest.approx(0.241, abs=0.01)
    assert (survival.to_numpy()[1:] / survival.to_numpy()[:-1]) == pytest.approx(rates.to_numpy())


def test_residual_periods_are_the_discounted_sum(fitted: ShiftedBetaGeoModel) -> None:
    table = pd.DataFrame({"period_count": [1, 3]})
    survival = fitted.survival(600).to_numpy()
    for row, age in enumerate((1, 3)):
        ahead = survival[age : age + 400] / survival[age - 1]
        by_hand = ahead @ 1.1 ** -np.arange(1, 401)
        ours = fitted.expected_discounted_periods(table, 0.1).iloc[row]
        assert ours == pytest.approx(by_hand, rel=1e-12)
        # Fader, Hardie (2010): the next payment is made today, and not discounted.
        alpha, beta = fitted.params_
        renews = (beta + age - 1) / (alpha + beta + age - 1)
        paper = renews * hyp2f1(1, beta + age, alpha + beta + age, 1 / 1.1)
        assert 1.1 * ours == pytest.approx(paper, rel=1e-9)
    assert fitted.expected_discounted_periods(table, 0, 2).iloc[0] == pytest.approx(
        survival[1] + survival[2]
    )


def test_simulated_customers_renew_as_predicted(fitted: ShiftedBetaGeoModel) -> None:
    """Shares of 40,000 customers within 4.5 standard errors of the retention rates."""
    customers = fitted.simulate(40_000, 8, random_state=2)
    rates = fitted.retention_rates(8)
    for period, rate in rates.items():
        there = customers["period_count"] >= period
        left = there & (customers["period_count"] == period) & customers["churned"]
        error = np.sqrt(rate * (1 - rate) / there.sum())
        assert abs(1 - left.sum() / there.sum() - rate) < 4.5 * error
    again = ShiftedBetaGeoModel().fit(customers)
    assert ((again.params_ - fitted.params_).abs() / again.standard_errors_).max() < 3.5
    added = fitted.add_to(customers, n_periods=3)
    renews = rates[customers["period_count"]].to_numpy()
    assert added["renewal_probability"].to_numpy() == pytest.approx(renews)
    expected = fitted.expected_discounted_periods(customers, 0, 3)
    assert added["expected_periods"].tolist() == expected.tolist()
    assert list(added.columns[:2]) == ["period_count", "churned"]


def test_a_table_of_customers_gives_the_same_fit(fitted: ShiftedBetaGeoModel) -> None:
    left = -np.diff(REGULAR)
    table = pd.DataFrame(
        {
            "period_count": [*np.repeat(np.arange(1, 8), left), *[7] * 241],
            "churned": [*[True] * 759, *[False] * 241],
        }
    )
    assert ShiftedBetaGeoModel().fit(table).params_.equals(fitted.params_)


def test_what_is_no_cohort_is_refused() -> None:
    for wrong in ([10, 11], [10, np.nan, 3], [np.inf, 3]):
        with pytest.raises(DataError, match="never rise"):
            ShiftedBetaGeoModel().fit_survivors(wrong)
    with pytest.raises(
        NotEnoughDataError,
        match="need at least 1 customer who left and customers who renewed, got 0",
    ):
        ShiftedBetaGeoModel().fit_survivors([10, 10])
    with pytest.raises(DataError, match="at least 1; 1 is not, such as 0"):
        ShiftedBetaGeoModel().fit(pd.DataFrame({"period_count": [0, 2], "churned": [0, 1]}))
    for wrong in ([0, 2], ["yes", "no"], pd.to_datetime(["1997-01-01", "1997-01-02"])):
        with pytest.raises(DataError, match="True or False, or 1 or 0"):
            ShiftedBetaGeoModel().fit(pd.DataFrame({"period_count": [1, 2], "churned": wrong}))


def test_quantiles_of_periods_are_those_of_the_survival() -> None:
    model = ShiftedBetaGeoModel.from_parameters(alpha=0.7, beta=1.2)
    members = pd.DataFrame({"period_count": [1, 3, 8]})
    levels = [0.05, 0.5, 0.9]
    found = model.add_to(members, 10, quantiles=levels).iloc[:, -3:]
    survival = model.survival(30).to_numpy()
    for age, row in zip(members["period_count"], found.to_numpy(), strict=True):
        more = survival[age:] / survival[age - 1]  # more than 0, 1, ... periods to come
        exact = [min(10, int((more > 1 - level).sum())) for level in levels]
        assert row.tolist() == exact
    assert list(found) == ["periods_p5", "periods_p50", "periods_p90"]
