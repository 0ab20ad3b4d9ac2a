"""A table as rows to compare: who was treated, what came of it, and what was known before."""

from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_frame,
    check_list,
    check_text,
    customer_ids,
    normal_ids,
)
from cemkit.data.encoding import FeatureEncoding, is_numeric
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.impact.crossfitting import canonical_order
from cemkit.targeting.treatment import treated_rows, trial_outcome

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


class Names(NamedTuple):
    """The columns that have a part."""

    treatment: str
    outcome: str
    covariates: list[str]
    placebo: str | None
    cluster: str | None

    @classmethod
    def of(
        cls,
        table: Any,
        treatment: str,
        outcome: str,
        covariates: Any,
        *,
        placebo: Any,
        cluster: Any,
    ) -> Self:
        """Check that each column is there, and has one part."""
        check_frame(table, "table")
        given = {"treatment": treatment, "outcome": outcome}
        given |= {} if placebo is None else {"placebo_outcome": placebo}
        given |= {} if cluster is None else {"cluster": cluster}
        for role, name in given.items():
            check_text(name, role)
        wanted = check_list(covariates, "covariates")
        if not wanted:
            raise ValueError(
                "covariates is empty: without any this is a plain difference of two groups, "
                "an effect only where the treatment was random (see compare_variants)"
            )
        for name in wanted:
            check_text(name, "a covariate")
        columns = [*given.values(), *wanted]
        twice = [name for name in columns if columns.count(name) > 1]
        # A shop or a region may be a covariate and a cluster.
        twice = [name for name in twice if name != cluster or name in (treatment, outcome, placebo)]
        if twice:
            raise ValueError(
                f"{twice[0]!r} is named twice among treatment, outcome, placebo_outcome and "
                "covariates; each column has one part"
            )
        check_columns(table.columns, [name for name in columns if name != cluster])
        if cluster is not None:
            check_columns([*table.columns, table.index.name], [cluster])
        return cls(treatment, outcome, wanted, placebo, cluster)


class Rows(NamedTuple):
    """The table as arrays, in an order that does not depend on its own."""

    features: Floats
    terms: list[str]
    treated: Mask
    outcome: Floats
    placebo: Floats | None
    cluster: Places
    order: Places
    incomplete: int  # rows in which a covariate is missing


def rows_of(table: pd.DataFrame, names: Names, *, positive: Any, treated: Any) -> Rows:
    """Return the table as arrays, in an order that does not depend on that of its rows."""
    arm = treated_rows(table[names.treatment], treated)
    outcome = trial_outcome(table[names.outcome], names.outcome, positive)
    placebo = None
    if names.placebo is not None:
        placebo = trial_outcome(table[names.placebo], names.placebo)
    features, terms = _features(table[names.covariates])
    ids, cluster = _ids_and_clusters(table, names.cluster)
    order = canonical_order(ids, np.column_stack([features, outcome, arm]))
    return Rows(
        features[order],
        terms,
        arm[order],
        outcome[order],
        None if placebo is None else placebo[order],
        _numbered(cluster[order]),
        order,
        int(table[names.covariates].isna().any(axis=1).sum()),
    )


def _numbered(cluster: Places) -> Places:
    """Clusters numbered in the order in which they come."""
    _, first, place = np.unique(cluster, return_index=True, return_inverse=True)
    ranks = np.empty(len(first), dtype=np.intp)
    ranks[np.argsort(first)] = np.arange(len(first))
    return ranks[place.reshape(-1)]


def _features(covariates: pd.DataFrame) -> tuple[Floats, list[str]]:
    """The covariates as a matrix, with a flag for each number that is missing in some rows."""
    gaps = {
        f"{name} is missing": values.isna().astype(np.float64)
        for name, values in covariates.items()
        if values.isna().any() and not values.isna().all() and is_numeric(values)
    }
    covariates = covariates.assign(**gaps)
    encoding = FeatureEncoding.of(covariates)
    if encoding.ignored:
        name, reason = next(iter(encoding.ignored.items()))
        raise DataError(
            f"the covariate {name!r} cannot be adjusted for: it holds {reason}. Turn dates into "
            "days before the treatment, group levels, or leave it out of covariates"
        )
    return encoding.matrix(covariates), encoding.terms


def _ids_and_clusters(table: pd.DataFrame, cluster: str | None) -> tuple[pd.Index, Places]:
    """Ids that give rows an order of their own, and the cluster of each row."""
    named = "customer_id" in table.columns or table.index.name == "customer_id"
    ids = customer_ids(table, "table") if named else None
    if cluster is None:
        if ids is None:
            return pd.RangeIndex(len(table)), np.arange(len(table))
        return ids.rename("customer_id"), _codes(ids)
    groups = normal_ids(table.get(cluster, table.index), cluster)
    if groups.hasnans:
        raise DataError(
            f"{cluster} is missing in {count_text(int(np.count_nonzero(groups.isna())), 'rows')} "
            "of the table"
        )
    return (groups if ids is None else ids).rename("id"), _codes(groups)


def _codes(ids: pd.Index) -> Places:
    return pd.factorize(ids)[0].astype(np.intp)


def check_clusters(treated: Mask, cluster: Places, n_folds: int) -> None:
    """Raise where an arm has fewer clusters than folds."""
    for arm, name in ((treated, "treated"), (~treated, "untreated")):
        count = len(np.unique(cluster[arm]))
        if count < n_folds:
            raise NotEnoughDataError(
                f"clusters with {name} rows",
                have=count,
                need=n_folds,
                hint="give more, lower n_folds, or name a smaller unit as the cluster",
            )
