"""False alarms of `monitor` where nothing changed, and the delay to find a shift, by simulation.

Run from the repository: `python benchmarks/proofs/monitoring.py`; the tables of the last run are in
`benchmarks/proofs/monitoring.md`. A table has 8 indicators: season, first-order errors of their own
(coefficient .5, innovations of 3 %), a common shock, the length of months, and a Spring Festival
that lowers the weeks of the festival and lifts those before. Nothing else changes, so every flag is
a false alarm. The month judged is drawn anew for each table.
"""

import numpy as np
import pandas as pd

from cemkit.indicators import monitor
from cemkit.indicators.calendar_effects import holiday_shares
from cemkit.indicators.forecast_errors import History

SERIES, OWN, ECHO = 8, 0.03, 0.5
FESTIVAL = np.array([0.10, -0.30, -0.10])  # before, during, after, on the log scale
SEASONS = {"M": 12, "W-SUN": 52}
# Frequency, periods, judged together, standard deviations of the common shock, tables.
CASES = (
    ("M", 24, 1, (0.0, 0.02, 0.05), 200),
    ("M", 36, 1, (0.02,), 200),
    ("M", 61, 1, (0.0, 0.02, 0.05), 200),
    ("M", 66, 6, (0.0,), 200),
    ("W-SUN", 104, 1, (0.02,), 100),
)
SHIFTS, PERIODS, RUNS = (2.0, 4.0), (1, 2, 3, 6, 12), 200


def echoing(rng: np.random.Generator, count: int) -> np.ndarray:
    """First-order errors."""
    errors = rng.normal(0, OWN, count + 20)
    for place in range(1, len(errors)):
        errors[place] += ECHO * errors[place - 1]
    return errors[20:]


def quiet_table(
    rng: np.random.Generator, frequency: str, count: int, shock: float, festival: np.ndarray
) -> pd.DataFrame:
    """Indicators in which nothing changes but what the calendar and chance do."""
    start = pd.Period("2008-01-01", frequency) + int(rng.integers(0, 4 * SEASONS[frequency]))
    index = pd.period_range(start, periods=count, freq=frequency)
    turn = 2 * np.pi * index.day_of_year / 365.25
    common = rng.normal(0, shock, count) + holiday_shares(index, ["Chinese New Year"]) @ festival
    if frequency == "M":
        common += np.log(index.days_in_month / 30.4)
    parts = []
    for number in range(SERIES):
        season = 0.2 * np.sin(turn + rng.uniform(0, 6)) + 0.1 * np.sin(2 * turn)
        value = np.exp(5 + season + common + echoing(rng, count))
        parts.append(pd.DataFrame({"indicator": f"i{number}", "period": index, "value": value}))
    return pd.concat(parts, ignore_index=True)


def false_alarms() -> None:
    """Print how often a table has any flag, and how often a series has p < .05 by itself."""
    print("## False alarms\n")
    print(
        "| periods | judged | common shock | tables | tables with a flag | tested | p < .05 "
        "| p < .01 |"
    )
    print("|---" * 8 + "|")
    for frequency, count, last, shocks, tables in CASES:
        festival = FESTIVAL if frequency == "M" else FESTIVAL / 3
        for shock in shocks:
            rng = np.random.default_rng([count, last, round(1000 * shock)])
            found = [
                monitor(quiet_table(rng, frequency, count, shock, festival), last=last)
                for _ in range(tables)
            ]
            alarms = np.mean([one.flagged > 0 for one in found])
            p = np.concatenate([one.table["p_value"].to_numpy(dtype=float) for one in found])
            name = "months" if frequency == "M" else "weeks"
            print(
                f"| {count} {name} | last {last} | {shock:.0%} | {tables} | {alarms:.1%} "
                f"| {len(p) / (tables * SERIES):.0%} | {np.mean(p < 0.05):.1%} "
                f"| {np.mean(p < 0.01):.1%} |",
                flush=True,
            )


def delays() -> None:
    """Print the share of shifts found by themselves (p < .05, .01) after so many periods."""
    print(
        "\n## Delay to find a lasting shift (60 periods before it, one series without a season)\n"
    )
    print("Share found at p < .05 / p < .01, in units of an innovation's standard deviation.\n")
    print("| shift | judged | " + " | ".join(f"after {period}" for period in PERIODS) + " |")
    print("|---|---" + "|---" * len(PERIODS) + "|")
    for shift in SHIFTS:
        for last in (1, 3, 6):
            rng = np.random.default_rng([int(shift), last])
            found = np.array([_p_values(rng, shift, last) for _ in range(RUNS)])
            cells = [f"{np.mean(p < 0.05):.0%} / {np.mean(p < 0.01):.0%}" for p in found.T]
            print(f"| {shift:g} sd | last {last} | " + " | ".join(cells) + " |", flush=True)


def _p_values(rng: np.random.Generator, shift: float, last: int) -> list[float]:
    """The p-values of a series some periods after a shift of so many innovation deviations."""
    index = pd.period_range("2010-01-04", periods=60 + PERIODS[-1], freq="W-SUN")
    values = 5 + echoing(rng, len(index))
    values[60:] += shift * OWN
    series = pd.Series(np.exp(values), index)
    return [
        History(series=series.iloc[: 60 + period], season=1, last=last, holidays=())
        .judged()
        .p_value
        for period in PERIODS
    ]


def main() -> None:
    """Print both tables as Markdown."""
    print("Monitoring by simulation; written by `python benchmarks/proofs/monitoring.py`.\n")
    false_alarms()
    delays()


if __name__ == "__main__":
    main()
