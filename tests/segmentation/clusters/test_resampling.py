"""Gap, prediction strength and bootstrap Jaccard against the figures of R's cluster and fpc."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from cemkit.segmentation.clusters.resampling import (
    bootstrap_jaccard,
    gap_statistic,
    prediction_strength,
)

IRIS = load_iris().data


def test_the_gap_of_ruspini(reference_data: Path) -> None:
    values = pd.read_csv(reference_data / "ruspini.csv").to_numpy(dtype=float)
    gaps = gap_statistic(values, range(1, 7), 0, references=60)
    published = [-0.1024, 0.2203, 0.3625, 1.3601, 1.3239, 1.2459]  # clusGap, d.power = 2, B = 2000
    assert [gap for gap, _ in gaps.values()] == pytest.approx(published, abs=0.05)
    assert all(0.05 < error < 0.12 for _, error in gaps.values())  # twice those of power 1


def test_the_prediction_strength_of_iris() -> None:
    found = prediction_strength(IRIS, range(1, 7), 2, splits=40)
    published = [1, 0.971, 0.802, 0.575, 0.588, 0.525]  # fpc, M = 50
    assert list(found.values()) == pytest.approx(published, abs=0.06)
    assert prediction_strength(IRIS[:6], [4], 0) == {4: 0.0}


def test_the_bootstrap_jaccard_of_iris() -> None:
    found = bootstrap_jaccard(IRIS, 3, 2, bootstraps=100)
    assert found == pytest.approx([0.950, 1, 0.937], abs=0.02)  # sizes 62, 50, 38


def test_noise_has_no_strength_beyond_one_cluster() -> None:
    noise = np.random.default_rng(0).uniform(size=(500, 3))
    strengths = prediction_strength(noise, range(1, 5), 0)
    assert max(strength for k, strength in strengths.items() if k > 1) < 0.8


def test_the_same_seed_gives_the_same_answer() -> None:
    assert prediction_strength(IRIS, [3], 7) == prediction_strength(IRIS, [3], 7)
    assert gap_statistic(IRIS, [3], 7, 5) == gap_statistic(IRIS, [3], 7, 5)
    assert gap_statistic(IRIS, [3], 7, 5) != gap_statistic(IRIS, [3], 8, 5)
    assert bootstrap_jaccard(IRIS, 3, 7, 5) == bootstrap_jaccard(IRIS, 3, 7, 5)
