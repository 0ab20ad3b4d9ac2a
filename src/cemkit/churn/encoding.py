"""From a table of features to a matrix: categories become indicators, gaps become the mean."""

import dataclasses
import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.tables import check_size
from cemkit.errors import CemkitWarning, DataError

MISSING = "missing"
MOST_LEVELS = 1000  # so that the matrix of a million rows still fits into memory
FEWEST_TO_IGNORE = 50
NEARLY_ALL = 0.9  # of the texts are numbers: a column of numbers with blanks, not of categories
NUMBERS = {"integer", "floating", "mixed-integer-float", "decimal", "boolean"}
DATES = {"datetime64", "datetime", "date", "time", "period"}
DURATIONS = {"timedelta64", "timedelta"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FeatureEncoding:
    """How each column of a feature table becomes columns of a matrix."""

    columns: list[str]
    average: list[Any]
    levels: list[list[Any] | None]
    ignored: list[str] = dataclasses.field(default_factory=list)
    gaps: list[bool]

    @classmethod
    def of(cls, table: pd.DataFrame) -> Self:
        """The encoding that the levels and means of a table give."""
        texts: list[Any] = [name for name in table if not is_numeric(table[name])]
        for name in texts:
            check_not_numbers(table[name])
        ignored: list[Any] = [name for name in texts if _has_too_many_levels(table[name])]
        if ignored:
            _warn_of_ignored(table, ignored)
            table = table.drop(columns=ignored)
        levels = [None if is_numeric(table[name]) else _levels(table[name]) for name in table]
        average = [
            _mean(table[name]) if known is None else _most_common(table[name], known)
            for name, known in zip(table, levels, strict=True)
        ]
        return cls(
            columns=list(table.columns),
            average=average,
            levels=levels,
            ignored=ignored,
            gaps=[bool(table[name].isna().any()) for name in table],
        )

    @classmethod
    def of_numbers(cls, numbers: npt.NDArray[np.float64]) -> tuple[Self, npt.NDArray[np.float64]]:
        """The encoding of columns `x0, x1, ...` of numbers, and what it makes of them."""
        names = [f"x{place}" for place in range(numbers.shape[1])]
        if np.isnan(numbers.sum()):
            table = pd.DataFrame(numbers, columns=names)
            encoding = cls.of(table)
            return encoding, encoding.matrix(table)
        means = numbers.mean(axis=0).tolist()
        no = [False] * len(names)
        return cls(columns=names, average=means, levels=[None] * len(names), gaps=no), numbers

    @property
    def terms(self) -> list[str]:
        """Names of the matrix's columns: the feature, or `feature=level`."""
        return [term for terms in self.terms_of().values() for term in terms]

    def terms_of(self) -> dict[str, list[str]]:
        """The terms that each feature becomes."""
        return {
            name: [name] if known is None else [f"{name}={level}" for level in known[1:]]
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

    def matrix(self, table: pd.DataFrame) -> npt.NDArray[np.float64]:
        """The table as numbers, shape (rows, terms)."""
        matrix = np.empty((len(table), len(self.terms)))
        place = 0
        for number, (name, known) in enumerate(zip(self.columns, self.levels, strict=True)):
            if known is None:
                matrix[:, place] = self._numbers(table[name], number)
                place += 1
                continue
            codes = self._codes(table[name], known)
            for code in range(1, len(known)):
                matrix[:, place] = codes == code
                place += 1
        return matrix

    def average_terms(self) -> npt.NDArray[np.float64]:
        """The terms of the average customer, shape (terms,)."""
        terms: npt.NDArray[np.float64] = self.matrix(
            pd.DataFrame([self.average], columns=self.columns)
        )[0]
        return terms

    def _numbers(self, values: pd.Series, number: int) -> npt.NDArray[np.float64]:
        """The numbers of a column, those missing as the mean of the fit."""
        numbers, mean = numbers_of(values, np.nan), self.average[number]
        missing = np.isnan(numbers)
        if missing.any() and not self.gaps[number]:
            warnings.warn(
                f"{values.name} is missing in {int(missing.sum()):,} rows, and was in none of the "
                f"fit; they count as its mean, {mean:g}",
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
                f"{values.name} has {int(unseen.sum()):,} rows with categories that the fit has "
                f"not seen, such as {filled[unseen].iloc[0]!r}; they count as {known[0]!r}",
                CemkitWarning,
                stacklevel=2,
            )
        return codes


def is_numeric(values: pd.Series) -> bool:
    """Whether a column holds numbers, of whatever type, rather than categories."""
    if pd.api.types.is_complex_dtype(values.dtype):
        raise _complex(values.name)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return True
    kind = pd.api.types.infer_dtype(values)
    if kind == "complex":
        raise _complex(values.name)
    if kind == "bytes":
        raise DataError(f"{values.name} holds bytes; make them numbers or text first")
    if kind in DATES | DURATIONS:
        word = "dates" if kind in DATES else "durations"
        raise DataError(f"{values.name} holds {word}; turn them into days before as_of first")
    return kind in NUMBERS


def _complex(name: object) -> DataError:
    return DataError(f"{name} holds complex numbers; use their real and imaginary parts, or sizes")


def check_not_numbers(values: pd.Series) -> None:
    """Raise where text is nearly all numbers, each of which would become an indicator."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return
    known = values.dropna().astype(object)
    try:
        counts = known.groupby(known, sort=False).size()
    except TypeError as error:
        raise DataError(f"{values.name} must hold numbers or text: {error}") from error
    texts = pd.Series(counts.index, dtype=object)
    numbers = pd.to_numeric(texts, errors="coerce").notna().to_numpy()
    share = counts.to_numpy()[numbers].sum() / max(len(known), 1)
    if share >= NEARLY_ALL:
        other = f", but also {texts[~numbers].iloc[0]!r}" if share < 1 else ""
        raise DataError(
            f"{values.name} is text that holds numbers in {share:.1%} of its rows{other}; convert "
            "it with pandas.to_numeric(..., errors='coerce'), or with .astype('category') where "
            "the numbers are codes"
        )


def _has_too_many_levels(values: pd.Series) -> bool:
    most = min(max(FEWEST_TO_IGNORE, len(values) / 10), MOST_LEVELS)
    return values.nunique() > most


def _warn_of_ignored(table: pd.DataFrame, ignored: list[Any]) -> None:
    if len(ignored) == table.shape[1]:
        raise DataError(f"no feature is left: {', '.join(map(repr, ignored))} have too many levels")
    counts = ", ".join(f"{name!r} ({table[name].nunique():,} levels)" for name in ignored)
    warnings.warn(
        f"left out {counts} of {len(table):,} rows: too many levels to learn from; group them, or "
        "make numbers of them",
        CemkitWarning,
        stacklevel=6,
    )


def _check_kind(values: pd.Series, known: list[Any]) -> None:
    """Raise where a column of categories is one of numbers now, or the other way round."""
    if values.isna().all() or isinstance(values.dtype, pd.CategoricalDtype):
        return
    texts = [level for level in known if level != MISSING]
    were_text = any(isinstance(level, str) for level in texts)
    if texts and is_numeric(values) == were_text and not values.isin(texts).any():
        raise DataError(
            f"{values.name} held categories such as {texts[0]!r} in the fit and holds "
            f"{values.dtype} now (first value {values.iloc[0]!r}); convert it first"
        )


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
        raise DataError(f"{values.name} has the level {odd[0]!r}; make its values text first")
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
    if np.isnan(numbers).all():
        raise DataError(f"{values.name} has no value at all; leave the column out")
    check_size(numbers[np.isfinite(numbers)], values.name)
    return float(np.nanmean(numbers))


def numbers_of(values: pd.Series, mean: float) -> npt.NDArray[np.float64]:
    """Return the numbers of a column, those missing as `mean`; infinite ones are refused."""
    if not (is_numeric(values) or values.isna().all()):
        raise DataError(
            f"{values.name} held numbers in the fit and holds {values.dtype} now (first value "
            f"{values.iloc[0]!r}); convert it first"
        )
    numbers = _floats(values)
    if np.isinf(numbers).any():
        raise DataError(f"{values.name} contains infinity; correct those rows first")
    check_size(numbers, values.name)
    missing = np.isnan(numbers)
    return np.where(missing, mean, numbers) if missing.any() else numbers


def _floats(values: pd.Series) -> npt.NDArray[np.float64]:
    try:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:
        raise DataError(f"{values.name} holds a number too large to compute with") from error
