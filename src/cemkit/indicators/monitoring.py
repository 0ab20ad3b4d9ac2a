"""monitor: which indicators changed by more than their own past explains."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from tqdm import tqdm

from cemkit.checks import (
    check_columns,
    check_flag,
    check_fraction,
    check_integer,
    check_list,
    meant,
)
from cemkit.checks.engine_tables import kind_of
from cemkit.checks.options import shown
from cemkit.checks.tables import check_frame, check_size
from cemkit.errors import DataError
from cemkit.forecasting.series import numbers, season_of
from cemkit.formats import count_text, figures
from cemkit.indicators.calendar_effects import MOVING, check_holidays
from cemkit.indicators.cards import Scorecard
from cemkit.indicators.definitions import INDICATORS
from cemkit.indicators.figures import in_points, value_texts
from cemkit.indicators.forecast_errors import History, Judged, NotJudgedError
from cemkit.proportions.corrections import adjust_p_values, simultaneous_level
from cemkit.results import Result

MEASURES = {
    *("value", "lower", "upper", "numerator", "denominator", "customers", "change"),
    *("change_lower", "change_upper", "note"),
}
MEASURED = ("value", "forecast", "lower", "upper", "error", "periods", "method", "detectable")
SHOWN = (
    *("value", "forecast", "lower", "upper", "error", "p_value", "p_value_adjusted"),
    *("changed", "direction", "periods", "method", "detectable"),
)
MOST_LAST = 104
CORRECTION: Literal["benjamini-hochberg"] = "benjamini-hochberg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring(Result):
    """Which indicators changed, from `monitor`.

    Attributes:
        last: Number of periods judged together.
        tested: Number of series tested.
        flagged: Number of series that changed.
        false_alarm_rate: Bound of the probability of a false alarm, as given.
        year_over_year: Number of series with too few seasons for a seasonal model, which were
            compared with the year before.
        detectable_change: Median over these series of the smallest increase detected with a power
            of 80 %, as a fraction of the forecast; missing if none of them has only positive
            values.
        table: One row per series tested: `indicator`, the columns that split customers, `period`
            (the last one), `value, forecast, lower, upper, error, p_value, p_value_adjusted`,
            `changed`, `direction` (`"up"`, `"down"`, or empty where nothing changed), `periods`
            before those judged, `method` (`"arima"` or `"year over year"`) and `detectable`, the
            smallest rise that is found with a power of 80 %. With `last` above 1, `value` and
            `forecast` are means of these periods. A value within `lower, upper` is not a change.
        left_out: One row per series that was not tested: `indicator`, the columns that split
            customers, `period`, `periods` and `reason`: `"short history"`, `"no value"` in a judged
            period, `"does not vary"` (one value in more than half of the periods, or no error to
            judge by), `"moving holiday"` whose effect was seen too rarely, or `"no model"`.
        history: The values of the tested series: `indicator`, those columns, `period`, `value`.

    Examples:
        >>> Monitoring.__dataclass_fields__.keys() >= {"tested", "flagged", "left_out", "last"}
        True
    """

    _pictures = ("indicators.monitoring",)

    last: int
    tested: int
    flagged: int
    false_alarm_rate: float
    year_over_year: int
    detectable_change: float
    table: pd.DataFrame
    left_out: pd.DataFrame
    history: pd.DataFrame

    def groups(self) -> list[str]:
        """Return the columns that split customers."""
        columns = list(self.table.columns)
        return columns[1 : columns.index("period")]

    def texts(self, row: pd.Series) -> tuple[str, str]:
        """Return the value and the forecast of a row as shown, such as a rate in per cent.

        Args:
            row: A row of the table.

        Returns:
            Both as text, with as many digits as tell them apart.

        Examples:
            >>> from cemkit.indicators import monitor
            >>> rates = np.random.default_rng(0).normal(0.3, 0.01, 60)
            >>> table = pd.DataFrame({"indicator": "retention_rate", "value": rates})
            >>> table["period"] = pd.period_range("2019-01", periods=60, freq="M")
            >>> found = monitor(table)
            >>> found.texts(found.table.iloc[0])
            ('29.3%', '29.7%')
        """
        name, both = str(row["indicator"]), (float(row["value"]), float(row["forecast"]))
        known = name in INDICATORS and in_points(name)
        value, forecast = value_texts(name, *both) if known else figures(*both)
        return value, forecast


def monitor(
    scorecard: Scorecard | pd.DataFrame,
    *,
    indicators: Iterable[str] | None = None,
    last: int = 1,
    holidays: Iterable[str] = MOVING,
    false_alarm_rate: float = 0.05,
    progress: bool = False,
) -> Monitoring:
    """Detect the indicators that changed by more than their past variation explains.

    Each series is forecast from the periods before those judged. A change is a forecast error that
    is large compared with earlier errors of the same model. Therefore monthly shocks that all
    customers share, trends and seasons do not raise an alarm. The p-values of all series are
    corrected together (Benjamini-Hochberg).

    Series with at least 48 months before the judged ones (24 quarters, 116 weeks, or 23 periods
    without a season) are forecast by ARIMA with an order search. Shorter ones, from 22 months (14
    quarters, 62 weeks) on, are compared with the year before, with AR(1) errors around their mean
    growth. This detects only large changes; `detectable` gives the size.

    Calendar effects do not raise an alarm. Weeks follow the date, so a year of 53 weeks shifts
    nothing. A month that is longer or shorter than in other years may differ in proportion to its
    length. Around moving holidays the errors of earlier years in such periods count as well.

    Args:
        scorecard: Result of `scorecard`, or a table with `indicator, period, value` and any columns
            to split by, with one row per series and period (`period` holds pandas Periods).
        indicators: Names of indicators to monitor; all by default.
        last: Number of periods to judge together. 1 finds a sudden change in the last period. More
            find a lasting shift, which one-step forecasts follow after a while: the mean of the
            last periods is compared with the forecast made before them.
        holidays: Moving holidays that affect your customers: `"Chinese New Year"`, `"Easter"`.
            Periods around holidays that you leave out are judged like others.
        false_alarm_rate: Bound of the false discovery rate: the probability of any alarm if nothing
            changed, and the expected share of false alarms if something did.
        progress: Whether to show a progress bar.

    Returns:
        A `Monitoring`. Each indicator is judged in its last period with values.

    Raises:
        TypeError: The scorecard is neither a result of `scorecard` nor a table.
        MissingColumnsError: The table lacks `indicator`, `period` or `value`.
        DataError: `period` does not hold Periods, a series has two rows for a period, values of a
            table are infinite, or an indicator is unknown.

    References:
        Alwan, Roberts (1988), Time-series modeling for statistical process control, Journal of
        Business and Economic Statistics 6. Benjamini, Hochberg (1995), Controlling the false
        discovery rate, Journal of the Royal Statistical Society B 57.

    Examples:
        >>> months = pd.period_range("2019-01", periods=60, freq="M")
        >>> rate = [0.30 + 0.01 * ((7 * month) % 5 - 2) for month in range(59)]
        >>> table = pd.DataFrame(
        ...     {"indicator": "retention_rate", "period": months, "value": [*rate, 0.20]}
        ... )
        >>> found = monitor(table)
        >>> found.table[["indicator", "changed", "direction"]].to_dict("records")
        [{'indicator': 'retention_rate', 'changed': True, 'direction': 'down'}]
    """
    count = check_integer(last, "last", minimum=1, maximum=MOST_LAST)
    rate = check_fraction(false_alarm_rate, "false_alarm_rate")
    names = check_holidays(holidays)
    check_flag(progress, "progress")
    table, by = _checked(scorecard)
    if indicators is not None:
        table = _chosen(table, indicators)
    keys = ["indicator", *by]
    ends = _last_periods(table)
    judged: list[tuple[dict[str, Any], Judged, pd.Series]] = []
    left_out: list[dict[str, Any]] = []
    groups = table.groupby(keys, sort=False, dropna=False, observed=True)
    for key, rows in tqdm(groups, desc="series", disable=not progress):
        series = _regular(rows, ends[key[0]])
        row = {**dict(zip(keys, key, strict=True)), "period": ends[key[0]]}
        row["periods"] = max(len(series) - count, 0)
        history = History(
            series=series,
            season=season_of(pd.PeriodIndex(series.index)),
            last=count,
            holidays=names,
        )
        try:
            judged.append((row, history.judged(), series))
        except NotJudgedError as reason:
            left_out.append({**row, "reason": str(reason)})
    return _result(judged, left_out, keys, count, rate)


def _result(
    judged: list[tuple[dict[str, Any], Judged, pd.Series]],
    left_out: list[dict[str, Any]],
    keys: list[str],
    last: int,
    rate: float,
) -> Monitoring:
    """The verdict on all series together."""
    p_values = np.array([one.p_value for _, one, _ in judged])
    adjusted = adjust_p_values(p_values, CORRECTION)
    # At this level a value lies outside its interval exactly where it is called changed.
    level = simultaneous_level(adjusted, CORRECTION, 1 - rate)
    alone = 1 - rate / max(len(judged), 1)
    rows = [
        {**row, **_measures(one, series, last, level), "detectable": one.detectable(alone)}
        for row, one, series in judged
    ]
    columns = [*keys, "period", *MEASURED]
    numbers = dict.fromkeys(["value", "forecast", "lower", "upper", "error", "detectable"], float)
    table = pd.DataFrame(rows, columns=columns).astype(numbers)
    table = table.assign(p_value=p_values, p_value_adjusted=adjusted, changed=adjusted < rate)
    up = np.where(table["error"] > 0, "up", "down")
    table["direction"] = np.where(table["changed"], up, "")
    short = [one for _, one, _ in judged if one.year_over_year]
    relative = [one.detectable(alone) / one.in_units(one.forecast) for one in short if one.is_log]
    return Monitoring(
        last=last,
        tested=len(table),
        flagged=int(table["changed"].sum()),
        false_alarm_rate=rate,
        year_over_year=len(short),
        detectable_change=float(np.median(relative)) if relative else math.nan,
        table=table[[*columns[: -len(MEASURED)], *SHOWN]],
        left_out=pd.DataFrame(left_out, columns=[*keys, "period", "periods", "reason"]),
        history=_history([(row, series) for row, _, series in judged], keys),
    )


def _measures(one: Judged, series: pd.Series, last: int, level: float) -> dict[str, Any]:
    """The numbers of a row, in the units of the series."""
    value, forecast = float(series.iloc[-last:].mean()), one.in_units(one.forecast)
    lower, upper = one.bounds(level)
    return {
        "value": value,
        "forecast": forecast,
        "lower": lower,
        "upper": upper,
        "error": value - forecast,
        "method": "year over year" if one.year_over_year else "arima",
    }


def _history(series: list[tuple[dict[str, Any], pd.Series]], keys: list[str]) -> pd.DataFrame:
    """The values of the tested series, one below the other."""
    parts = [
        pd.DataFrame({**{key: row[key] for key in keys}, "period": one.index, "value": one.array})
        for row, one in series
    ]
    if not parts:
        return pd.DataFrame(columns=[*keys, "period", "value"])
    return pd.concat(parts, ignore_index=True)


def _checked(scorecard: Scorecard | pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The table with its values as floats, and the columns that split customers."""
    table = scorecard.table if isinstance(scorecard, Scorecard) else scorecard
    if not isinstance(table, pd.DataFrame):
        raise TypeError(
            "scorecard must be the result of scorecard, or a table with indicator, period and "
            f"value, not {kind_of(scorecard)}"
        )
    table = check_frame(table, "scorecard")
    check_columns(table.columns, ["indicator", "period", "value"])
    by = [name for name in table.columns if name not in {"indicator", "period", *MEASURES}]
    if not isinstance(table["period"].dtype, pd.PeriodDtype):
        raise DataError(
            f"period must hold pandas Periods, not {table['period'].dtype}; convert the dates, as "
            "with .dt.to_period('M')"
        )
    if table[["indicator", "period"]].isna().to_numpy().any():
        raise DataError("indicator or period is missing in a row of scorecard; leave it out")
    values = numbers(table["value"], "value")
    if isinstance(scorecard, Scorecard):  # what was spent without a new customer has no cost each
        values = np.where(np.isinf(values), np.nan, values)
    if np.isinf(values).any():
        raise DataError(
            f"value is infinite in {count_text(int(np.isinf(values).sum()), 'rows')}; correct "
            "them, or leave them out"
        )
    check_size(values, "value")
    table = table[["indicator", *by, "period"]].assign(value=values)
    _check_unique(table, ["indicator", *by])
    return table, by


