"""Corrections against R's p.adjust and statsmodels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from cemkit.proportions.corrections import CORRECTIONS, adjust_p_values, simultaneous_level

PEER = {
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "benjamini-hochberg": "fdr_bh",
    "bonferroni": "bonferroni",
}
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@settings(max_examples=50, deadline=None)
@given(p=P_VALUES)
def test_adjusted_values_are_those_of_statsmodels(p) -> None:
    for correction, method in PEER.items():
        expected = multipletests(p, method=method)[1]
        np.testing.assert_allclose(
            adjust_p_values(p, correction), expected, rtol=1e-12, atol=1e-300
        )


def test_r_pairwise_prop_test() -> None:
    # R pairwise.prop.test, raw then Holm
    raw = [0.00533825, 0.83275748, 0.18805737, 0.00202676, 0.13094875, 0.10761187]
    holm = [0.02669124, 0.83275748, 0.43044749, 0.01216059, 0.43044749, 0.43044749]
    assert adjust_p_values(raw) == pytest.approx(holm, abs=5e-8)


@settings(max_examples=50, deadline=None)
@given(p=P_VALUES)
def test_adjusting_never_lowers_and_keeps_the_order(p) -> None:
    for correction in CORRECTIONS:
        adjusted = adjust_p_values(p, correction)
        assert (adjusted >= np.array(p) * (1 - 1e-12)).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


def test_levels() -> None:
    adjusted = [0.01, 0.02, 0.2, 0.9]
    assert simultaneous_level(adjusted, "none") == 0.95
    assert simultaneous_level(adjusted, "holm") == pytest.approx(1 - 0.05 / 4)
    # Benjamini and Yekutieli: 1 - R q / m, with R = 2 detected of m = 4
    assert simultaneous_level(adjusted, "benjamini-hochberg") == pytest.approx(1 - 0.05 * 2 / 4)
    assert simultaneous_level([], "holm") == 0.95


def test_no_p_values_and_bad_ones() -> None:
    assert adjust_p_values([]).size == 0
    for bad in (1.2, -0.1, float("nan")):
        with pytest.raises(ValueError, match=r"p_values must lie between 0 and 1"):
            adjust_p_values([0.1, bad])
    for no_list in (0.1, [[0.1, 0.2]]):
        with pytest.raises(ValueError, match="p_values must be one list, not of shape"):
            adjust_p_values(no_list)
    with pytest.raises(ValueError, match="correction must be one of 'holm'"):
        adjust_p_values([0.1], "sidak")
