"""BG/BB on the donations of Fader, Hardie and Shang (2010)."""

from collections.abc import Callable
from importlib.util import find_spec
from math import comb
from pathlib import Path

import mpmath
import numpy as np
import pandas as pd
import pytest

from cemkit.clv import BetaGeoBinomialModel
from cemkit.clv.purchases.discrete import discounts
from cemkit.errors import DataError, NotEnoughDataError


@pytest.fixture(scope="module")
def donations() -> pd.DataFrame:
    spec = find_spec("lifetimes")
    assert spec is not None
    assert spec.origin is not None
    table = pd.read_csv(Path(spec.origin).with_name("datasets") / "donations.csv")
    names = {
        "frequency": "repeat_count",
        "recency": "last_opportunity",
        "periods": "opportunity_count",
    }
    return table.rename(columns=names)


@pytest.fixture(scope="module")
def fitted(donations: pd.DataFrame) -> BetaGeoBinomialModel:
    return BetaGeoBinomialModel().fit(donations, sample_weight=donations["weights"])


def test_estimates_are_those_of_the_paper(fitted: BetaGeoBinomialModel) -> None:
    published = [1.203522, 0.749716, 0.656718, 2.783442]
    assert fitted.params_.tolist() == pytest.approx(published, rel=1e-4)
    assert fitted.log_likelihood_ == pytest.approx(-33225.581274, abs=1e-4)
    assert fitted.n_customers_ == 11_104


def test_predictions_are_those_published(fitted: BetaGeoBinomialModel) -> None:
    """P(alive in 2002): table 6 of the paper, as lifetimes' own tests quote it.

    Expected purchases on the next 10 opportunities: the walkthrough of the R package BTYD.
    """
    donors = opportunities([(0, 0, 6), (2, 4, 6), (6, 6, 6)])
    assert fitted.alive_probability(donors).round(2).tolist() == [0.11, 0.59, 0.93]
    ours = fitted.expected_purchases(opportunities([(0, 0, 6), (4, 5, 6)]), 10)
    assert ours.tolist() == pytest.approx([0.1302169, 3.627858], rel=1e-4)


