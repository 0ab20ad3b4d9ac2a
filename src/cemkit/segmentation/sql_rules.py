"""Scores by edges, and rule tables, in SQL."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.checks.ids import MISSING_TEXTS
from cemkit.segmentation.rule_columns import LabelColumn, RuleColumn, WholeColumn
from cemkit.segmentation.rules import RuleTable
from cemkit.sql.expressions import (
    MISSING,
    Expression,
    all_of,
    any_of,
    case,
    column,
    count_passed,
    is_known,
    is_missing,
    lower,
    minus,
    number,
    real,
    stripped,
    text,
    total,
    whole,
    words,
)
from cemkit.sql.queries import Query

ORDERS = "order_count"
TOLERANCE = 1e-9  # of a whole number: a sum that is this near is that number
MEASURE = "measure_"
REGION = "region_"


def rfm_query(
    table: str,
    *,
    edges: Mapping[str, Floats],
    scores: Mapping[str, str],
    less_is_better: str,
    tolerance: float,
    rules: RuleTable,
) -> Query:
    """The scores of each measure, and the segment; missing where any measure is."""
    measures = {f"{MEASURE}{measure}": real(measure) for measure in scores}
    known = all_of(*(is_known(column(name)) for name in measures))
    scored = {}
    for measure, score in scores.items():
        limits = [(edge - tolerance * abs(edge), False) for edge in edges[measure].tolist()]
        above = count_passed(column(f"{MEASURE}{measure}"), limits)
        points = (
            minus(whole(len(limits) + 1), above)
            if measure == less_is_better
            else total([above, whole(1)])
        )
        scored[score] = case([(known, points)])
    shown = {score: column(score) for score in scores.values()}
    regions = {
        f"{REGION}{place}": _region(column(name), rules.kinds[name], never_missing=True)
        for place, name in enumerate(rules.columns)
    }
    query = Query.of(table, measures).then(scored).then(shown | regions)
    return query.then(shown | {"segment": label_of([column(name) for name in regions], rules)})


def stage_query(table: str, rules: RuleTable, of_orders: frozenset[str]) -> Query:
    """The stage of each person; missing where it is unknown, or a value cannot be."""
    places = {name: f"{MEASURE}{place}" for place, name in enumerate(rules.columns)}
    values = {places[name]: _value(name, kind) for name, kind in rules.kinds.items()}
    orders = _or_zero(column(places[ORDERS]))
    regions = {}
    for place, (name, kind) in enumerate(rules.kinds.items()):
        value = orders if name == ORDERS else column(places[name])
        if name in of_orders and not isinstance(kind, LabelColumn):
            value = case([(orders > number(0), column(places[name]))], number(0))
        regions[f"{REGION}{place}"] = _region(value, kind, never_missing=name in of_orders)
    label = label_of([column(name) for name in regions], rules)
    return Query.of(table, values).then(regions).then({"stage": label})


def label_of(regions: list[Expression], rules: RuleTable) -> Expression:
    """The label of the first rule that holds in these regions; NULL where one is NULL."""
    names = [*rules.labels, None, None]  # what UNKNOWN and NONE count from the end to
    labels = np.array([names.index(name) for name in names])
    return _chosen(regions, labels[rules.first], names)


def _chosen(
    regions: list[Expression], table: npt.NDArray[np.intp], names: list[str | None]
) -> Expression:
    """What a table holds at these places: one case for each column, alike places together."""
    if not regions:
        name = names[int(table)]
        return MISSING.copy() if name is None else text(name)
    alike: dict[bytes, list[int]] = {}
    for place, part in enumerate(table):
        alike.setdefault(np.ascontiguousarray(part).tobytes(), []).append(place)
    return case(
        (
            regions[0].isin(*(whole(place) for place in places)),
            _chosen(regions[1:], table[places[0]], names),
        )
        for places in alike.values()
    )


def _or_zero(value: Expression) -> Expression:
    """A number, and 0 where it is missing."""
    return case([(is_missing(value), number(0))], value)


def _value(name: str, kind: RuleColumn) -> Expression:
    return words(column(name)) if isinstance(kind, LabelColumn) else real(name)


def _region(value: Expression, kind: RuleColumn, *, never_missing: bool) -> Expression:
    """The region of a value; NULL where the value cannot be."""
    if isinstance(kind, LabelColumn):
        return _label_region(value, kind)
    missing = MISSING if never_missing else whole(len(kind.names) - 1)
    if isinstance(kind, WholeColumn):
        limits = [(start - _reach(start), False) for start in kind.starts.tolist()]
        impossible = [(value < number(-TOLERANCE), MISSING)]
        region = minus(count_passed(value, limits), whole(1))
    else:
        on, beyond = (limits.tolist() for limits in kind.limits())
        limits = [*((limit, False) for limit in on), *((limit, True) for limit in beyond)]
        impossible, region = [], count_passed(value, limits)
    return case([(is_missing(value), missing), *impossible], region)


def _reach(start: float) -> float:
    return TOLERANCE * max(1.0, start)


def _label_region(value: Expression, kind: LabelColumn) -> Expression:
    """The place of a text among the labels of the rules; NULL where only its case differs."""
    written = stripped(value)
    last = len(kind.names) - 1
    if set(kind.labels) == {False, True}:
        said = lower(written)
        flags = [("false", 0), ("f", 0), ("0", 0), ("0.0", 0)]
        flags += [("true", 1), ("t", 1), ("1", 1), ("1.0", 1)]
        cases = [(said.eq(text(flag)), whole(place)) for flag, place in flags]
        return case([(_is_gone(written), whole(last)), *cases])
    places = [(written.eq(text(label)), whole(k)) for k, label in enumerate(kind.labels)]
    close = [(lower(written).eq(lower(text(label))), MISSING) for label in kind.labels]
    return case([(_is_gone(written), whole(last)), *places, *close], whole(len(kind.labels)))


def _is_gone(written: Expression) -> Expression:
    """Whether a text stands for a missing value."""
    gone = [text(word) for word in sorted(MISSING_TEXTS)]
    return any_of(is_missing(written), written.isin(*gone))
