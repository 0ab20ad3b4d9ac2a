"""Groups with valleys between them, on the designs of benchmarks/proofs/cluster_count.py."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from cemkit.segmentation.clusters.groups import find_groups, smallest_group

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "proofs" / "cluster_count.py"


def loaded() -> ModuleType:
    specification = importlib.util.spec_from_file_location("cluster_count", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


PROOF = loaded()


@pytest.mark.parametrize("name", PROOF.SINGLE)
def test_a_single_population_is_one_group(name: str) -> None:
    assert list(PROOF.single_counts(name, range(1_000, 1_002))) == [1, 1]


@pytest.mark.parametrize("name", PROOF.PLANTED)
def test_planted_groups_are_found(name: str) -> None:
    ((count, rand),) = PROOF.planted_counts(name, range(1_000, 1_001))
    assert count == PROOF.PLANTED[name][0]
    assert rand > 0.95


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", PROOF.SINGLE)
def test_single_populations_are_one_group(name: str) -> None:
    counts = list(PROOF.single_counts(name, range(1_002, 1_010)))
    assert counts.count(1) >= 7  # of 200 at least 190


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", PROOF.PLANTED)
def test_planted_groups_are_found_again_and_again(name: str) -> None:
    counts = [count for count, _ in PROOF.planted_counts(name, range(1_001, 1_003))]
    assert counts == [PROOF.PLANTED[name][0]] * 2


def test_long_parallel_groups_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    planted = rng.integers(2, size=1_000)
    along, across = rng.normal(0, 6, 1_000), rng.normal(0, 1, 1_000) + 6 * planted
    values = np.column_stack([along + across, along - across])
    groups = find_groups(values / values.std(axis=0), random_state=0)
    assert adjusted_rand_score(groups.labels, planted) > 0.95


def test_a_group_of_two_in_a_hundred_is_found() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal((1_020, 3))
    values[:20] += [10.0, 0.0, 0.0]
    groups = find_groups(values / values.std(axis=0), random_state=0)
    assert np.bincount(groups.labels).tolist() == [1_000, 20]


@pytest.mark.parametrize("features", [2, 10])
def test_few_rows_of_one_population_are_one_group(features: int) -> None:
    draws = [np.random.default_rng(seed).standard_normal((50, features)) for seed in range(20)]
    counts = [len(find_groups(values, random_state=0).centers) for values in draws]
    assert counts.count(1) >= 19  # at a level of 1 %, and little is known of 50 rows


def test_discrete_and_constant_features_make_no_groups() -> None:
    rng = np.random.default_rng(0)
    grades = np.clip(np.round(rng.normal(3.4, 1.1, (800, 2))), 1, 5)
    values = np.column_stack([grades, rng.poisson(2, 800), rng.random(800) < 0.3, np.ones(800)])
    scaled = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-9)
    assert len(find_groups(scaled, random_state=0).centers) == 1
    same = find_groups(np.zeros((40, 2)), random_state=0)
    assert (len(same.centers), same.p_value) == (1, None)


def test_point_masses_far_apart_are_groups() -> None:
    places = np.repeat([[-1.0, -1.0], [1.0, 0.0], [0.0, 1.0]], 50, axis=0)
    groups = find_groups(places, random_state=0)
    assert np.bincount(groups.labels).tolist() == [50, 50, 50]


def test_the_smallest_group() -> None:
    assert smallest_group(1_000, 3) == 10
    assert smallest_group(101, 10) == 20