def opportunities(rows: list[tuple[int, ...]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["repeat_count", "last_opportunity", "opportunity_count"])


@pytest.mark.parametrize("history", [(0, 0, 6), (2, 4, 6), (3, 3, 3)])
def test_probabilities_are_the_integral_over_customers(
    fitted: BetaGeoBinomialModel, history: tuple[int, ...]
) -> None:
    """Against mpmath, over what each customer's chances of buying and of leaving may be."""
    x, last, seen = history
    alpha, beta, gamma, delta = fitted.params_

    def average(power: Callable[[mpmath.mpf], mpmath.mpf], a: float, b: float) -> mpmath.mpf:
        density = lambda p: p ** (a - 1) * (1 - p) ** (b - 1) * power(p)  # noqa: E731
        return mpmath.quad(density, [0, 0.01, 0.5, 0.99, 1]) / mpmath.beta(a, b)

    def path(there: int, stays: bool, bought: int) -> mpmath.mpf:
        buys = average(lambda p: p**bought * (1 - p) ** (there - bought), alpha, beta)
        leaves = 0 if stays else 1
        return buys * average(lambda q: q**leaves * (1 - q) ** there, gamma, delta)

    likelihood = path(seen, True, x) + sum(path(i, False, x) for i in range(last, seen))
    ahead, n = 3, 1
    bought_later = sum(
        comb(there, n) * path(seen + there, there == ahead, x + n) for there in range(n, ahead + 1)
    )
    exact = float(bought_later / likelihood)
    ours = fitted.purchase_probabilities(opportunities([history]), n, ahead)
    assert ours.item() == pytest.approx(exact, rel=1e-8)


def test_probabilities_sum_to_one_and_average_to_the_expectation(
    fitted: BetaGeoBinomialModel, donations: pd.DataFrame
) -> None:
    chances = np.array([fitted.purchase_probabilities(donations, n, 7) for n in range(8)])
    assert chances.sum(axis=0) == pytest.approx(1, abs=1e-12)
    assert np.arange(8) @ chances == pytest.approx(fitted.expected_purchases(donations, 7))
    assert (fitted.purchase_probabilities(donations, 8, 7) == 0).all()


def test_a_great_many_opportunities_are_no_overflow(fitted: BetaGeoBinomialModel) -> None:
    """Sum over the opportunity after which they leave, in mpmath's numbers without an end."""
    alpha, beta, gamma, delta = map(mpmath.mpf, fitted.params_)
    donor, n, ahead = opportunities([(6, 6, 6)]), 1000, 2000
    chance = mpmath.fsum(
        mpmath.binomial(there, n)
        * mpmath.beta(alpha + 6 + n, beta + there - n)
        * mpmath.beta(gamma + (there < ahead), delta + 6 + there)
        for there in range(n, ahead + 1)
    ) / (mpmath.beta(alpha + 6, beta) * mpmath.beta(gamma, delta + 7))
    exact = float(chance * fitted.alive_probability(donor).item())
    assert fitted.purchase_probabilities(donor, n, ahead).item() == pytest.approx(exact, rel=1e-9)


def test_simulated_donors_are_as_alive_as_predicted(fitted: BetaGeoBinomialModel) -> None:
    """Groups of 40,000 donors within 4.5 standard errors, and parameters within 3.5 of theirs."""
    donors = fitted.simulate(40_000, 6, random_state=1)
    with_columns = fitted.add_to(donors)
    groups = with_columns.groupby(["repeat_count", "last_opportunity"])
    share, expected = groups["alive"].mean(), groups["alive_probability"].first()
    error = np.sqrt(expected * (1 - expected) / groups.size())
    assert ((share - expected).abs() / error).max() < 4.5
    again = BetaGeoBinomialModel().fit(donors)
    assert ((again.params_ - fitted.params_).abs() / again.standard_errors_).max() < 3.5
    next_one = with_columns["expected_purchases"]
    assert next_one.equals(fitted.expected_purchases(donors, 1))
    assert donors.equals(fitted.simulate(40_000, 6, random_state=1))


def test_predictions_are_those_of_lifetimes(fitted: BetaGeoBinomialModel) -> None:
    fitter = fitted.to_lifetimes()
    donors = pd.DataFrame(
        {"repeat_count": [0, 3], "last_opportunity": [0, 4], "opportunity_count": [6, 6]}
    )
    theirs = fitter.conditional_expected_number_of_purchases_up_to_time(
        5, donors["repeat_count"], donors["last_opportunity"], donors["opportunity_count"]
    )
    assert fitted.expected_purchases(donors, 5).tolist() == pytest.approx(list(theirs), rel=1e-6)


def test_discounting(fitted: BetaGeoBinomialModel) -> None:
    donor = pd.DataFrame({"repeat_count": [4], "last_opportunity": [6], "opportunity_count": [6]})
    undiscounted = fitted.expected_discounted_purchases(donor, 0, 5).item()
    assert undiscounted == pytest.approx(fitted.expected_purchases(donor, 5).item())
    forever = fitted.expected_discounted_purchases(donor, 0.1).item()
    long = fitted.expected_discounted_purchases(donor, 0.1, 800).item()
    assert forever == pytest.approx(long, rel=1e-12)
    assert fitted.new_customer_purchases(1) == pytest.approx(
        1.203522 / (1.203522 + 0.749716) * 2.783442 / (0.656718 + 2.783442), rel=1e-4
    )
    with pytest.raises(ValueError, match="discount_rate=0 without a limit has no finite value"):
        discounts(0, None, "n_periods")


def test_rows_may_be_customers_or_counts(donations: pd.DataFrame) -> None:
    few = donations.assign(weights=donations["weights"] // 50)
    repeated = few.loc[np.repeat(few.index, few["weights"])].reset_index(drop=True)
    model = BetaGeoBinomialModel()
    weighted = model.fit(few, sample_weight=few["weights"]).params_
    assert model.fit(repeated).params_.tolist() == pytest.approx(weighted.tolist(), rel=1e-9)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((-1, 0, 6), "a negative value"),
        ((1.5, 2, 6), "a fractional value"),
        ((3, 2, 6), "repeat_count above last_opportunity"),
        ((3, 7, 6), "last_opportunity above opportunity_count"),
        ((0, 2, 6), "no repeat purchase, yet"),
    ],
)
def test_impossible_rows_are_named(row: tuple[float, ...], message: str) -> None:
    table = pd.DataFrame([row], columns=["repeat_count", "last_opportunity", "opportunity_count"])
    with pytest.raises(DataError, match=message):
        BetaGeoBinomialModel().fit(table)


def test_nobody_who_came_back_is_too_few() -> None:
    table = pd.DataFrame({"repeat_count": [0], "last_opportunity": [0], "opportunity_count": [6]})
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 customer with a repeat purchase, got 0"
    ):
        BetaGeoBinomialModel().fit(table)
    of_no_weight = opportunities([(2, 4, 6), (0, 0, 6)])
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 customer with a repeat purchase, got 0"
    ):
        BetaGeoBinomialModel().fit(of_no_weight, sample_weight=[0, 5])


def test_quantiles_are_the_smallest_numbers_with_enough_below_them() -> None:
    model = BetaGeoBinomialModel.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    donors = model.simulate(200, 6, random_state=1)
    levels = [0.1, 0.5, 0.9, 0.99]
    found = model.add_to(donors, 12, quantiles=levels).iloc[:, -4:]
    below = np.cumsum([model.purchase_probabilities(donors, n, 12) for n in range(13)], axis=0)
    for level, quantile in zip(levels, found.to_numpy().T, strict=True):
        assert quantile.tolist() == (below < level - 1e-12).sum(axis=0).tolist()
    assert list(found) == ["purchases_p10", "purchases_p50", "purchases_p90", "purchases_p99"]
