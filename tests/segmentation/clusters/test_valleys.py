import diptest
import numpy as np
import pytest

from cemkit.segmentation.clusters.valleys import DEPTH, LEVEL, valley_p_value, valley_places


@pytest.mark.parametrize("cut", [-1.0, 0.0, 0.5, 2.0])
def test_a_cut_through_one_mode_makes_no_valley(cut: float) -> None:
    for seed in range(20):
        values = np.random.default_rng(seed).standard_normal((1_000, 2))
        below = values[:, 0] < cut
        assert valley_p_value(values[below], values[~below]) > LEVEL


def test_groups_of_like_size_are_judged_by_the_dip_of_all_their_rows() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(0, 1, (60, 1)), rng.normal(5, 1, (60, 1))
    dip, p_value = diptest.diptest(np.concatenate([one, other]).ravel())
    assert dip > DEPTH
    assert valley_p_value(one, other) == pytest.approx(p_value)
    assert valley_p_value(other, one) == pytest.approx(p_value)


def test_a_small_group_is_not_drowned_by_a_large_one() -> None:
    rng = np.random.default_rng(1)
    many, few = rng.normal(0, 1, (4_900, 1)), rng.normal(8, 1, (100, 1))
    assert diptest.diptest(np.concatenate([many, few]).ravel())[1] > 0.05
    assert valley_p_value(many, few) < 0.001


def test_a_dent_that_only_many_rows_make_significant_is_no_valley() -> None:
    rng = np.random.default_rng(2)
    one, other = rng.normal(0, 1, (20_000, 1)), rng.normal(3, 1, (20_000, 1))
    assert diptest.diptest(np.concatenate([one, other]).ravel())[1] < 0.001
    assert valley_p_value(one, other) == 1


def test_valleys_lie_between_groups_and_a_constant_line_has_none() -> None:
    rng = np.random.default_rng(3)
    line = np.concatenate([rng.normal(at, 1, 300) for at in (0, 10, 20)])
    deepest = np.sort(valley_places(line)[:2])
    assert np.all(np.abs(deepest - [5, 15]) < 2.5)
    assert valley_places(np.full(50, 3.0)).size == 0
