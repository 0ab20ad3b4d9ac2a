"""Purchase models, spend and value in SQL: formulas where they are closed, a lookup for the rest.

Of a model in calendar days without covariates these are formulas:

- BG/NBD and MBG/NBD: the probability of being alive. Purchases if alive are an integral, the same
  for all with the same `repeat_count` and `tenure_days`.
- Pareto/NBD: purchases if alive. The probability of being alive is an integral.

Discounted purchases are an integral in every model. What is none of these formulas stands in a
lookup: a row for each distinct history, computed in Python.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import Customers
from cemkit.clv.purchases.estimates import LARGEST_LOG
from cemkit.clv.purchases.histories import COLUMNS, Histories, Rows
from cemkit.clv.purchases.models import BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.clv.spend.frequency_spend import FREQUENCY, FrequencyGammaGammaModel
from cemkit.clv.spend.net_spend import NetSpendModel
from cemkit.clv.value import CustomerLifetimeValue
from cemkit.sql.expressions import (
    Expression,
    all_of,
    any_of,
    case,
    column,
    double,
    floor,
    is_known,
    log,
    minus,
    number,
    over,
    power,
    probability_of,
    real,
    relative_exponential,
    times,
    total,
    words,
)
from cemkit.sql.queries import Query, looked_up

ALIVE, PURCHASES = "alive_probability", "purchases_if_alive"
DISCOUNTED = "discounted_purchases_if_alive"
HORIZON = "horizon_days"
AMOUNT, MARGIN = "repeat_mean_amount", "step_margin"
X, RECENCY, TENURE = (column(f"own_{name}") for name in COLUMNS)


def own(name: str) -> str:
    """The name that a column of the customers has in a query."""
    return f"own_{name}"


def purchase_query(
    model: PurchaseModel, table: str, horizon: float | None, lookup: str | None
) -> Query:
    """The probability of being alive and, with a horizon, the purchases expected in it."""
    wanted = [ALIVE, *([] if horizon is None else [PURCHASES])]
    parts = _parts(model, table, {}, horizon=horizon, wanted=wanted, lookup=lookup, rate=None)
    answers = {ALIVE: column(ALIVE)}
    if horizon is not None:
        answers["expected_purchases"] = times(column(ALIVE), column(PURCHASES))
    return parts.then(answers)


def value_query(value: CustomerLifetimeValue, table: str, lookup: str | None) -> Query:
    """The columns of `add_to` of a fitted value."""
    model, horizon = value.purchases_, value.horizon_days
    wanted = [ALIVE, DISCOUNTED, *([] if horizon is None else [PURCHASES])]
    margin, rate = value.margin, value.annual_discount_rate
    parts = _parts(
        model,
        table,
        {
            own(AMOUNT): real(AMOUNT),
            MARGIN: real(margin) if isinstance(margin, str) else number(margin),
        },
        horizon=horizon,
        wanted=wanted,
        lookup=lookup,
        rate=rate if isinstance(rate, str) else None,
    )
    amount = _amount(value.spend_, X, column(own(AMOUNT)))
    sums = {name: column(name) for name in wanted}
    parts = parts.then(sums | {"amount": amount, MARGIN: column(MARGIN)})
    bought = {"expected_purchases": times(column(ALIVE), column(PURCHASES))}
    clv = times(column(MARGIN), column("amount"), column(ALIVE), column(DISCOUNTED))
    return parts.then(
        {ALIVE: column(ALIVE)}
        | ({} if horizon is None else bought)
        | {"expected_mean_amount": column("amount"), "clv": clv}
    )


def spend_query(model: Any, table: str) -> Query:
    """The expected mean amount of each customer."""
    counts = {own(name): real(name) for name in (COLUMNS[0], AMOUNT)}
    amount = _amount(model, X, column(own(AMOUNT)))
    return Query.of(table, counts).then({"expected_mean_amount": amount})


def purchase_lookup(
    model: PurchaseModel, customers: pd.DataFrame, horizon: float | None
) -> pd.DataFrame:
    """What of `purchase_query` is no formula, for the distinct histories of these customers."""
    histories = model._read(customers)
    keys, kept = _keys(model, customers, histories.row, rate=None)
    return keys.assign(**_sums(model, histories.take(kept), horizon))


def value_lookup(value: CustomerLifetimeValue, customers: pd.DataFrame) -> pd.DataFrame:
    """What of `value_query` is no formula, for the distinct histories of these customers."""
    model, rate = value.purchases_, value.annual_discount_rate
    rated = value._rated(model._read(customers), Customers.of(customers).table)
    by_rate = rate if isinstance(rate, str) else None
    keys, kept = _keys(model, customers, rated.row, rate=by_rate)
    taken = dataclasses.replace(
        rated,
        histories=rated.histories.take(kept),
        rate=rated.rate[kept] if isinstance(rated.rate, np.ndarray) else rated.rate,
    )
    sums = _sums(model, taken.histories, value.horizon_days)
    return keys.assign(**sums, **{DISCOUNTED: value._discounted_if_alive(model, taken)})


def _sums(
    model: PurchaseModel, histories: Histories, horizon: float | None
) -> dict[str, Floats | float]:
    """The columns of a lookup that are no formulas, and the horizon they hold for."""
    sums: dict[str, Floats | float] = {}
    if not _alive_is_formula(model):
        sums[ALIVE] = model._alive(histories)
    if horizon is not None:
        sums[HORIZON] = float(horizon)
        if not _purchases_are_formula(model):
            sums[PURCHASES] = model._expected_if_alive(histories, 0.0, horizon)
    return sums


def _keys(
    model: PurchaseModel, customers: pd.DataFrame, row: Rows, *, rate: str | None
) -> tuple[pd.DataFrame, Rows]:
    """The distinct keys of a lookup, and the history that stands for each."""
    table = Customers.of(customers).table
    first = np.zeros(int(row.max()) + 1, dtype=np.intp)
    first[row[::-1]] = np.arange(len(row))[::-1]
    keys = table.iloc[first][_key_names(model, rate)].reset_index(drop=True)
    kept = np.flatnonzero(~keys.duplicated().to_numpy())
    return keys.iloc[kept].reset_index(drop=True), kept


def _key_names(model: PurchaseModel, rate: str | None) -> list[str]:
    """The columns by which a lookup is found."""
    history = [COLUMNS[0], COLUMNS[2]] if _alive_is_formula(model) else COLUMNS
    return [*history, *model._covariates.levels, *([] if rate is None else [rate])]


def _is_plain(model: PurchaseModel) -> bool:
    return model._time().plain and not model._covariates.levels


def _described(model: PurchaseModel) -> str:
    """The model, and what keeps it from having a formula."""
    if not model._time().plain:
        return f"{model.display_name} on a seasonal clock"
    covariates = " with covariates" if model._covariates.levels else ""
    return f"{model.display_name}{covariates} (an integral)"


def _alive_is_formula(model: PurchaseModel) -> bool:
    return isinstance(model, BetaGeoModel) and _is_plain(model)


def _purchases_are_formula(model: PurchaseModel) -> bool:
    return isinstance(model, ParetoNBDModel) and _is_plain(model)


def _parts(
    model: PurchaseModel,
    table: str,
    further: Mapping[str, Expression],
    *,
    horizon: float | None,
    wanted: list[str],
    lookup: str | None,
    rate: str | None,
) -> Query:
    """What expected purchases are made of, by formula or looked up; NULL for no sound history."""
    formulas = _formulas(model, horizon)
    keys = {name: _key(model, name) for name in _key_names(model, rate)}
    columns = {own(name): real(name) for name in COLUMNS}
    columns |= {own(name): value for name, value in keys.items()} | dict(further)
    query = Query.of(table, columns)
    sound = _is_sound()
    made = {
        name: case([(sound, formulas.get(name, double(looked_up(name))))]) for name in wanted
    } | {name: column(name) for name in columns}
    missing = [name for name in wanted if name not in formulas]
    if not missing:
        return query.then(made)
    if lookup is None:
        raise ValueError(
            f"SQL has no formula for {' and '.join(missing)} of {_described(model)}; make a table "
            "of histories with sql_lookup(customers), load it, and name it, as in "
            "to_sql(lookup='histories'); or score with add_to"
        )
    on = [column(own(name)).eq(_as(model, name, looked_up(name))) for name in keys]
    if horizon is not None:
        on.append(double(looked_up(HORIZON)).eq(number(horizon)))
    return query.joined(lookup, on, made)


def _key(model: PurchaseModel, name: str) -> Expression:
    return real(name) if _is_number(model, name) else words(column(name))


def _as(model: PurchaseModel, name: str, value: Expression) -> Expression:
    return double(value) if _is_number(model, name) else words(value)


def _is_number(model: PurchaseModel, name: str) -> bool:
    return model._covariates.levels.get(name) is None


def _is_sound() -> Expression:
    """Whether a history is one of `read_histories`."""
    once = all_of(X.eq(number(0)), TENURE.eq(RECENCY))
    again = all_of(number(0) < X, TENURE > RECENCY, X.eq(floor(X)))
    return all_of(number(0) <= RECENCY, any_of(once, again))


def _formulas(model: PurchaseModel, horizon: float | None) -> dict[str, Expression]:
    """The parts of expected purchases that are closed."""
    if _alive_is_formula(model):
        return {ALIVE: _beta_geo_alive(model)}
    if _purchases_are_formula(model) and horizon is not None:
        return {PURCHASES: _pareto_nbd_purchases(model, horizon)}
    return {}


def _beta_geo_alive(model: PurchaseModel) -> Expression:
    """`beta_geo_log_odds_gone` in SQL."""
    r, alpha, a, b = model.params_.to_numpy()[:4].tolist()
    at_once = int(isinstance(model, ModifiedBetaGeoModel))
    last = log(over(number(a), total([number(b + at_once - 1), X])))
    since = over(total([number(alpha), TENURE]), total([number(alpha), minus(TENURE, RECENCY)]))
    gone = total([last, times(total([number(r), X]), log(since))])
    alive = probability_of(minus(number(0), gone))
    return alive if at_once else case([(number(0) < X, alive)], number(1))


def _pareto_nbd_purchases(model: PurchaseModel, horizon: float) -> Expression:
    """`pareto_nbd_purchases` in SQL."""
    r, alpha, s, beta = model.params_.to_numpy()[:4].tolist()
    start = total([number(beta), TENURE])
    reach = log(total([number(1), over(number(horizon), start)]))
    rate = over(total([number(r), X]), total([number(alpha), TENURE]))
    return times(rate, start, reach, relative_exponential(times(number(1 - s), reach)))


def _amount(model: Any, x: Expression, z: Expression) -> Expression:
    """The expected mean amount; NULL where `expected_mean_amount` raises."""
    sound = all_of(x >= number(0), x.eq(floor(x)), is_known(z))
    if isinstance(model, NetSpendModel):
        return case([(sound, _net_amount(model, x, z))])
    p, q, gamma = (float(model.params_[name]) for name in model.parameter_names)
    shape = total([number(q - 1), times(number(p), x)])
    scale = number(gamma)
    if isinstance(model, FrequencyGammaGammaModel):
        exponent = float(model.params_[FREQUENCY])
        more = total([number(1), x])
        logs = total([number(np.log(gamma)), times(number(exponent), log(more))])
        sound = all_of(sound, logs >= number(-LARGEST_LOG), logs <= number(LARGEST_LOG))
        scale = times(number(gamma), power(more, number(exponent)))
    paid = case([(z > number(0), times(x, z))], number(0))
    value = over(times(number(p), total([scale, paid])), shape)
    return case([(all_of(sound, shape > number(0)), value)])


def _net_amount(model: NetSpendModel, x: Expression, z: Expression) -> Expression:
    between, within, mean = model.params_.to_numpy().tolist()
    known = times(number(between**2), x)
    share = over(known, total([known, number(within**2)]))
    return case(
        [(x > number(0), total([number(mean), times(share, minus(z, number(mean)))]))],
        number(mean),
    )
