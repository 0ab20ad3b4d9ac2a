"""A fitted UpliftModel as JSON text, and back to the last digit."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from cemkit.checks import left_out_series
from cemkit.data.saved_encoding import ENCODING, encoding_of
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.storage.fields import (
    Field,
    Place,
    choice,
    flag,
    integer,
    label,
    many,
    named,
    number,
    numbers,
    optional,
    record,
    row,
    text,
)
from cemkit.storage.text import Layout, from_text, to_text
from cemkit.targeting.ridge import SummedRidge


def _probability(value: Any, place: Place) -> Any:
    """Read a probability, or the name of a column of them."""
    return value if isinstance(value, str) else number(0, 1)(value, place)


def _propensity(value: Any, place: Place) -> Any:
    """Read the probability of treatment, or one of each arm."""
    by_label: Field = many(row(label, _probability), least=2)
    return by_label(value, place) if isinstance(value, list) else _probability(value, place)


LAYOUT = Layout(
    1,
    {
        "parameters": record(
            {
                "learner": choice("t", "x", "dr"),
                "estimator": choice(None),
                "propensity": optional(_propensity),
                "n_folds": integer(3),
                "n_repeats": integer(1),
                "allow_sensitive": many(text),
                "random_state": integer(0, 2**32 - 1),
                "positive": optional(label),
                "treated": optional(label),
                "control": optional(label),
            }
        ),
        "labels": optional(many(label, "arms", least=2, distinct=True)),
        "encoding": ENCODING,
        "left_out": named(number(0)),
        "binary_outcome": flag,
        "shares": numbers("arms", minimum=0, maximum=1, above=0),
        "learners": many(
            many(record({"coefficients": numbers("terms"), "intercept": number()}), "models"),
            least=3,
        ),
    },
)


def uplift_to_json(model: Any) -> str:
    """Return the text of a fitted model."""
    if model.estimator is not None:
        raise TypeError(
            f"a model with {type(model.estimator).__name__} cannot be saved to JSON; "
            "save it with skops.io.dump, which does not run code when it is read"
        )
    parameters = model.get_params(deep=False)
    parameters["allow_sensitive"] = list(parameters["allow_sensitive"])
    if isinstance(parameters["propensity"], Mapping):
        parameters["propensity"] = [list(pair) for pair in parameters["propensity"].items()]
    state = {
        "parameters": parameters,
        "labels": model._labels,
        "encoding": dataclasses.asdict(model.encoding_),
        "left_out": model.left_out_.to_dict(),
        "binary_outcome": model.binary_outcome_,
        "shares": model.shares_.tolist(),
        "learners": [
            [
                {"coefficients": one.coefficients_.tolist(), "intercept": one.intercept_}
                for one in models
            ]
            for models in model.learners_
        ],
    }
    return to_text(model, LAYOUT, state)


def uplift_from_json(kind: Any, source: str) -> Any:
    """Return the fitted model of a text."""
    with from_text(kind, source, LAYOUT) as state:
        parameters, encoding = state["parameters"], encoding_of(state["encoding"], named=True)
        if isinstance(parameters["propensity"], list):
            parameters["propensity"] = dict(parameters["propensity"])
        model = kind(**parameters)
        model._check_parameters()
        _check_learners(state, len(encoding.terms), model)
        fitted = model._state(
            labels=state["labels"],
            encoding=encoding,
            left_out=left_out_series(state["left_out"]),
            binary_outcome=state["binary_outcome"],
            shares=state["shares"],
            learners=[[SummedRidge.of(**one) for one in models] for models in state["learners"]],
        )
        vars(model).update(fitted)
        return model


def _check_learners(state: dict[str, Any], terms: int, model: Any) -> None:
    """Raise unless arms, folds, models and terms belong together."""
    labels, shares, control = state["labels"], state["shares"], state["parameters"]["control"]
    if (labels is None) != (control is None) or (labels and labels[0] != control):
        raise DataError(f"its labels {labels} do not go with control={control!r}")
    if labels is None and len(shares) != 2:
        raise DataError(f"it has {len(shares)} shares, and one offer without a name")
    if len(set(map(type, labels or []))) > 1:
        raise DataError(f"labels must be of one kind, numbers or text, not {labels}")
    offers = len(shares) - 1
    wanted = {"t": offers + 1, "x": 2 * offers, "dr": offers}[model.learner]
    if len(state["learners"]) != model.n_folds * model.n_repeats:
        raise DataError(
            f"it has {len(state['learners'])} learners for {model.n_repeats} splits into "
            f"{count_text(model.n_folds, 'folds')}"
        )
    for models in state["learners"]:
        if len(models) != wanted:
            raise DataError(f"it has {len(models)} models in a fold, and needs {wanted}")
        for one in models:
            if len(one["coefficients"]) != terms:
                raise DataError(f"it has {len(one['coefficients'])} coefficients, {terms} terms")
    if not np.isclose(shares.sum(), 1):
        raise DataError(f"its shares sum to {shares.sum():g}, not 1")
