"""Conditions on customers: what their words mean. Clauses joined by `and`, each about a column."""

import dataclasses
import math
import re

import numpy as np
import numpy.typing as npt

from cemkit.checks.dates import check_as_of
from cemkit.checks.options import LARGEST_INTEGER, LONGEST_WINDOW_DAYS, shown
from cemkit.data.column_values import Codes, ColumnValues, Days, Numbers
from cemkit.formats import count_text

ORDERS_BY = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}
TIED = 1e-9  # of a change: what rounding may leave of it
HOW = (
    "'column > 0.5', 'column = value', 'column != value', 'column becomes value', 'column rose by "
    "20%', 'column fell by 20%', 'column due', 'column due in 30 days', 'column due 30 days ago', "
    "'column yearly' or 'bought category value >= 3 times in 180 days', joined by 'and'; put a "
    "name or value that holds such words or signs into quotes"
)
HOW_STATE = (
    "'column > 0.5', 'column = value', 'column != value' or 'bought category value >= 3 times in "
    "180 days', joined by 'and'; put a name or value that holds such words or signs into quotes"
)
QUOTES = ('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"), ("「", "」")
QUOTED = "|".join(
    rf"{start}(?:[^{end}]|{end}{end})*{end}" if start == end else f"{start}[^{end}]*{end}"
    for start, end in QUOTES
)
# A quote that opens stands after a blank or a sign, so that the one in Levi's does not.
PARTS = re.compile(rf"(?<![^\s<>=!])(?:{QUOTED})(?![^\s<>=!])|(?P<and>\s+and\s+)", re.IGNORECASE)
COLUMN = rf"(?P<column>{QUOTED}|[^\s<>=!][^<>=!]*?)"
VALUE = rf"(?P<value>{QUOTED}|[^\s<>=!\"“‘「][^<>=!]*)"
SIGN = r"(?P<sign>>=|<=|!=|>|<|=)"
AHEAD = r"(?:\s+in\s+(?P<ahead>\d+)\s+days?|\s+(?P<ago>\d+)\s+days?\s+ago)?"
BOUGHT = re.compile(
    rf"bought\s+(?:(?P<column>{QUOTED}|\S+)\s+{VALUE}\s*)?{SIGN}\s*(?P<times>\d+)\s+times?"
    r"\s+in\s+(?P<days>\d+)\s+days?"
)
COMPARED = re.compile(rf"{COLUMN}\s*{SIGN}\s*{VALUE}")
BECOMES = re.compile(rf"{COLUMN}\s+becomes\s+{VALUE}")
CHANGED = re.compile(rf"{COLUMN}\s+(?P<way>rose|fell)\s+by\s+(?P<size>[^\s%]+)\s*(?P<percent>%?)")
DATED = re.compile(rf"{COLUMN}\s+(?P<date>due|yearly){AHEAD}")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
Flags = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True)
class Truth:
    """For which rows something is known to hold, and for which it is known at all."""

    holds: Flags
    known: Flags


@dataclasses.dataclass(frozen=True, slots=True)
class Compared:
    """A column compared with a number, a date, a flag or a text."""

    column: str
    sign: str
    value: str

    def truth(self, values: ColumnValues) -> Truth:
        """For which customers it holds."""
        if self.sign in ORDERS_BY:
            return self._ordered(values)
        equal = _equal(values, self.column, self.value)
        return equal if self.sign == "=" else Truth(equal.known & ~equal.holds, equal.known)

    def _ordered(self, values: ColumnValues) -> Truth:
        number = as_number(self.value)
        if number is None:
            days = values.days(self.column)
            limit = np.datetime64(check_as_of(self.value, self.column), "D")
            return Truth(ORDERS_BY[self.sign](days, limit), ~np.isnat(days))
        found = values.numbers(self.column)
        return Truth(ORDERS_BY[self.sign](found, in_width_of(number, found)), ~np.isnan(found))

    def evidence(self, now: ColumnValues, earlier: ColumnValues, rows: Codes) -> list[str]:
        """The value that made it true, and the one before."""
        tail = "" if self.sign == "=" else f" {self.sign} {self.value}"
        return _was(self.column, tail, now, earlier, rows)


@dataclasses.dataclass(frozen=True, slots=True)
class Becomes:
    """A column that has a value now and did not have it before."""

    column: str
    value: str

    def truth(self, values: ColumnValues) -> Truth:
        """For which customers it has the value."""
        return _equal(values, self.column, self.value)

    def evidence(self, now: ColumnValues, earlier: ColumnValues, rows: Codes) -> list[str]:
        """The value, and the one before."""
        return _was(self.column, "", now, earlier, rows)


