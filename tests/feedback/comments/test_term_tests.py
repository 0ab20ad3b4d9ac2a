"""Terms of two sides: counts, tests, ranks and intervals."""

import numpy as np
import pytest
from scipy.stats import fisher_exact
from scipy.stats.contingency import odds_ratio

from cemkit.feedback.comments.term_tests import ComparedTerms, shrunken_log_odds
from cemkit.feedback.comments.terms import TermRules
from cemkit.proportions.score import miettinen_nurminen

RULES = TermRules((2, 4), (1, 2))
RNG = np.random.default_rng(0)
WORDS = np.array(["late", "cold", "good", "fresh", "box", "tea", "cup", "sweet", "5"])


def comments(n: int, weights: list[float]) -> list[str]:
    return [" ".join(RNG.choice(WORDS, 6, p=weights)) for _ in range(n)]


TEXTS = np.array(
    comments(150, [0.25, 0.15, 0.05, 0.05, *[0.1] * 5])
    + comments(250, [0.05, 0.05, 0.25, 0.15, *[0.1] * 5]),
    dtype=object,
)
SIDES = np.array([0] * 150 + [1] * 250)
TERMS = ComparedTerms.of(TEXTS, SIDES, RULES, 10)


def test_a_comment_counts_once_however_often_it_says_a_term() -> None:
    for place, term in enumerate(TERMS.found.terms):
        for side in (0, 1):
            own = TEXTS[side == SIDES]
            expected = sum(f" {term} " in f" {text} " for text in set(own))
            assert TERMS.with_term[side, place] == expected


def test_each_term_is_tested_by_fishers_exact_test() -> None:
    sizes = TERMS.sizes
    for place in range(len(TERMS.found.terms)):
        x = TERMS.with_term[:, place].astype(int)
        table = [[x[0], sizes[0] - x[0]], [x[1], sizes[1] - x[1]]]
        tails = [fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
        assert TERMS.p_values[place] == pytest.approx(min(2 * min(tails), 1), rel=1e-9)


def test_numbers_are_no_terms() -> None:
    assert "5" not in TERMS.found.terms
    assert "5 late" in TERMS.found.terms or "late 5" in TERMS.found.terms


def test_leading_terms_are_those_planted() -> None:
    detected = TERMS.p_values < 0.01
    assert TERMS.found.terms[TERMS.leading(0, detected, 5)[0]] in {"late", "late late"}
    assert "good" in " ".join(TERMS.found.terms[k] for k in TERMS.leading(1, detected, 5)[:2])
    assert len(TERMS.leading(1, detected, 1)) == 1


def test_differences_have_the_bounds_of_miettinen_and_nurminen() -> None:
    places = TERMS.leading(0, TERMS.p_values < 0.05, 9)
    found = TERMS.described(places, 0, 0.95)
    n1, n2 = TERMS.sizes.astype(float)
    for row, place in zip(found.itertuples(), places, strict=True):
        x1, x2 = TERMS.with_term[:, place]
        lower, upper = miettinen_nurminen(
            *(np.array([value]) for value in (x2, n2, x1, n1, 1.959963984540054))
        )
        assert (row.lower, row.upper) == pytest.approx((lower[0], upper[0]))
        assert row.difference == pytest.approx(x1 / n1 - x2 / n2)
        assert row.example in set(TEXTS[SIDES == 0])
    assert TERMS.described([], 0, 0.95).empty


def test_log_odds_are_0_for_equal_shares_and_shrink_rare_terms_most() -> None:
    equal = shrunken_log_odds(np.array([10.0, 1]), np.array([100.0, 10]), 50, 500)
    np.testing.assert_allclose(equal, 0, atol=1e-12)
    rare, common = shrunken_log_odds(np.array([4.0, 400]), np.array([1.0, 100]), 1000, 1000)
    assert 0 < rare < common
    exact = odds_ratio([[400, 600], [100, 900]], kind="sample").statistic
    assert common == pytest.approx(np.log(exact), rel=0.1)
