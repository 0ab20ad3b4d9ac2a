"""The pieces of scores: numbers, text, columns that hold a finite number, and cases."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from sqlglot import exp

from cemkit.checks.ids import MISSING_TEXTS

Expression: TypeAlias = exp.Condition
Cases: TypeAlias = Iterable[tuple[Expression, Expression]]

LARGEST = float(np.finfo(np.float64).max)
LONGEST_SUM = 16  # terms in a row; engines limit how deep expressions are nested
LARGEST_EXPONENT = 700.0  # of e: beyond it PostgreSQL refuses, and probabilities are 0 or 1
SMALL_EXPONENT = 1e-2  # below it a series is as exact as (e^v - 1) / v
# Where a truth value can be cast to a number; elsewhere it goes through its text.
CASTS_FLAGS = {"clickhouse", "databricks", "duckdb", "mysql", "spark", "sqlite"}
MISSING = exp.null()
SIGNS: dict[str, type[exp.Binary]] = {
    ">": exp.GT,
    ">=": exp.GTE,
    "<": exp.LT,
    "<=": exp.LTE,
    "=": exp.EQ,
    "!=": exp.NEQ,
}


def number(value: float) -> Expression:
    """A float to its last digit; with an exponent, so that no engine takes it for a decimal."""
    digits = np.format_float_scientific(abs(float(value)), trim="-", exp_digits=1)
    literal = exp.Literal.number(digits.replace("e+", "e"))
    return exp.Neg(this=literal) if value < 0 else literal


def whole(value: int) -> Expression:
    """A whole number."""
    literal = exp.Literal.number(abs(int(value)))
    return exp.Neg(this=literal) if value < 0 else literal


def text(value: str) -> Expression:
    """A text, quoted."""
    return exp.Literal.string(value)


def column(name: str, table: str | None = None) -> Expression:
    """A column, quoted."""
    of = None if table is None else identifier(table)
    return exp.Column(this=identifier(name), table=of)


def identifier(name: str) -> exp.Identifier:
    """A name; one that needs no quotes may be written in the case of the dialect."""
    plain = exp.SAFE_IDENTIFIER_RE.fullmatch(name) is not None and name == name.lower()
    return exp.Identifier(this=name, quoted=not plain)


def case(cases: Cases, otherwise: Expression = MISSING) -> Expression:
    """The value of the first condition that holds."""
    chosen = exp.Case()
    for condition, value in cases:
        chosen = chosen.when(condition.copy(), value.copy(), copy=False)
    if not chosen.args.get("ifs"):
        return otherwise.copy()
    return chosen.else_(otherwise.copy(), copy=False)


def all_of(*conditions: Expression) -> Expression:
    """Whether all hold."""
    return exp.and_(*conditions)


def any_of(*conditions: Expression) -> Expression:
    """Whether any holds."""
    return exp.or_(*conditions)


def is_missing(value: Expression) -> Expression:
    """Whether a value is NULL."""
    return exp.Is(this=value.copy(), expression=exp.null())


def is_known(value: Expression) -> Expression:
    """Whether a value is not NULL."""
    return exp.Not(this=is_missing(value))


def double(value: Expression) -> Expression:
    """A value as a float of 64 bits."""
    return exp.cast(value.copy(), exp.DataType.Type.DOUBLE)


def words(value: Expression) -> Expression:
    """A value as text."""
    return exp.cast(value.copy(), exp.DataType.Type.TEXT)


def stripped(value: Expression) -> Expression:
    """A text without blanks around it."""
    return exp.Trim(this=value.copy())


def lower(value: Expression) -> Expression:
    """A text in lower case."""
    return exp.Lower(this=value.copy())


def real(name: str) -> Expression:
    """The finite number in a column; NULL for NULL, NaN and infinity."""
    value = double(column(name))
    return case([(is_finite(value), value)])


def is_finite(value: Expression) -> Expression:
    """Whether a float is a number; in whichever order an engine puts NaN, it is outside."""
    return exp.Between(this=value.copy(), low=number(-LARGEST), high=number(LARGEST))


def ordered(name: str) -> Expression:
    """The number in a column, which may be infinite; NULL for NULL and NaN."""
    value = double(column(name))
    infinite = over(number(1), value).eq(number(0))
    return case([(is_finite(value), value), (infinite, value)])


def known_text(name: str) -> Expression:
    """The text in a column without blanks around it; NULL for what stands for a missing one."""
    written = stripped(words(column(name)))
    gone = written.isin(*(text(word) for word in sorted(MISSING_TEXTS)))
    return case([(gone, MISSING)], written)


def flag_number(name: str) -> Expression:
    """The truth value in a column as 1 or 0."""
    said = lower(words(column(name)))
    true = said.isin(*(text(word) for word in ("true", "t", "1")))
    false = said.isin(*(text(word) for word in ("false", "f", "0")))
    return case([(true, number(1)), (false, number(0))])


def day_of(name: str) -> Expression:
    """The day in a column of dates or times."""
    return exp.cast(column(name), exp.DataType.Type.DATE)


def day(value: dt.date) -> Expression:
    """A day."""
    return exp.cast(text(f"{value:%Y-%m-%d}"), exp.DataType.Type.DATE)


def signed(sign: str, value: Expression, limit: Expression) -> Expression:
    """A comparison by its sign."""
    return SIGNS[sign](this=value.copy(), expression=limit.copy())


def number_or_flag(name: str, dialect: str) -> Expression:
    """A column of numbers or of truth values as a float."""
    if dialect in CASTS_FLAGS:
        return double(column(name))
    written = words(column(name))
    said = lower(written)
    flags = [(said.eq(text("true")), number(1)), (said.eq(text("false")), number(0))]
    return case(flags, double(written))


def known_or(value: Expression, missing: float) -> Expression:
    """A float, `missing` where it is NULL or NaN, and NULL where it is infinite."""
    infinite = over(number(1), value).eq(number(0))
    return case(
        [
            (is_missing(value), number(missing)),
            (is_finite(value), value),
            (infinite, MISSING),
        ],
        number(missing),
    )


def total(terms: Sequence[Expression]) -> Expression:
    """The sum, nested no deeper than engines allow."""
    if not terms:
        return number(0)
    if len(terms) > LONGEST_SUM:
        blocks = [terms[i : i + LONGEST_SUM] for i in range(0, len(terms), LONGEST_SUM)]
        return total([total(block) for block in blocks])
    added = _operand(terms[0])
    for term in terms[1:]:
        added = exp.Add(this=added, expression=_operand(term))
    return added


def times(*factors: Expression) -> Expression:
    """The product."""
    product = _operand(factors[0])
    for factor in factors[1:]:
        product = exp.Mul(this=product, expression=_operand(factor))
    return product


def over(value: Expression, divisor: Expression) -> Expression:
    """The quotient."""
    return exp.Div(this=_operand(value), expression=_operand(divisor))


def minus(value: Expression, less: Expression) -> Expression:
    """The difference."""
    return exp.Sub(this=_operand(value), expression=_operand(less))


def log(value: Expression) -> Expression:
    """The natural logarithm."""
    return exp.Ln(this=value.copy())


def floor(value: Expression) -> Expression:
    """The largest whole number that is not above a value."""
    return exp.Floor(this=value.copy())


def power(base: Expression, exponent: Expression) -> Expression:
    """A power of a number above 0."""
    return exp.Pow(this=_operand(base), expression=_operand(exponent))


def exponential(value: Expression) -> Expression:
    """A power of e, held within what engines can compute."""
    held = case(
        [
            (value > number(LARGEST_EXPONENT), number(LARGEST_EXPONENT)),
            (value < number(-LARGEST_EXPONENT), number(-LARGEST_EXPONENT)),
        ],
        value,
    )
    return exp.Exp(this=held)


def probability_of(log_odds: Expression) -> Expression:
    """The probability at these log-odds."""
    return over(number(1), total([number(1), exponential(exp.Neg(this=_operand(log_odds)))]))


def relative_exponential(value: Expression) -> Expression:
    """`(e^v - 1) / v`, by its series where v is small."""
    series: Expression = number(1)
    for factor in (5, 4, 3, 2):  # 1 + v/2 (1 + v/3 (1 + v/4 (1 + v/5)))
        series = total([number(1), times(over(value, number(factor)), series)])
    small = all_of(value > number(-SMALL_EXPONENT), value < number(SMALL_EXPONENT))
    return case([(small, series)], over(minus(exponential(value), number(1)), value))


def count_passed(value: Expression, limits: Sequence[tuple[float, bool]]) -> Expression:
    """How many limits a value has passed: it is at least each, or above those that are strict."""
    ordered = sorted(limits, reverse=True)
    passed = [
        (value > number(limit) if strict else value >= number(limit), whole(len(ordered) - place))
        for place, (limit, strict) in enumerate(ordered)
    ]
    return case([(is_missing(value), MISSING), *passed], whole(0))


def _operand(value: Expression) -> Expression:
    """A value in parentheses where it is an operation."""
    plain = isinstance(value, exp.Paren) or value.is_number
    nested = isinstance(value, exp.Binary | exp.Unary) and not plain
    return exp.Paren(this=value.copy()) if nested else value.copy()
