"""export_actions: actions as a file for those who carry them out."""

import csv
import dataclasses
import datetime as dt
from decimal import Decimal
from importlib.util import find_spec
from numbers import Real
from os import PathLike
from pathlib import Path

import pandas as pd

from cemkit.checks import check_as_of, check_choice, check_path, customer_ids
from cemkit.checks.tables import check_column_names
from cemkit.data.columns import check_table
from cemkit.data.consent import check_consent
from cemkit.errors import DataError, MissingDependencyError
from cemkit.results import Result

# A cell that begins with one of these is run as a formula by some spreadsheet.
FORMULA = r"^\s*[=+\-@\t\r\n＝＋－＠]"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExportedActions(Result):
    """The exported actions, from `export_actions`; `exported` and `no_consent` add up to `actions`.

    Attributes:
        path: Path of the file.
        as_of: Day for which consent was checked.
        actions: Number of actions given.
        exported: Number of actions in the file.
        no_consent: Number of actions left out because there is no consent on that day.
        guarded_cells: Number of texts that got a leading apostrophe, because a spreadsheet would
            have run them as formulas.

    Examples:
        >>> ExportedActions(
        ...     path="actions.csv",
        ...     as_of=pd.Timestamp("2024-01-31"),
        ...     actions=3,
        ...     exported=2,
        ...     no_consent=1,
        ...     guarded_cells=0,
        ... ).sentence()
        '2 of 3 actions exported to actions.csv; 1 without consent on 2024-01-31 left out.'
    """

    path: str
    as_of: pd.Timestamp
    actions: int
    exported: int
    no_consent: int
    guarded_cells: int


def export_actions(
    actions: pd.DataFrame,
    consent: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    path: str | PathLike[str],
) -> ExportedActions:
    """Write the actions with consent on the day of export to CSV or Parquet.

    Consent is checked again for the current channel of each action, because it can have been
    withdrawn since the audience was built.

    Texts that a spreadsheet would run as a formula get a leading apostrophe. They begin with `=`,
    `+`, `-`, `@` or their full-width forms, even after blanks, or with a tab or line break. This
    includes column names and telephone numbers such as `+44 ...`. CSV is UTF-8 with a byte order
    mark, so Excel reads it correctly, and every text is quoted.

    Args:
        actions: Action table with `customer_id, channel, purpose` and any other columns, with or
            without messages.
        consent: Consent table with `customer_id, channel, purpose, granted, since`.
        as_of: Day of export. Later consent records are ignored.
        path: Path of a file that ends in `.csv` or `.parquet`. An existing file is replaced.

    Returns:
        An `ExportedActions`, which counts the actions written and left out.

    Raises:
        ValueError: The path has another ending.
        DataError: Two columns have the same name, also after adding apostrophes, or a column cannot
            be written.
        MissingDependencyError: The file is Parquet but pyarrow is not installed.

    References:
        OWASP, CSV injection.

    Examples:
        >>> import tempfile
        >>> actions = pd.DataFrame(
        ...     {"customer_id": [7], "channel": "sms", "purpose": "marketing", "name": "=1+1"}
        ... )
        >>> consent = actions.assign(granted=True, since=pd.Timestamp("2024-01-01"))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "actions.csv"
        ...     exported = export_actions(actions, consent, "2024-01-31", file)
        ...     pd.read_csv(file)["name"].item()
        "'=1+1"
    """
    file = check_path(path, "path")
    check_choice(file.suffix, "the ending of path", [".csv", ".parquet"])
    if file.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise MissingDependencyError("pyarrow")
    actions = _with_index(check_table(actions, "actions"))
    check_table(actions, "actions", ["customer_id", "channel", "purpose"])
    permission = check_consent(actions, consent, as_of)
    allowed = actions[permission.table["consented"].to_numpy()]
    table, guarded = _guarded(allowed.assign(customer_id=customer_ids(allowed, "actions")))
    _write(table, file)
    return ExportedActions(
        path=str(path),
        as_of=check_as_of(as_of),
        actions=len(actions),
        exported=len(table),
        no_consent=len(actions) - len(table),
        guarded_cells=guarded,
    )


def _with_index(actions: pd.DataFrame) -> pd.DataFrame:
    """The actions with the names of their index as columns, so that none is lost."""
    named = [name for name in actions.index.names if name is not None]
    if not named:
        return actions
    twice = [name for name in named if name in actions.columns]
    if twice:
        raise DataError(f"actions have {twice[0]!r} as a column and as the index; keep one")
    return actions.reset_index()


def _write(table: pd.DataFrame, file: Path) -> None:
    try:
        if file.suffix == ".csv":
            table.to_csv(file, index=False, encoding="utf-8-sig", quoting=csv.QUOTE_NONNUMERIC)
        else:
            table.to_parquet(file, index=False)
    except (ValueError, TypeError, NotImplementedError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"the actions cannot be written as {file.suffix}: {reason}") from error


def _guarded(actions: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The table with an apostrophe before every text that would be run, and how many there are."""
    names = [_guarded_name(str(name)) for name in actions.columns]
    check_column_names(names, "the file")
    safe, count = {}, 0
    for name, (_, column) in zip(names, actions.items(), strict=True):
        runs = _run_as_formula(column)
        count += int(runs.sum())
        texts = column.astype(object)
        safe[name] = texts.where(~runs, "'" + texts.map(str)) if runs.any() else column
    return pd.DataFrame(safe, index=actions.index), count


def _run_as_formula(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_dtype(column):
        return pd.Series(False, index=column.index)
    values = column.astype(object)
    runs: pd.Series = values.map(str).str.contains(FORMULA, regex=True).astype(bool)
    return runs & ~values.map(lambda value: isinstance(value, Real | Decimal)).astype(bool)


def _guarded_name(name: str) -> str:
    return "'" + name if _run_as_formula(pd.Series([name])).item() else name
