"""Weights of strata: answers weighted to a population whose shares are known."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_columns, check_frame, finite_values
from cemkit.checks.options import shown
from cemkit.errors import CemkitWarning, DataError
from cemkit.formats import part_of

SIZES = ("share", "customers")
ROUNDING = 1e-3  # of shares that were written down with three digits
NAMED = 3


def population_columns(population: pd.DataFrame | None) -> list[str]:
    """The columns that a population is split by; none without a population."""
    if population is None:
        return []
    check_frame(population, "population")
    sizes = [name for name in SIZES if name in population.columns]
    if len(sizes) != 1:
        check_columns(population.columns, ["share"], "or 'customers', how many each group has")
        raise DataError("population has both share and customers; keep one of them")
    columns = [name for name in population.columns if name not in SIZES]
    if not columns:
        raise DataError("population has no column to split by, such as segment, beside its sizes")
    return [str(name) for name in columns]


def stratum_weights(population: pd.DataFrame, strata: pd.DataFrame) -> Floats:
    """The share of each stratum that has answers."""
    columns = list(strata.columns)
    shares = _shares(population, columns)
    keys = _keys(population, columns)
    if len(set(keys)) != len(keys):
        twice = next(key for at, key in enumerate(keys) if key in keys[:at])
        raise DataError(f"population names {_named(columns, twice)} twice; add up its rows")
    by_key = dict(zip(keys, shares, strict=True))
    there = _keys(strata, columns)
    lacking = [key for key in there if key not in by_key]
    if lacking:
        raise DataError(
            f"population has no share of {_named(columns, lacking[0])}, which "
            f"{len(lacking)} group(s) of the answers have; add a row for each, with 0 "
            "for a group without customers"
        )
    silent = [key for key in keys if key not in set(there) and by_key[key] > 0]
    if silent:
        names = "; ".join(_named(columns, key) for key in sorted(silent, key=str)[:NAMED])
        warnings.warn(
            f"{len(silent)} group(s) of the population gave no answer ({names}); the others are "
            "weighted to stand for all",
            CemkitWarning,
            stacklevel=5,
        )
    weights = np.array([by_key[key] for key in there])
    if weights.sum() <= 0:
        raise DataError(
            "every group that answered has a share of 0 in population; correct the shares"
        )
    return weights


def row_weights(
    weights: Floats, counts: Floats, rows: pd.DataFrame, strata: pd.DataFrame
) -> Floats:
    """Weights of strata within each row of the table, over those that answered there."""
    shared = [name for name in strata.columns if name in rows.columns]
    allowed = np.ones(counts.shape, dtype=bool)
    for name in shared:
        left, right = rows[name].astype(object), strata[name].astype(object)
        allowed &= left.to_numpy()[:, None] == right.to_numpy()[None, :]
    lacking = allowed & (counts == 0) & (weights > 0)[None, :]
    if lacking.any():
        warnings.warn(
            f"{part_of(int(lacking.any(axis=1).sum()), len(rows), 'rows lack')} answers of "
            "some group of the population; the groups that answered are weighted to stand for all",
            CemkitWarning,
            stacklevel=5,
        )
    within = np.where(counts > 0, weights[None, :], 0.0)
    total = within.sum(axis=1, keepdims=True)
    if (total <= 0).any():
        raise DataError(
            "a row of the table has answers only of groups whose share in population is 0; leave "
            "them out, or split less finely"
        )
    return np.asarray(within / total)


def _shares(population: pd.DataFrame, columns: Sequence[str]) -> Floats:
    name = next(size for size in SIZES if size in population.columns)
    sizes = finite_values(population[name], f"{name} of population")
    if (sizes < 0).any() or sizes.sum() <= 0:
        raise DataError(f"{name} of population must be at least 0 and not all 0; correct it")
    if name == "share" and abs(sizes.sum() - 1) > ROUNDING:
        raise DataError(
            f"the shares of population add up to {sizes.sum():g}, not to 1; correct "
            "them, or give the sizes of the groups as customers"
        )
    for column in columns:
        if population[column].isna().any():
            raise DataError(f"{column} of population is missing in a row; fill it in")
    return np.asarray(sizes / sizes.sum())


def _keys(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    parts = [table[name].astype(object).tolist() for name in columns]
    return list(zip(*parts, strict=True))


def _named(columns: Sequence[str], key: tuple[Any, ...]) -> str:
    return ", ".join(f"{name} {shown(value)}" for name, value in zip(columns, key, strict=True))