def _check_unique(table: pd.DataFrame, keys: list[str]) -> None:
    try:
        twice = table.duplicated([*keys, "period"])
    except TypeError as error:
        raise DataError(
            f"columns that split customers must hold text or numbers: {error}"
        ) from error
    if twice.any():
        row = table[twice].iloc[0]
        named = ", ".join(f"{key}={row[key]}" for key in [*keys, "period"])
        raise DataError(
            f"scorecard has two rows for {named}; give the column that tells them apart, or leave "
            "one out"
        )


def _chosen(table: pd.DataFrame, indicators: Iterable[str]) -> pd.DataFrame:
    """The rows of the indicators that are named."""
    wanted = list(dict.fromkeys(check_list(indicators, "indicators")))
    known = list(dict.fromkeys(table["indicator"]))
    for name in wanted:
        if not isinstance(name, str) or name not in known:
            raise DataError(
                f"indicators has {shown(name)}, which is not in the scorecard"
                f"{meant(name, known)}; it has {known}"
            )
    if not wanted:
        raise ValueError("indicators is empty; name at least one, or leave it out for all")
    return table[table["indicator"].isin(wanted)]


def _last_periods(table: pd.DataFrame) -> dict[Any, pd.Period]:
    """The last period in which an indicator has a value anywhere, or else any row."""
    known = table[table["value"].notna()]
    ends: dict[Any, pd.Period] = table.groupby("indicator", observed=True)["period"].max().to_dict()
    return ends | known.groupby("indicator", observed=True)["period"].max().to_dict()


def _regular(rows: pd.DataFrame, end: pd.Period) -> pd.Series:
    """The series from its first value to the last period of the indicator, gaps as NaN."""
    series = rows.set_index("period")["value"]
    known = series[series.notna() & (series.index <= end)]
    first = known.index.min() if len(known) else end
    every = pd.period_range(first, end, freq=end.freq)
    return series.reindex(every)