@dataclasses.dataclass(frozen=True, slots=True)
class Changed:
    """A number that rose or fell by so much, or by a share of what it was."""

    column: str
    way: str
    size: float
    relative: bool

    def happened(self, now: ColumnValues, earlier: ColumnValues) -> Flags:
        """For which rows it did; never where either value is missing, or a share of 0 is asked."""
        after = now.numbers(self.column).astype(np.float64)
        before = earlier.numbers(self.column).astype(np.float64)
        with np.errstate(invalid="ignore"):
            change = after - before if self.way == "rose" else before - after
            size = self.size * np.abs(before) if self.relative else np.full(len(after), self.size)
            finite = np.isfinite(before) & np.isfinite(after)
            return finite & (size > 0) & (change >= size * (1 - TIED))

    def evidence(self, now: ColumnValues, earlier: ColumnValues, rows: Codes) -> list[str]:
        """Both values."""
        return _was(self.column, "", now, earlier, rows)


@dataclasses.dataclass(frozen=True, slots=True)
class Dated:
    """A date that is due so many days from now, once or every year."""

    column: str
    kind: str
    days: int

    def evidence(self, now: ColumnValues, earlier: ColumnValues, rows: Codes) -> list[str]:
        """The date."""
        days = np.datetime_as_string(now.days(self.column)[rows])
        return [f"{self.column} {day}" for day in days]


@dataclasses.dataclass(frozen=True, slots=True)
class Bought:
    """Orders, of one category or product or of any, counted in the days up to now."""

    column: str | None
    value: str | None
    sign: str
    times: int
    days: int

    def truth(self, values: ColumnValues) -> Truth:
        """For which customers it holds; customers without orders bought 0 times."""
        counts = self._counts(values)
        compare = {**ORDERS_BY, "=": np.equal, "!=": np.not_equal}[self.sign]
        return Truth(compare(counts, self.times), np.ones(len(counts), dtype=bool))

    def _counts(self, values: ColumnValues) -> npt.NDArray[np.int64]:
        return values.purchases(self.column, self.value, self.days)

    def evidence(self, now: ColumnValues, earlier: ColumnValues, rows: Codes) -> list[str]:
        """How often they bought."""
        what = f" {self.column} {self.value}" if self.column else ""
        counts = self._counts(now)[rows].tolist()
        return [
            f"bought{what} {count} times in {count_text(self.days, 'days')}" for count in counts
        ]


State = Compared | Bought
Clause = State | Becomes | Changed | Dated


@dataclasses.dataclass(frozen=True, slots=True)
class Condition:
    """Clauses that must all hold."""

    clauses: tuple[Clause, ...]

    @property
    def states(self) -> tuple[State, ...]:
        """The clauses about who somebody is."""
        return tuple(clause for clause in self.clauses if isinstance(clause, State))

    @property
    def dated(self) -> tuple[Dated, ...]:
        """The clauses about dates that come round."""
        return tuple(clause for clause in self.clauses if isinstance(clause, Dated))

    @property
    def bought(self) -> tuple[Bought, ...]:
        """The clauses about orders."""
        return tuple(clause for clause in self.clauses if isinstance(clause, Bought))

    def truth(self, values: ColumnValues) -> Truth:
        """For whom all of `states` hold; known where one is known to fail, or all are known."""
        holds = np.ones(len(values), dtype=bool)
        known, fails = holds.copy(), ~holds
        for clause in self.states:
            truth = clause.truth(values)
            holds &= truth.holds
            known &= truth.known
            fails |= truth.known & ~truth.holds
        return Truth(holds, known | fails)


def read_condition(text: object, name: str = "when", whose: str = "", how: str = HOW) -> Condition:
    """The condition that a cell says; `name` is its column, `whose` the rule or offer it is of."""
    said = f"{name}={shown(text)}{whose}"
    parts = _parts(text) if isinstance(text, str) else []
    clauses = tuple(_clause(part, str(text).strip(), said, how) for part in parts)
    if not clauses:
        raise ValueError(f"{said} is not a condition; write {how}")
    return Condition(clauses)


def read_state(text: object, name: str, whose: str = "") -> Condition:
    """The condition of a cell that says who somebody is, and not what has just happened."""
    condition = read_condition(text, name, whose, HOW_STATE)
    for clause in condition.clauses:
        if not isinstance(clause, State):
            raise ValueError(
                f"{name}={shown(text)}{whose} asks what has just happened to "
                f"{clause.column!r}, which needs two snapshots; describe who may have it, as "
                "in 'segment = At risk', and move the change into a rule of fire_triggers"
            )
    return condition


def as_number(text: str) -> float | None:
    """The finite number that a text writes; None where it writes none."""
    number = float(text) if NUMBER.fullmatch(text) else math.nan
    return number if math.isfinite(number) else None


def _parts(text: str) -> list[str]:
    parts, start = [], 0
    for found in PARTS.finditer(text):
        if found["and"]:
            parts.append(text[start : found.start()].strip())
            start = found.end()
    return [*parts, text[start:].strip()]


