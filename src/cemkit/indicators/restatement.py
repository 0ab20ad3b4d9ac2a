"""compare_scorecards: what late returns and late orders changed in periods reported before."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks.options import check_kind, shown
from cemkit.indicators.cards import Scorecard
from cemkit.indicators.figures import group_text, value_texts
from cemkit.results import Result

ROUNDING = 1e-9
SAME = (
    *("period", "window_days", "by", "compare"),
    *("repurchase_days", "response_days", "answer_days", "per_trading_day"),
)
SHOWN = ("value", "numerator", "denominator")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Restatement(Result):
    """Reported numbers that changed later, from `compare_scorecards`.

    Attributes:
        as_of_before: Last day seen by the earlier scorecard.
        as_of: Last day seen by the later scorecard.
        compared: Number of rows in both scorecards.
        restated: Number of these rows whose value, numerator or denominator changed.
        added: Number of rows only in the later scorecard, such as a period that has ended since.
        removed: Number of rows only in the earlier scorecard, such as a group that no longer
            exists.
        table: One row per restated row, those with the largest relative difference first:
            `indicator`, the columns of `by`, `period`, `value_before, value, difference, relative`
            (the difference over the value before; missing where that is 0), `numerator_before,
            numerator, denominator_before, denominator`.

    Examples:
        >>> from cemkit import load_cdnow
        >>> from cemkit.indicators import scorecard
        >>> orders = load_cdnow()
        >>> before = scorecard(orders.iloc[:-5], as_of="1998-05-31", window_days=90)
        >>> after = scorecard(orders, as_of="1998-06-30", window_days=90)
        >>> compare_scorecards(before, after).table["indicator"].iloc[0]
        'total_amount'
    """

    as_of_before: str
    as_of: str
    compared: int
    restated: int
    added: int
    removed: int
    table: pd.DataFrame

    @property
    def figures(self) -> dict[str, Any]:
        """The row with the largest difference as the sentence says it, empty without one."""
        if self.table.empty:
            return {}
        row, columns = self.table.iloc[0], list(self.table.columns)
        name, by = str(row["indicator"]), columns[1 : columns.index("period")]
        both = [float(row["value_before"]), float(row["value"])]
        if np.isnan(both).any():
            texts = [None if np.isnan(one) else value_texts(name, one)[0] for one in both]
        else:
            texts = [*value_texts(name, *both)]
        return {
            "indicator": name,
            "group": group_text(row, by),
            "period": str(row["period"]),
            "before": texts[0],
            "after": texts[1],
        }


def compare_scorecards(before: Scorecard, after: Scorecard) -> Restatement:
    """Compare two scorecards to find reported numbers that changed by late orders and returns.

    Make both scorecards by the same call with an earlier and a later order table, such as last
    week's and this week's. A period that had ended by the first `as_of` should not change. If it
    does, rows with earlier dates were added or corrected.

    Args:
        before: Scorecard reported first.
        after: Scorecard of today.

    Returns:
        A `Restatement`.

    Raises:
        TypeError: One of them is not a `Scorecard`.
        ValueError: They have different periods, groups, windows or days, or the first is the later
            one.

    Examples:
        >>> from cemkit.indicators import scorecard
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "bob"],
        ...         "order_date": pd.to_datetime(["2024-01-03", "2024-01-20"]),
        ...         "amount": [20.0, 30.0],
        ...     }
        ... )
        >>> late = pd.DataFrame({**orders.iloc[:1], "amount": [-20.0]})
        >>> reported = scorecard(orders, "2024-01-31", window_days=30)
        >>> today = scorecard(pd.concat([orders, late]), "2024-02-07", window_days=30)
        >>> table = compare_scorecards(reported, today).table.set_index("indicator")
        >>> table.loc["total_amount", ["value_before", "value"]].tolist()
        [50.0, 30.0]
    """
    for card, name in ((before, "before"), (after, "after")):
        check_kind(card, Scorecard, name)
    _check_alike(before, after)
    keys = ["indicator", *before.by, "period"]
    old, new = (card.table[[*keys, *SHOWN]] for card in (before, after))
    new = new.assign(place=np.arange(len(new)))
    both = old.merge(new, on=keys, how="outer", suffixes=("_before", ""), indicator="in")
    there = both[both["in"] == "both"]
    changed = [
        ~np.isclose(there[f"{name}_before"], there[name], ROUNDING, 0.0, equal_nan=True)
        for name in SHOWN
    ]
    table = there[np.any(changed, axis=0)]
    difference = table["value"] - table["value_before"]
    base = table["value_before"].where(table["value_before"] != 0)
    table = table.assign(difference=difference, relative=difference / base.abs())
    size = table["relative"].abs().fillna(np.inf).where(difference != 0, -1.0)
    size = size.where(difference.notna(), -2.0)  # a value that came or went has no size
    table = table.assign(size=size).sort_values(["size", "place"], ascending=[False, True])
    columns = [*keys, "value_before", "value", "difference", "relative"]
    columns += [f"{name}{end}" for name in SHOWN[1:] for end in ("_before", "")]
    return Restatement(
        as_of_before=before.as_of,
        as_of=after.as_of,
        compared=len(there),
        restated=len(table),
        added=int((both["in"] == "right_only").sum()),
        removed=int((both["in"] == "left_only").sum()),
        table=table[columns].reset_index(drop=True),
    )


def _check_alike(before: Scorecard, after: Scorecard) -> None:
    for name in SAME:
        ours, theirs = getattr(before, name), getattr(after, name)
        if ours != theirs:
            raise ValueError(
                f"before has {name}={shown(ours)} and after {name}={shown(theirs)}, so their "
                f"numbers are not comparable; make both with the same {name}"
            )
    if before.as_of > after.as_of:
        raise ValueError(
            f"before was made as of {before.as_of}, later than after ({after.as_of}); swap them"
        )
