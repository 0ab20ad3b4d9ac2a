"""Groups of comments: by columns of the responses, and by the period of their dates."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, local_dates
from cemkit.feedback.answers import group_codes
from cemkit.segmentation.cohorts import PERIODS


def period_codes(values: pd.Series, period: str) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Return the period of each date, -1 where there is none, and the periods in order."""
    moments = pd.DatetimeIndex(local_dates(values, "response_date"))
    codes, found = pd.factorize(moments.to_period(PERIODS[period]), sort=True)
    return codes.astype(np.int64), list(found)


def grouped(
    responses: pd.DataFrame, by: list[str], period: str | None
) -> tuple[npt.NDArray[np.int64], pd.DataFrame]:
    """Return the group of each row, -1 where a label is missing, and the labels of the groups."""
    parts: dict[str, tuple[npt.NDArray[np.int64], list[Any]]] = {}
    check_columns(responses.columns, by)
    for name in by:
        column = group_codes(responses[name], name)
        parts[name] = column.codes, column.labels.tolist()
    if period is not None:
        check_columns(responses.columns, ["response_date"])
        parts["period"] = period_codes(responses["response_date"], period)
    code = np.zeros(len(responses), dtype=np.int64)
    for codes, labels in parts.values():
        code = np.where((code < 0) | (codes < 0), -1, code * max(len(labels), 1) + codes)
    groups, found = pd.factorize(np.where(code < 0, np.nan, code), sort=True)
    places = found.astype(np.int64)
    columns: dict[str, list[Any]] = {}
    for name, (_, labels) in reversed(parts.items()):
        columns[name] = [labels[place] for place in places % max(len(labels), 1)]
        places = places // max(len(labels), 1)
    table = pd.DataFrame({name: columns[name] for name in parts}, index=range(len(found)))
    return groups.astype(np.int64), table
