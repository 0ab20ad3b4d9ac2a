"""From a customer table to a matrix: categories become indicators, missing numbers the mean.

Columns that say nothing of customers to come are left out of the fit, each with its reason:

- dates, as `datetime`, `date`, `period` or ISO text;
- identifiers and free text: text of which at least 95 % of 10 or more known values differ, unless
  it holds numbers of fewer than seven digits; and whole numbers, all different, in a column whose
  name ends in `id`;
- too many levels: categories of more than 50 and more than a tenth of the rows, or than 1,000;
- no values: a column that is missing throughout.
"""

import dataclasses
import re
import warnings
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks.tables import check_column_names, check_size
from cemkit.data.score_columns import Read
from cemkit.errors import CemkitWarning, DataError
from cemkit.formats import count_text

MISSING = "missing"
MOST_LEVELS = 1000  # so that the matrix of a million rows still fits into memory
FEWEST_TO_IGNORE = 50
NEARLY_ALL = 0.9  # of the texts are numbers: a column of numbers with blanks, not of categories
FEWEST_VALUES = 10  # known, before text can be seen to be an identifier
NEARLY_EACH = 0.95  # of the known values differ: an identifier, a name, a comment
ISO_DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?!\d)")
CODE = re.compile(r"\+?\d{7,}")  # of digits: a telephone or order number rather than an amount
DATE, IDENTIFIER = "dates", "identifiers or free text"
MANY_LEVELS, NO_VALUES = "too many levels", "no values"
REASONS = (DATE, IDENTIFIER, MANY_LEVELS, NO_VALUES)
SURPRISING = (MANY_LEVELS, NO_VALUES)
NUMBERS = {"integer", "floating", "mixed-integer-float", "decimal", "boolean"}
DATES = {"datetime64", "datetime", "date", "time", "period"}
DURATIONS = {"timedelta64", "timedelta"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FeatureEncoding:
    """How each column of a feature table becomes columns of a matrix."""

    columns: list[str]
    average: list[Any]
    levels: list[list[Any] | None]
    gaps: list[bool]
    ignored: dict[str, str] = dataclasses.field(default_factory=dict)
    every_level: bool = False

    @classmethod
    def of(cls, table: pd.DataFrame, *, every_level: bool = False) -> Self:
        """Return the encoding with the levels and means of a table.

        Each category is an indicator but the first, which a regression takes as its reference; with
        `every_level` all of three or more are, so that any two are equally far apart.
        """
        ignored = _ignored_columns(table)
        table = table.drop(columns=list(ignored))
        levels = [None if is_numeric(table[name]) else _levels(table[name]) for name in table]
        average = [
            _mean(table[name]) if known is None else _most_common(table[name], known)
            for name, known in zip(table, levels, strict=True)
        ]
        encoding = cls(
            columns=list(table.columns),
            average=average,
            levels=levels,
            ignored=ignored,
            gaps=[bool(table[name].isna().any()) for name in table],
            every_level=every_level,
        )
        if not encoding.terms:
            names = ", ".join(map(repr, encoding.columns))
            raise DataError(
                f"no feature is left: {names} has the same category in every row; name a "
                "column that varies"
            )
        return encoding

    @classmethod
    def of_numbers(cls, numbers: Floats) -> tuple[Self, Floats]:
        """The encoding of columns `x0, x1, ...` of numbers, and what it makes of them."""
        names = [f"x{place}" for place in range(numbers.shape[1])]
        plain: list[list[Any] | None] = [None] * len(names)
        if not np.isnan(numbers.sum()):
            means, no = numbers.mean(axis=0).tolist(), [False] * len(names)
            return cls(columns=names, average=means, levels=plain, gaps=no), numbers
        table = pd.DataFrame(numbers, columns=names)
        means, gaps = [_mean(table[name]) for name in names], table.isna().any().tolist()
        encoding = cls(columns=names, average=means, levels=plain, gaps=gaps)
        return encoding, encoding.matrix(table)

    @property
    def terms(self) -> list[str]:
        """Names of the matrix's columns: the feature, or `feature=level`."""
        return [term for terms in self.terms_of().values() for term in terms]

    def terms_of(self) -> dict[str, list[str]]:
        """The terms that each feature becomes."""
        return {
            name: [name]
            if known is None
            else [f"{name}={level}" for level in known[self._first(known) :]]
            for name, known in zip(self.columns, self.levels, strict=True)
        }

    def _first(self, known: list[Any]) -> int:
        """The place of the first level that has an indicator."""
        return 0 if self.every_level and len(known) > 2 else 1

    def reads(self) -> dict[str, Read]:
        """The kind of each column, for `score`."""
        return {
            name: "number" if known is None else "text" if _has_text(known) else "any"
            for name, known in zip(self.columns, self.levels, strict=True)
        }

    def level_groups(self) -> list[slice]:
        """The places of the terms of each feature of more than two levels."""
        groups, place = [], 0
        for terms in self.terms_of().values():
            if len(terms) > 1:
                groups.append(slice(place, place + len(terms)))
            place += len(terms)
        return groups

    def matrix(self, table: pd.DataFrame, order: Literal["C", "F"] = "C") -> Floats:
        """The table as numbers, shape (rows, terms), row by row or column by column in memory."""
        matrix = np.empty((len(table), len(self.terms)), order=order)
        place = 0
        for number, (name, known) in enumerate(zip(self.columns, self.levels, strict=True)):
            if known is None:
                matrix[:, place] = self._numbers(table[name], number)
                place += 1
                continue
            codes = self._codes(table[name], known)
            for code in range(self._first(known), len(known)):
                matrix[:, place] = codes == code
                place += 1
        return matrix

    def average_terms(self) -> Floats:
        """The terms of the average customer, shape (terms,)."""
        terms: Floats = self.matrix(pd.DataFrame([self.average], columns=self.columns))[0]
        return terms

    def _numbers(self, values: pd.Series, number: int) -> Floats:
        """The numbers of a column, those missing as the mean of the fit."""
        numbers, mean = numbers_of(values, np.nan), self.average[number]
        missing = np.isnan(numbers)
        if missing.any() and not self.gaps[number]:
            warnings.warn(
                f"{values.name} is missing in {count_text(int(missing.sum()), 'rows')}, and was in "
                f"none of the fit; they count as its mean, {mean:g}",
                CemkitWarning,
                stacklevel=3,
            )
        return np.where(missing, mean, numbers) if missing.any() else numbers

    def _codes(self, values: pd.Series, known: list[Any]) -> npt.NDArray[np.intp]:
        _check_kind(values, known)
        filled = _filled(values)
        try:
            codes: npt.NDArray[np.intp] = pd.Index(known, dtype=object).get_indexer(filled)
        except TypeError as error:
            raise DataError(f"{values.name} must hold numbers or text: {error}") from error
        unseen = codes < 0
        if unseen.any():
            warnings.warn(
                f"{values.name} has {count_text(int(unseen.sum()), 'rows')} with categories that "
                f"the fit has not seen, such as {filled[unseen].iloc[0]!r}; they count as "
                f"{known[0]!r}",
                CemkitWarning,
                stacklevel=2,
            )
        return codes


def takes_names(features: Any) -> bool:
    """Whether features are a table with names, of which the encoding is learnt by name."""
    named = isinstance(features, pd.DataFrame) and all(isinstance(name, str) for name in features)
    if named:
        check_column_names(features.columns, "X")
    return named and len(features) > 0


def is_numeric(values: pd.Series) -> bool:
    """Whether a column holds numbers, of whatever type, rather than categories."""
    kind = _kind(values)
    if kind in DATES | DURATIONS:
        word = "dates" if kind in DATES else "durations"
        raise DataError(f"{values.name} holds {word}; turn them into days before as_of first")
    return kind in NUMBERS


def _kind(values: pd.Series) -> str:
    """What pandas infers a column to hold."""
    if pd.api.types.is_complex_dtype(values.dtype):
        raise _complex(values.name)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return "floating"
    kind: str = pd.api.types.infer_dtype(values)
    if kind == "complex":
        raise _complex(values.name)
    if kind == "bytes":
        raise DataError(f"{values.name} holds bytes; convert them to numbers or text first")
    return kind


def _complex(name: object) -> DataError:
    return DataError(f"{name} holds complex numbers; use their real and imaginary parts, or sizes")


def check_not_numbers(values: pd.Series) -> None:
    """Raise where text is nearly all numbers, each of which would become an indicator."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        _Texts.of(values).check_not_numbers()


@dataclasses.dataclass(frozen=True, slots=True)
class _Texts:
    """The distinct values of a column of text, and how many rows hold each."""

    name: Any
    values: pd.Series
    counts: npt.NDArray[Any]

    @classmethod
    def of(cls, values: pd.Series) -> Self:
        known = values.dropna().astype(object)
        try:
            counts = known.groupby(known, sort=False).size()
        except TypeError as error:
            raise DataError(f"{values.name} must hold numbers or text: {error}") from error
        return cls(values.name, pd.Series(counts.index, dtype=object), counts.to_numpy())

    def all_match(self, pattern: re.Pattern[str]) -> bool:
        return all(isinstance(text, str) and pattern.match(text.strip()) for text in self.values)

    def are_identifiers(self) -> bool:
        known = self.counts.sum()
        if known < FEWEST_VALUES or len(self.values) < NEARLY_EACH * known:
            return False
        return self._rows_of_numbers().sum() < NEARLY_ALL * known or self.all_match(CODE)

    def check_not_numbers(self) -> None:
        of_numbers = self._rows_of_numbers()
        share = of_numbers.sum() / max(self.counts.sum(), 1)
        if share < NEARLY_ALL:
            return
        other = f", but also {self.values[of_numbers == 0].iloc[0]!r}" if share < 1 else ""
        raise DataError(
            f"{self.name} is text that holds numbers in {share:.1%} of its rows{other}; convert "
            "it with pandas.to_numeric(..., errors='coerce'), or with .astype('category') where "
            "the numbers are codes"
        )

    def _rows_of_numbers(self) -> npt.NDArray[Any]:
        """The rows of each value that is a number, 0 for one that is not."""
        numbers = pd.to_numeric(self.values, errors="coerce").notna().to_numpy()
        return np.where(numbers, self.counts, 0)


def _ignored_columns(table: pd.DataFrame) -> dict[Any, str]:
    """The columns that are no features, each with its reason."""
    reasons = {name: reason_to_ignore(table[name]) for name in table}
    ignored = {name: reason for name, reason in reasons.items() if reason is not None}
    named = [f"{name!r} ({reason})" for name, reason in ignored.items()]
    if len(ignored) == table.shape[1]:
        raise DataError(f"no feature is left: {', '.join(named) or 'there is no column'}")
    surprising = [
        f"{name!r} ({reason}: {table[name].nunique():,} in {count_text(len(table), 'rows')})"
        for name, reason in ignored.items()
        if reason in SURPRISING
    ]
    if surprising:
        warnings.warn(
            f"left out {', '.join(surprising)}; group the levels, or convert them to numbers",
            CemkitWarning,
            stacklevel=6,
        )
    return ignored


def reason_to_ignore(values: pd.Series) -> str | None:
    """Why a column is no feature; None where it is one."""
    kind = _kind(values)
    if kind in DATES:
        return DATE
    if values.isna().all():
        return NO_VALUES
    if is_numeric(values):
        return IDENTIFIER if _are_numbered(values) else None
    return _reason_to_ignore_texts(values)


def _reason_to_ignore_texts(values: pd.Series) -> str | None:
    texts = _Texts.of(values)
    if texts.all_match(ISO_DATE):
        return DATE
    if texts.are_identifiers():
        return IDENTIFIER
    if not isinstance(values.dtype, pd.CategoricalDtype):
        texts.check_not_numbers()
    most = min(max(FEWEST_TO_IGNORE, len(values) / 10), MOST_LEVELS)
    return MANY_LEVELS if len(texts.values) > most else None


def _are_numbered(values: pd.Series) -> bool:
    """Whether whole numbers number the rows: a column such as `household_id` or `UserID`."""
    named = re.search(r"(^|[_ ])id$|[a-z]I[Dd]$|^I[Dd]$", str(values.name)) is not None
    whole = named and pd.api.types.is_integer_dtype(values.dtype)
    return whole and len(values) >= FEWEST_VALUES and values.is_unique


def _check_kind(values: pd.Series, known: list[Any]) -> None:
    """Raise where a column of categories is one of numbers now, or the other way round."""
    if values.isna().all() or isinstance(values.dtype, pd.CategoricalDtype):
        return
    texts = [level for level in known if level != MISSING]
    were_text = any(isinstance(level, str) for level in texts)
    if texts and is_numeric(values) == were_text and not values.isin(texts).any():
        raise DataError(
            f"{values.name} held categories such as {texts[0]!r} in the fit but holds "
            f"{values.dtype} now (first value {values.iloc[0]!r}); convert it first"
        )


def _has_text(levels: list[Any]) -> bool:
    return any(isinstance(level, str) and level != MISSING for level in levels)


def _levels(values: pd.Series) -> list[Any]:
    values = _with_text(values)
    levels: Any
    if isinstance(values.dtype, pd.CategoricalDtype):
        levels = values.cat.categories[
            np.isin(np.arange(len(values.cat.categories)), values.cat.codes)
        ]
    else:
        levels = sorted(values.dropna().unique(), key=lambda level: (str(type(level)), level))
    plain = [level.item() if isinstance(level, np.generic) else level for level in levels]
    odd = [level for level in plain if not isinstance(level, str | int | float)]
    if odd:
        raise DataError(f"{values.name} has the level {odd[0]!r}; convert its values to text first")
    return plain + ([MISSING] if values.isna().any() and MISSING not in plain else [])


def _with_text(values: pd.Series) -> pd.Series:
    """Categories that are intervals or dates as text, which JSON can hold."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = values.cat.categories
        if categories.dtype != object and not pd.api.types.is_numeric_dtype(categories.dtype):
            return values.cat.rename_categories(categories.astype(str).tolist())
    return values


def _filled(values: pd.Series) -> pd.Series:
    return _with_text(values).astype(object).where(values.notna(), MISSING)


def _most_common(values: pd.Series, levels: list[Any]) -> Any:
    counts = pd.Index(levels, dtype=object).get_indexer(_filled(values))
    return levels[int(np.bincount(counts).argmax())]


def _mean(values: pd.Series) -> float:
    numbers = _floats(values)
    finite = np.isfinite(numbers)
    if finite.all():
        check_size(numbers, values.name)
        return float(numbers.mean())
    if np.isnan(numbers).all():
        raise DataError(f"{values.name} is missing in every row; leave the column out")
    check_size(numbers[finite], values.name)
    return float(np.nanmean(numbers))


def numbers_of(values: pd.Series, mean: float) -> Floats:
    """Return the numbers of a column, those missing as `mean`; infinite ones are refused."""
    if not (is_numeric(values) or values.isna().all()):
        raise DataError(
            f"{values.name} held numbers in the fit but holds {values.dtype} now (first "
            f"value {values.iloc[0]!r}); convert it first"
        )
    numbers = _floats(values)
    if np.isinf(numbers).any():
        raise DataError(f"{values.name} contains infinity; correct those rows first")
    check_size(numbers, values.name)
    missing = np.isnan(numbers)
    return np.where(missing, mean, numbers) if missing.any() else numbers


def _floats(values: pd.Series) -> Floats:
    try:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:
        raise DataError(
            f"{values.name} has a number that is too large to compute with; correct it "
            "or change the unit"
        ) from error
