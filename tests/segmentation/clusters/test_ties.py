import numpy as np

from cemkit.segmentation.clusters.ties import spread_ties


def test_steps_of_whole_numbers_become_even_and_a_true_gap_stays_open() -> None:
    rng = np.random.default_rng(0)
    values = rng.choice([1.0, 2.0, 3.0, 90.0, 91.0], 2_000)[:, None]
    spread = spread_ties(values, rng).ravel()
    assert np.array_equal(np.round(spread[values.ravel() == 2]), np.full((values == 2).sum(), 2))
    assert not ((spread > 4.5) & (spread < 88.5)).any()


def test_a_point_mass_without_like_neighbours_stays_where_it_is() -> None:
    rng = np.random.default_rng(0)
    values = np.append(np.zeros(60), rng.normal(9, 1, 40))[:, None]
    assert np.array_equal(spread_ties(values, rng), values)
