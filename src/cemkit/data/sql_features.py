"""A fitted encoding in SQL: features become columns of a query, and linear scores of them."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import numpy as np

from cemkit.arrays import Floats
from cemkit.checks import NEVER_ORDERED
from cemkit.data.encoding import MISSING, FeatureEncoding
from cemkit.sql.expressions import (
    Expression,
    all_of,
    any_of,
    case,
    column,
    double,
    is_finite,
    is_missing,
    known_or,
    minus,
    number,
    number_or_flag,
    text,
    times,
    total,
    whole,
    words,
)
from cemkit.sql.queries import Query

ORDERED = "ordered"
WHO_ORDERED = ("order_count", "recency_days")
UNSEEN = -1


def check_named(model: Any) -> None:
    """Raise where a model does not know its features by name."""
    if not hasattr(model, "feature_names_in_"):
        raise TypeError(
            f"to_sql needs the names of the features, but this {type(model).__name__} "
            "was fitted on an array; fit it on a DataFrame"
        )


@dataclasses.dataclass(frozen=True, slots=True)
class EncodedQuery:
    """The features of a table as columns `feature_0, ...` of a query, and who ordered.

    A number is one, its mean where it is missing; of a category it is the place of its level. It is
    known who never ordered where the fit saw such customers or read both columns that say so.
    """

    encoding: FeatureEncoding
    query: Query
    asks: bool

    @classmethod
    def of(cls, encoding: FeatureEncoding, table: str, dialect: str, left_out: Any) -> Self:
        """The features of customers in a table."""
        asks = set(WHO_ORDERED) <= set(encoding.columns) or left_out[NEVER_ORDERED] > 0
        given, read = {}, {}
        columns = zip(encoding.columns, encoding.levels, encoding.average, strict=True)
        for place, (name, known, average) in enumerate(columns):
            own = column(_name(place))
            if known is None:
                given[_name(place)] = _float(name, average, dialect)
                read[_name(place)] = known_or(own, average)
            else:
                of_text = _is_text(known)
                given[_name(place)] = words(column(name)) if of_text else double(column(name))
                read[_name(place)] = _level(own, known)
        features = cls(encoding, Query.of(table, given | _if(asks, _who_ordered())), asks)
        return features._step(read)

    def with_numbers(self, made: Callable[[Expression, slice], Expression]) -> Self:
        """Numbers made into others; the slice is the place of the feature's term."""
        return self._step(
            {
                name: made(value, own) if known is None else value
                for name, value, known, own in self._features()
            }
        )

    def then(self, columns: Mapping[str, Expression]) -> Self:
        """Columns made from the features, in their place."""
        return self._step(columns)

    def answer(self, columns: Mapping[str, Expression]) -> Query:
        """The columns in the end, NULL for those who never ordered."""
        if not self.asks:
            return self.query.then(columns)
        there = column(ORDERED).eq(whole(1))
        return self.query.then({name: case([(there, value)]) for name, value in columns.items()})

    def sum(
        self,
        numeric: Callable[[Expression, slice], Expression],
        of_levels: Callable[[slice], Floats],
    ) -> Expression:
        """A sum over the features.

        `numeric` says what a number adds, and `of_levels` what each term of a category adds and,
        last, what a category without a term does; the slice is the place of the feature's terms.
        """
        parts = []
        for _, value, known, own in self._features():
            if known is None:
                parts.append(numeric(value, own))
                continue
            *each, none = of_levels(own).tolist()
            first = len(known) - len(each)
            cases = [
                (value.eq(whole(first + term)), number(part))
                for term, part in enumerate(each)
                if part != none
            ]
            parts.append(case(cases, number(none)))
        return total(parts)

    def linear(self, slopes: Floats, intercept: float, center: Floats) -> Expression:
        """`intercept + slopes @ (terms - center)`."""
        return total(
            [
                number(intercept),
                self.sum(
                    lambda value, own: times(
                        number(slopes[own][0]), minus(value, number(center[own][0]))
                    ),
                    lambda own: np.append(slopes[own], 0.0) - slopes[own] @ center[own],
                ),
            ]
        )

    def _step(self, columns: Mapping[str, Expression]) -> Self:
        kept = {**columns, **_if(self.asks, column(ORDERED))}
        return dataclasses.replace(self, query=self.query.then(kept))

    def _features(self) -> Iterator[tuple[str, Expression, list[Any] | None, slice]]:
        """The column of each feature, its levels, and the place of its terms."""
        start = 0
        terms = self.encoding.terms_of().values()
        for place, (known, own) in enumerate(zip(self.encoding.levels, terms, strict=True)):
            yield _name(place), column(_name(place)), known, slice(start, start + len(own))
            start += len(own)


def _if(asks: bool, ordered: Expression) -> dict[str, Expression]:
    return {ORDERED: ordered} if asks else {}


def _name(place: int) -> str:
    return f"feature_{place}"


def _is_text(known: list[Any] | None) -> bool:
    """Whether a feature is a category whose levels are compared as text."""
    levels = [level for level in known or [] if level != MISSING]
    return known is not None and not all(
        isinstance(level, int | float) and not isinstance(level, bool) for level in levels
    )


def _float(name: str, average: float, dialect: str) -> Expression:
    """A column as a float; one whose mean lies from 0 to 1 may hold truth values."""
    return number_or_flag(name, dialect) if 0 <= average <= 1 else double(column(name))


def _level(value: Expression, known: list[Any]) -> Expression:
    """The place of a value among the levels of the fit; -1 for any other."""
    of_text = _is_text(known)
    missing = whole(known.index(MISSING) if MISSING in known else UNSEEN)
    places = [
        (value.eq(_written(level) if of_text else number(level)), whole(place))
        for place, level in enumerate(known)
        if of_text or level != MISSING
    ]
    gone = [is_missing(value)] if of_text else [is_missing(value), _is_nan(value)]
    return case([(any_of(*gone), missing), *places], whole(UNSEEN))


def _written(level: Any) -> Expression:
    return text(str(level).lower() if isinstance(level, bool) else str(level))


def _is_nan(value: Expression) -> Expression:
    return case([(is_finite(value), whole(0))], whole(1)).eq(whole(1))


def _who_ordered() -> Expression:
    """Whether somebody has an order, as 1 or 0: without one there is no count and no recency."""
    count, recency = (double(column(name)) for name in WHO_ORDERED)
    no_count = any_of(is_missing(count), _is_nan(count), count.eq(number(0)))
    never = all_of(any_of(is_missing(recency), _is_nan(recency)), no_count)
    return case([(never, whole(0))], whole(1))
