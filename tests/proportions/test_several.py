"""Several proportions against R."""

import numpy as np
import pytest

from cemkit.proportions.several import compare_proportions


def test_r_prop_test() -> None:
    found = compare_proportions([83, 90, 129, 70], [86, 93, 136, 82])
    assert found.statistic == pytest.approx(12.6004113, abs=5e-8)
    assert found.degrees_of_freedom == 3
    assert found.p_value == pytest.approx(0.005585477, abs=5e-10)


def test_r_pairwise_prop_test() -> None:
    found = compare_proportions([73, 90, 114, 75], [86, 93, 136, 82])
    assert found.statistic == pytest.approx(11.11938768628861, rel=1e-12)
    assert found.p_value == pytest.approx(0.011097511366581344, rel=1e-10)
    raw = [0.00533825, 0.83275748, 0.18805737, 0.00202676, 0.13094875, 0.10761187]
    holm = [0.02669124, 0.83275748, 0.43044749, 0.01216059, 0.43044749, 0.43044749]
    assert found.table["p_value"].tolist() == pytest.approx(raw, abs=5e-9)
    assert found.table["p_value_adjusted"].tolist() == pytest.approx(holm, abs=5e-8)
    assert found.sentence().endswith("a difference is detected in 2 of 6 pairs (holm).")
    assert "检测到 2 对差异" in found.sentence("zh")


def test_pairs_carry_their_labels_and_sign() -> None:
    table = compare_proportions([10, 30, 20], [100, 100, 100], ["a", "b", "c"]).table
    assert table[["control", "treatment"]].to_numpy().tolist() == [
        ["a", "b"],
        ["a", "c"],
        ["b", "c"],
    ]
    assert table["difference"].tolist() == pytest.approx([0.2, 0.1, -0.1])


def test_nobody_and_everybody() -> None:
    for counts in ([0, 0, 0], [9, 8, 7]):
        found = compare_proportions(counts, [9, 8, 7])
        assert (found.statistic, found.p_value) == (0, 1)
        assert not np.isnan(found.table["p_value"]).any()


def test_without_correction_the_adjusted_value_is_the_raw_one() -> None:
    table = compare_proportions([1, 2, 3], [9, 9, 9], correction="none").table
    assert (table["p_value_adjusted"] == table["p_value"]).all()


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="need at least two arms to compare, got 1"):
        compare_proportions([1], [2])
    with pytest.raises(ValueError, match="labels must name 2 arms, each once"):
        compare_proportions([1, 2], [9, 9], ["a", "a"])
    with pytest.raises(ValueError, match="'b' has 10 successes in 9 trials"):
        compare_proportions([1, 10], [9, 9], ["a", "b"])
