"""Did the traffic arrive as designed? If not, nothing else in the experiment can be believed."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cemkit.checks import (
    check_columns,
    check_fraction,
    check_number,
    check_spellings,
    meant,
)
from cemkit.data.reductions.table_rows import count_rows, table_columns
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.experiments.assignment import check_shares
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatioTest(Result):
    """Test for sample ratio mismatch, from `sample_ratio_test`.

    Attributes:
        statistic: Chi-square statistic of the counts against the designed shares.
        degrees_of_freedom: Number of variants minus one.
        p_value: P-value of the hypothesis that customers were assigned as designed.
        threshold: P-value below which the experiment is invalid.
        valid: Whether the p-value is at or above the threshold.
        table: One row per variant: `customers, share, designed_share`.

    Examples:
        >>> sample_ratio_test({"A": 821588, "B": 815482}, {"A": 0.5, "B": 0.5}).valid
        False
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    threshold: float
    valid: bool
    table: pd.DataFrame


def sample_ratio_test(
    counts: Mapping[str, int] | pd.Series | Any,
    shares: Mapping[str, float],
    *,
    threshold: float = 0.001,
) -> SampleRatioTest:
    """Test the number of customers per variant against the designed shares.

    It is Pearson's chi-square test for any number of variants. A mismatch means that customers were
    lost or duplicated in some variant, and those are rarely like the others.

    Args:
        counts: Numbers of customers by variant, or a table with one row per customer and a column
            `variant`.
        shares: Design as a dict of fractions by variant, adding up to 1.
        threshold: P-value below which the experiment is invalid. It is small, because every
            experiment is tested.

    Returns:
        A `SampleRatioTest`.

    Raises:
        TypeError: `counts` is neither a number per variant nor a table.
        MissingColumnsError: The table has no `variant`.
        DataError: A variant was never assigned, or is not part of the design.
        ValueError: The shares are not a design, or a count is negative.

    References:
        Kohavi, Tang, Xu (2020), Trustworthy Online Controlled Experiments, chapter 21.

    Examples:
        >>> result = sample_ratio_test({"A": 821588, "B": 815482}, {"A": 0.5, "B": 0.5})
        >>> round(result.statistic, 4), f"{result.p_value:.3g}"
        (22.7744, '1.82e-06')
    """
    designed = check_shares(shares)
    check_fraction(threshold, "threshold")
    observed = _observed(counts, designed)
    total = observed.sum()
    expected = designed * total
    statistic = float(((observed - expected) ** 2 / expected).sum())
    p_value = float(chi2.sf(statistic, len(designed) - 1))
    return SampleRatioTest(
        statistic=statistic,
        degrees_of_freedom=len(designed) - 1,
        p_value=p_value,
        threshold=threshold,
        valid=p_value >= threshold,
        table=pd.DataFrame(
            {"customers": observed, "share": observed / total, "designed_share": designed}
        ).rename_axis("variant"),
    )


def _observed(counts: Any, designed: pd.Series) -> pd.Series:
    if isinstance(counts, pd.Series):
        if not (pd.api.types.is_numeric_dtype(counts.dtype) and counts.index.is_unique):
            raise TypeError(
                "counts must be one number per variant; for a Series of variants give its "
                "value_counts()"
            )
    elif not isinstance(counts, Mapping):
        check_columns(table_columns(counts, "counts"), ["variant"])
        rows = count_rows(counts, ["variant"])
        counts = rows.set_index("variant")["rows"]
    numbers = {name: check_number(value, f"counts of {name!r}") for name, value in counts.items()}
    check_spellings([*designed.index, *numbers], "the counts and the shares")
    observed = pd.Series(numbers, dtype=np.float64)
    never = [name for name in designed.index if observed.get(name, 0) == 0]
    if never:
        raise DataError(
            f"variant {never[0]!r} was never assigned{meant(never[0], observed.index)}; the "
            f"variants are {observed.index.tolist()}"
        )
    unknown = [name for name in observed.index if name not in designed.index]
    if unknown:
        raise DataError(f"variant {unknown[0]!r} is not in the designed shares; add its share")
    observed = observed.reindex(designed.index)
    if (observed < 0).any() or (observed != np.floor(observed)).any():
        raise ValueError(f"counts must be whole numbers of at least 0, not {observed.to_dict()}")
    if observed.sum() < 10:
        raise NotEnoughDataError("assigned customers", int(observed.sum()), 10)
    return observed.astype(np.int64)
