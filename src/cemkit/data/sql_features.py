"""A fitted encoding in SQL: features become columns of a query, and linear scores of them."""

from collections.abc import Callable
from typing import Any

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
from cemkit.sql.expressions import MISSING as NOTHING
from cemkit.sql.queries import Query

ORDERED = "ordered"
WHO_ORDERED = ("order_count", "recency_days")
UNSEEN = -1


def check_named(model: Any) -> None:
    """Raise where a model does not know its features by name."""
    if not hasattr(model, "feature_names_in_"):
        raise TypeError(
            f"to_sql names the features, and the fit of this {type(model).__name__} saw an array; "
            "fit on a DataFrame"
        )


def encoded_query(
    encoding: FeatureEncoding, table: str, dialect: str, left_out: Any
) -> tuple[Query, bool]:
    """The features of a table as columns `feature_0, ...`, and whether `ordered` is one too.

    A number is one, its mean where it is missing; of a category it is the place of its level. It is
    known who never ordered where the fit saw such customers or read both columns that say so.
    """
    asks = set(WHO_ORDERED) <= set(encoding.columns) or left_out[NEVER_ORDERED] > 0
    values = {
        _name(place): words(column(name)) if _is_text(known) else _float(name, encoding, dialect)
        for place, (name, known) in enumerate(zip(encoding.columns, encoding.levels, strict=True))
    }
    query = Query.of(table, values | ({ORDERED: _who_ordered()} if asks else {}))
    read = {
        _name(place): known_or(column(_name(place)), encoding.average[place])
        if known is None
        else _level(column(_name(place)), known)
        for place, known in enumerate(encoding.levels)
    }
    return query.then(read | ({ORDERED: column(ORDERED)} if asks else {})), asks


def feature_sum(
    encoding: FeatureEncoding,
    numeric: Callable[[Expression, slice], Expression],
    of_levels: Callable[[slice], Floats],
) -> Expression:
    """A sum over the features of the columns of `encoded_query`.

    `numeric` says what a number adds, and `of_levels` what each term of a category adds and, last,
    what a category without a term does; the slice is the place of the feature's terms.
    """
    parts, start = [], 0
    for place, (known, terms) in enumerate(
        zip(encoding.levels, encoding.terms_of().values(), strict=True)
    ):
        own, value = slice(start, start + len(terms)), column(_name(place))
        start += len(terms)
        if known is None:
            parts.append(numeric(value, own))
            continue
        *each, none = of_levels(own).tolist()
        first = len(known) - len(terms)
        cases = [
            (value.eq(whole(first + term)), number(part))
            for term, part in enumerate(each)
            if part != none
        ]
        parts.append(case(cases, number(none)))
    return total(parts)


def linear_score(
    encoding: FeatureEncoding, slopes: Floats, intercept: float, center: Floats
) -> Expression:
    """`intercept + slopes @ (terms - center)` of the columns of `encoded_query`."""

    def numeric(value: Expression, own: slice) -> Expression:
        return times(number(slopes[own][0]), minus(value, number(center[own][0])))

    def of_levels(own: slice) -> Floats:
        contribution: Floats = np.append(slopes[own], 0.0) - slopes[own] @ center[own]
        return contribution

    return total([number(intercept), feature_sum(encoding, numeric, of_levels)])


def only_ordered(score: Expression, asks: bool) -> Expression:
    """The score, and NULL for those who never ordered."""
    return case([(column(ORDERED).eq(whole(1)), score)]) if asks else score


def _name(place: int) -> str:
    return f"feature_{place}"


def _is_text(known: list[Any] | None) -> bool:
    """Whether a feature is a category whose levels are compared as text."""
    levels = [level for level in known or [] if level != MISSING]
    return known is not None and not all(
        isinstance(level, int | float) and not isinstance(level, bool) for level in levels
    )


def _float(name: str, encoding: FeatureEncoding, dialect: str) -> Expression:
    """A column as a float; one whose mean lies from 0 to 1 may hold truth values."""
    average = encoding.average[encoding.columns.index(name)]
    may_be_flag = not isinstance(average, str) and 0 <= average <= 1
    return number_or_flag(name, dialect) if may_be_flag else double(column(name))


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