def _clause(part: str, text: str, said: str, how: str) -> Clause:
    for pattern, make in (
        (BOUGHT, _bought),
        (COMPARED, _compared),
        (BECOMES, _becomes),
        (CHANGED, _changed),
        (DATED, _dated),
    ):
        found = pattern.fullmatch(part)
        if found:
            return make(found, said)
    where = "" if part == text else f": {shown(part)} cannot be read"
    raise ValueError(f"{said} is not a condition{where}; write {how}")


def _compared(found: re.Match[str], said: str) -> Compared:
    sign, value = found["sign"], _plain(found["value"])
    if not value:
        raise ValueError(
            f"{said} is not a condition, because it compares with nothing; write {HOW}"
        )
    if sign in ORDERS_BY and as_number(value) is None and not _is_day(value):
        hint = f"; write {value[:-1]}% as a fraction" if value.endswith("%") else ""
        raise ValueError(
            f"{said} compares with {value!r}, which is neither a finite number nor a date{hint}"
        )
    return Compared(_plain(found["column"]), sign, value)


def _becomes(found: re.Match[str], _: str) -> Becomes:
    return Becomes(_plain(found["column"]), _plain(found["value"]))


def _changed(found: re.Match[str], said: str) -> Changed:
    size = as_number(found["size"])
    if size is None or size <= 0:
        raise ValueError(
            f"{said} changes by {found['size']!r}, which is not a number above 0; write "
            "'rose by 20%' or 'fell by 20%'"
        )
    relative = found["percent"] == "%"
    if relative and found["way"] == "fell" and size > 100:
        raise ValueError(
            f"{said} falls by more than 100 %, which is impossible for an amount above "
            "0; write at most 100%"
        )
    return Changed(
        _plain(found["column"]), found["way"], size / 100 if relative else size, relative
    )


def _dated(found: re.Match[str], said: str) -> Dated:
    days = int(found["ahead"] or 0) - int(found["ago"] or 0)
    if abs(days) > LONGEST_WINDOW_DAYS:
        raise ValueError(
            f"{said} looks more than {LONGEST_WINDOW_DAYS:,} days ahead or back; use a "
            "shorter window"
        )
    return Dated(_plain(found["column"]), found["date"], days)


def _bought(found: re.Match[str], said: str) -> Bought:
    times, days = int(found["times"]), int(found["days"])
    if not 1 <= days <= LONGEST_WINDOW_DAYS or times > LARGEST_INTEGER:
        raise ValueError(
            f"{said} must use a window of 1 to {LONGEST_WINDOW_DAYS:,} days and a count "
            f"of at most {LARGEST_INTEGER:,}"
        )
    if (found["sign"], times) in {(">=", 0), ("<", 0)}:
        always = "always" if found["sign"] == ">=" else "never"
        raise ValueError(
            f"{said} {always} holds, because nobody buys fewer than 0 times; correct the count"
        )
    column, value = found["column"], found["value"]
    return Bought(
        None if column is None else _plain(column),
        None if value is None else _plain(value),
        found["sign"],
        times,
        days,
    )


def _plain(text: str) -> str:
    """A name or value without its quotes."""
    text = text.strip()
    for start, end in QUOTES:
        if len(text) > 1 and text[0] == start and text[-1] == end:
            inner = text[1:-1]
            return inner.replace(end * 2, end) if start == end else inner
    return text


def _is_day(value: str) -> bool:
    try:
        check_as_of(value)
    except ValueError:
        return False
    return True


def in_width_of(number: float, values: Numbers) -> np.floating:
    """A number in the width of the values: 0.3 is not above 0.3 in float32."""
    with np.errstate(over="ignore"):
        narrow: np.floating = np.float64(number).astype(values.dtype)
    return narrow


def _equal(values: ColumnValues, column: str, value: str) -> Truth:
    """Whose value it is, by what the column holds."""
    kind = values.kind(column)
    if kind == "words":
        codes, place = values.words(column), values.place(column, value)
        return Truth((codes == place) & (place >= 0), codes >= 0)
    if kind == "days":
        return _on_day(values.days(column), column, value)
    number = as_number(value)
    if kind == "flags":
        flag = FLAGS.get(value.casefold())
        if flag is None:
            raise ValueError(
                f"{column} holds True and False, but {value!r} is neither; compare it with "
                "one of them"
            )
        number = float(flag)
    if number is None:
        raise ValueError(
            f"{column} holds numbers, but {value!r} is not a number; compare it with a number"
        )
    found = values.numbers(column)
    return Truth(found == in_width_of(number, found), ~np.isnan(found))


def _on_day(days: Days, column: str, value: str) -> Truth:
    return Truth(days == np.datetime64(check_as_of(value, column), "D"), ~np.isnat(days))


def _was(
    column: str, tail: str, now: ColumnValues, earlier: ColumnValues, rows: Codes
) -> list[str]:
    pairs = zip(now.texts(column, rows), earlier.texts(column, rows), strict=True)
    return [
        f"{column} {value}{tail}" + (f", was {before}" if before not in ("", value) else "")
        for value, before in pairs
    ]
