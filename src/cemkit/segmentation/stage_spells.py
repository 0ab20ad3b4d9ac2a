"""stage_durations: how long customers have been in their stage, and how fast they leave it."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd
from statsmodels.duration.survfunc import SurvfuncRight

from cemkit.checks import check_columns, check_frame, check_spellings, customer_ids, local_days
from cemkit.data.columns import plain_words
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.results import Result

KEYS = ["customer_id", "as_of", "stage"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StageDurations(Result):
    """How long customers stay in each stage, from `stage_durations`.

    Attributes:
        customers: Number of customers in the last snapshot.
        snapshots: Number of snapshots.
        first_as_of, last_as_of: Days of the first and last snapshot.
        longest_step_days: Longest time between two snapshots, in days. Changes are known to this
            precision.
        table: One row per stage, sorted by name: `customers` in it on the last day;
            `median_stage_days`, the median time they have been in it; `entered` and `left`, the
            number of entries and exits between the first and the last day; and
            `median_days_to_leave` (Kaplan-Meier, from the stays that began after the first day;
            missing where fewer than half of them ended).
        current: One row per customer of the last snapshot: `stage`; `since`, the first snapshot of
            the unbroken stay; `stage_days` from then to the last day (a lower bound if the stay
            `began_before` the first day); `previous_stage`; and `previous_days`, the length of the
            stay before (missing where it began before the first day).
        moves: One row per observed move between two stages: `from_stage, to_stage`, the number of
            `moves`, and `median_days` spent in `from_stage` (missing where all stays began before
            the first day).
        flows: One row per snapshot except the last, and per pair of stages: `as_of, next_as_of,
            from_stage, to_stage` and the number of `customers`, including those who stayed.
            Customers with an unknown stage on one of the two days are left out.
        counts: One row per snapshot and stage: `as_of, stage, customers`.

    Examples:
        >>> history = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 1, 2, 2, 2],
        ...         "as_of": pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"] * 2),
        ...         "stage": ["acquisition", "growth", "growth", "growth", "growth", "churned"],
        ...     }
        ... )
        >>> found = stage_durations(history)
        >>> found.current[["stage", "stage_days", "began_before"]]
                       stage  stage_days  began_before
        customer_id
        1             growth          31         False
        2            churned           0         False
    """

    _pictures = ("segmentation.stage_flow",)

    customers: int
    snapshots: int
    first_as_of: pd.Timestamp
    last_as_of: pd.Timestamp
    longest_step_days: int
    table: pd.DataFrame
    current: pd.DataFrame
    moves: pd.DataFrame
    flows: pd.DataFrame
    counts: pd.DataFrame


def stage_durations(history: pd.DataFrame) -> StageDurations:
    """Measure how long customers stay in each stage, and where they move next.

    Stages are known only on the days of the snapshots, so each change lies between two of them. A
    stay is counted from the first snapshot with the stage.

    - A stay observed on the first day began before it. Its length is a lower bound and does not
      enter the medians.
    - A stay that continues on the last day is censored (Kaplan-Meier).
    - If a customer's stage is unknown, or the customer is missing from a snapshot, the stay ends
      without a move.

    Args:
        history: Table with `customer_id, as_of, stage`, one row per customer and snapshot, such as
            the stages of `LifecycleStages` on several days. A missing stage is unknown.

    Returns:
        A `StageDurations`, whose table has one row per stage.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A customer occurs twice in a snapshot, or an id or a day is missing.
        NotEnoughDataError: There are fewer than two snapshots.

    References:
        Kaplan, Meier (1958), Nonparametric estimation from incomplete observations, JASA 53.

    Examples:
        >>> history = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 1, 2, 2, 2],
        ...         "as_of": pd.to_datetime(["2024-01-31", "2024-02-29", "2024-03-31"] * 2),
        ...         "stage": ["acquisition", "growth", "growth", "growth", "growth", "churned"],
        ...     }
        ... )
        >>> stage_durations(history).moves[["from_stage", "to_stage", "moves"]]
            from_stage to_stage  moves
        0  acquisition   growth      1
        1       growth  churned      1
    """
    rows = _read(history)
    days = np.unique(rows["day"].to_numpy().astype("datetime64[D]")).astype("datetime64[D]")
    if len(days) < 2:
        raise NotEnoughDataError("snapshots in history", len(days), 2, "add earlier days")
    spells = _spells(rows, days)
    current = _current(spells)
    return StageDurations(
        customers=int((rows["day"] == days[-1]).sum()),
        snapshots=len(days),
        first_as_of=_stamp(days[0]),
        last_as_of=_stamp(days[-1]),
        longest_step_days=int(np.diff(days).max().astype(int)),
        table=_by_stage(spells, current),
        current=current,
        moves=_moves(spells),
        flows=_flows(rows, days),
        counts=_counts(rows),
    )


def _read(history: pd.DataFrame) -> pd.DataFrame:
    """`customer_id, day, stage` by customer and day."""
    check_frame(history, "history")
    check_columns(history.columns, ["as_of", "stage"], "history has a row per customer and day")
    days = local_days(history["as_of"], "as_of of history")
    if np.isnat(days).any():
        raise DataError(
            f"as_of is missing in {count_text(np.isnat(days).sum(), 'rows')} of history"
        )
    words = plain_words(history["stage"], "stage")
    check_spellings(pd.unique(words[words != None]), "stage")  # noqa: E711 - element by element
    rows = pd.DataFrame(
        {"customer_id": customer_ids(history, "history"), "day": days, "stage": words}
    )
    twice = rows[rows.duplicated(["customer_id", "day"])]
    if len(twice):
        raise DataError(
            f"history has {count_text(len(twice), 'repeated rows')} of a customer and day, such as "
            f"{twice['customer_id'].tolist()[0]!r}; it takes one row each"
        )
    return rows.sort_values(["customer_id", "day"], ignore_index=True)


def _spells(rows: pd.DataFrame, days: npt.NDArray[np.datetime64]) -> pd.DataFrame:
    """The stays: who was in which stage without a break, from when to when, and what followed."""
    rows = rows.assign(place=np.searchsorted(days, rows["day"].to_numpy().astype("datetime64[D]")))
    rows = rows.assign(who=pd.factorize(rows["customer_id"])[0])[rows["stage"].notna()]
    stage = pd.factorize(rows["stage"])[0]
    same = np.diff(rows["who"], prepend=-1) == 0
    follows = same & (np.diff(rows["place"], prepend=-1) == 1)
    number = np.cumsum(~(follows & (np.diff(stage, prepend=-1) == 0)))
    grouped = rows.assign(follows=follows).groupby(number)
    spells = grouped.agg(
        customer_id=("customer_id", "first"),
        stage=("stage", "first"),
        start=("place", "first"),
        end=("place", "last"),
        follows=("follows", "first"),
    ).reset_index(drop=True)
    moved = np.append(spells["follows"].to_numpy(dtype=bool)[1:], False)
    left = np.where(moved, spells["end"] + 1, spells["end"])
    start = days[spells["start"].to_numpy()]
    return spells.assign(
        since=start,
        days=(days[left] - start).astype(np.int64),
        left=moved,
        to_stage=spells["stage"].shift(-1).where(moved),
        began_before=spells["start"] == 0,
        last=spells["end"] == len(days) - 1,
    )


def _current(spells: pd.DataFrame) -> pd.DataFrame:
    earlier, known = spells.shift(), spells["follows"]
    timed = known & earlier["began_before"].eq(False)
    spells = spells.assign(
        previous_stage=earlier["stage"].where(known),
        previous_days=earlier["days"].where(timed).astype("Int64"),
        stage_days=spells["days"],
        since=pd.to_datetime(spells["since"]).astype("datetime64[us]"),
    )
    columns = ["stage", "since", "stage_days", "began_before", "previous_stage", "previous_days"]
    return spells[spells["last"]].set_index("customer_id")[columns].sort_index()


def _by_stage(spells: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    now, timed = current.groupby("stage"), spells[~spells["began_before"]]
    stages = pd.Index(sorted(spells["stage"].unique()), name="stage")
    table = pd.DataFrame(
        {
            "customers": now.size().reindex(stages, fill_value=0),
            "median_stage_days": now["stage_days"].median().reindex(stages),
            "entered": timed.groupby("stage").size().reindex(stages, fill_value=0),
            "left": spells.groupby("stage")["left"].sum().reindex(stages).astype("int64"),
        }
    )
    table["median_days_to_leave"] = [_median(timed[timed["stage"] == stage]) for stage in stages]
    return table


def _median(spells: pd.DataFrame) -> float:
    """The Kaplan-Meier median of the time in a stage; missing where too few have left."""
    observed = spells[spells["days"] > 0]
    if observed.empty:
        return float("nan")
    return float(SurvfuncRight(observed["days"], observed["left"].astype(int)).quantile(0.5))


def _moves(spells: pd.DataFrame) -> pd.DataFrame:
    moved = spells[spells["left"]].assign(
        timed=spells["days"].where(~spells["began_before"]).astype("float64")
    )
    grouped = moved.groupby(["stage", "to_stage"])
    table = grouped.agg(moves=("days", "size"), median_days=("timed", "median")).reset_index()
    return table.rename(columns={"stage": "from_stage"})


def _flows(rows: pd.DataFrame, days: npt.NDArray[np.datetime64]) -> pd.DataFrame:
    """Who was in which stage on one snapshot and in which on the next, counted."""
    place = np.searchsorted(days, rows["day"].to_numpy().astype("datetime64[D]"))
    who, stage = pd.factorize(rows["customer_id"])[0], rows["stage"].to_numpy(dtype=object)
    known = rows["stage"].notna().to_numpy()
    same = np.diff(who, append=-1) == 0
    kept = same & (np.diff(place, append=-1) == 1) & known & np.append(known[1:], False)
    following = np.flatnonzero(kept) + 1
    pairs = pd.DataFrame(
        {
            "as_of": days[place[kept]],
            "next_as_of": days[place[following]],
            "from_stage": stage[kept],
            "to_stage": stage[following],
        }
    )
    return _counted(pairs)


def _counts(rows: pd.DataFrame) -> pd.DataFrame:
    """How many customers were in each stage on each snapshot."""
    known = rows[rows["stage"].notna()]
    return _counted(pd.DataFrame({"as_of": known["day"], "stage": known["stage"]}))


def _counted(pairs: pd.DataFrame) -> pd.DataFrame:
    """One row per distinct row of a table, with how many customers it stands for."""
    table = pairs.groupby(list(pairs.columns)).size().rename("customers").reset_index()
    days = [name for name in table if str(name).endswith("as_of")]
    return table.assign(**{str(name): table[name].astype("datetime64[us]") for name in days})


def _stamp(day: np.datetime64) -> pd.Timestamp:
    return pd.Timestamp(day).as_unit("us")
