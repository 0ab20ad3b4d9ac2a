"""The probability of an outcome in SQL: log-odds of encoded features, and their calibration."""

import itertools
from typing import Any

from cemkit.churn.recalibration import Recalibration
from cemkit.data.sql_features import EncodedQuery, check_named
from cemkit.sql.expressions import (
    MISSING,
    Expression,
    case,
    column,
    is_missing,
    minus,
    number,
    probability_of,
    times,
    total,
)
from cemkit.sql.queries import Query

SCORE = "log_odds"


def probability_query(model: Any, name: str, table: str, dialect: str) -> Query:
    """The probability of each customer, in a column of this name."""
    check_named(model)
    features = EncodedQuery.of(model.encoding_, table, dialect, model.left_out_)
    slopes = model.coefficients_ / model.scale_
    score = features.linear(slopes, model.intercept_, model.center_)
    curve = model._recalibration
    if curve is not None and curve.method == "sigmoid":
        score = total([number(curve.y[0]), times(number(curve.y[1]), score)])
    rising = curve is not None and curve.method == "isotonic"
    answer = _interpolated(column(SCORE), curve) if rising else probability_of(column(SCORE))
    return features.then({SCORE: score}).answer({name: answer})


def _interpolated(score: Expression, curve: Recalibration) -> Expression:
    """A curve of straight lines between its points, flat beyond them."""
    points = list(zip(curve.x, curve.y, strict=True))
    lines = [(score <= number(points[0][0]), number(points[0][1]))]
    for (x, y), (x_next, y_next) in itertools.pairwise(points):
        slope = (y_next - y) / (x_next - x)
        line = total([number(y), times(number(slope), minus(score, number(x)))])
        lines.append((score <= number(x_next), line))
    return case([(is_missing(score), MISSING), *lines], number(points[-1][1]))
