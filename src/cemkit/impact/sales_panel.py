"""Sales of several products or shops side by side, and which promotions are whose."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_frame, check_list, normal_ids, unknown_labels
from cemkit.checks.engine_tables import kind_of
from cemkit.checks.options import shown
from cemkit.checks.tables import check_column_names
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.forecasting.series import regular_series
from cemkit.formats import count_text

SERIES = "series"


def check_panel(sales: pd.DataFrame) -> pd.DataFrame:
    """Sales as floats on a regular index, a column for each product or shop."""
    if not isinstance(sales, pd.DataFrame):
        raise TypeError(
            "sales must be a pandas DataFrame with a column for each product or shop, not "
            f"{kind_of(sales)}"
        )
    check_column_names(sales.columns, "sales")
    if not sales.shape[1]:
        raise DataError("sales has no columns; give one for each product or shop")
    read: dict[Any, pd.Series] = {}
    for name in sales:
        with named(name):
            read[name] = regular_series(sales[name])
            if (read[name] <= 0).any():
                low = count_text(int((read[name] <= 0).sum()), "values are")
                raise DataError(
                    f"{low} not above 0, but effects are relative here; set unknown values to NaN, "
                    "or use longer periods"
                )
    return pd.DataFrame(read)


class named:  # noqa: N801 - used as a statement
    """Say of which series an error speaks."""

    def __init__(self, name: object) -> None:
        self.name = name

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        """Raise the error again, with the name of the series before it."""
        if isinstance(error, DataError) and not isinstance(error, NotEnoughDataError):
            raise DataError(f"series {shown(self.name)}: {error}") from error


def promotions_by_series(
    promotions: pd.DataFrame, names: pd.Index
) -> Iterator[tuple[Any, pd.DataFrame]]:
    """The calendar of each series, in the order of the sales; a row of no series is of all."""
    check_frame(promotions, "promotions")
    if SERIES not in promotions.columns:
        yield from ((name, promotions) for name in names.tolist())
        return
    owners = pd.Series(normal_ids(promotions[SERIES], "series of promotions"))
    given = pd.Index(normal_ids(pd.Series(names), "names of sales"))
    unknown = owners.dropna()[~owners.dropna().isin(given)]
    if len(unknown):
        raise DataError(
            f"promotions has the series {shown(unknown.iloc[0])}, which is not a column "
            f"of sales ({', '.join(map(str, names[:8]))}); correct it"
        )
    calendar = promotions.drop(columns=SERIES)
    for name, wanted in zip(names.tolist(), given.tolist(), strict=True):
        own = owners.isna().to_numpy() | (owners == wanted).fillna(False).to_numpy(bool)
        yield name, calendar[own]


def check_names(wanted: Iterable[Any] | None, names: pd.Index, title: str) -> list[Any]:
    """Columns of the sales by name."""
    given = [] if wanted is None else check_list(wanted, title)
    for name in unknown_labels(given, names):
        raise DataError(f"{title} has {shown(name)}, which is not a column of sales; correct it")
    if len(set(given)) < len(given):
        raise DataError(f"{title} names a series twice; name each once")
    return given


def mean_logarithm(sales: pd.DataFrame) -> pd.Series:
    """The mean of the logarithms of several series, those that are known."""
    logs = np.log(sales)
    level = logs.mean()
    mean: pd.Series = (logs - level).mean(axis=1)
    return mean
