"""nps_sample_size: published sizes, and the widths and powers they promise."""

import numpy as np
import pytest
from scipy.stats import norm

from cemkit.feedback import nps_sample_size
from cemkit.feedback.intervals import tango_bounds
from cemkit.proportions.intervals import critical_value


def test_the_sizes_of_the_formulas() -> None:
    assert nps_sample_size(margin=0.05).answers == 903
    assert nps_sample_size(difference=0.1).answers == 923
    assert nps_sample_size(difference=0.1).groups == 2
    paired = nps_sample_size(difference=0.1, paired_correlation=0.6)
    assert paired.exact == pytest.approx(0.4 * nps_sample_size(difference=0.1).exact)


def test_the_promised_width_is_that_of_tangos_interval() -> None:
    draws = np.random.default_rng(0).multinomial(903, [0.45, 0.35, 0.2], 2000).astype(float)
    n = np.full(2000, 903.0)
    lower, upper = tango_bounds(draws[:, 0], draws[:, 2], n, np.asarray(critical_value(0.95)))
    assert ((upper - lower) / 2).mean() == pytest.approx(0.04993, abs=2e-4)


def test_the_promised_power() -> None:
    rng = np.random.default_rng(0)
    a = rng.multinomial(923, [0.45, 0.35, 0.2], 4000) @ [1, 0, -1] / 923
    b = rng.multinomial(923, [0.5, 0.35, 0.15], 4000) @ [1, 0, -1] / 923
    z = (b - a) / np.sqrt(2 * 0.5875 / 923)
    assert (z > norm.ppf(0.975)).mean() == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give either margin or difference"),
        ({"margin": 0.05, "difference": 0.1}, "give either margin or difference"),
        ({"margin": 5}, "margin must lie between 0 and 1, not 5; write margin=0.05 for 5 points"),
        ({"difference": 0.0}, "difference must lie between 0 and 1"),
        ({"margin": 0.05, "paired_correlation": 0.5}, "needs a difference"),
        ({"difference": 0.1, "paired_correlation": 1.0}, "between -1 and 1"),
        ({"margin": 0.05, "promoters": 0.9, "detractors": 0.2}, "must be at most 1, not 1.1"),
        ({"margin": 0.05, "promoters": 1.0, "detractors": 0.0}, "every answer is the same"),
        ({"difference": 0.1, "power": 0.01}, "power=0.01 is not above"),
    ],
)
def test_plans_that_are_none_are_refused(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        nps_sample_size(**arguments)


def test_sentences_speak_of_points() -> None:
    assert nps_sample_size(margin=0.05).sentence() == (
        "To know NPS within 5 points either way (95% confidence) takes 903 answers, at 45% "
        "promoters and 20% detractors."
    )
    assert "923 answers in each of 2 groups" in nps_sample_size(difference=0.1).sentence()
    assert "2 组各需 923 份回答" in nps_sample_size(difference=0.1).sentence("zh")
