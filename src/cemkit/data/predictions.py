"""add_predictions: one table with what every model says of each customer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sklearn.exceptions import NotFittedError

from cemkit.checks import check_frame
from cemkit.checks.options import shown
from cemkit.errors import DataError


def add_predictions(
    customers: pd.DataFrame, models: Mapping[str, Any] | Sequence[Any]
) -> pd.DataFrame:
    """Add the predictions of several fitted models to the customer table, in one call.

    Each model reads only the given table, so the order of the models does not matter. Nothing is
    refitted: score edges, cluster centres and coefficients stay those of the fit. Apply the same
    models to the tables of two days, and any change of segment or risk comes from the customer, not
    from the model. Only `RepurchaseCycle` is tied to the day of its fit and raises an error for the
    table of another day.

    Args:
        customers: One row per customer, with the columns that the models need and any others.
        models: Fitted models with `add_to`, in a list, or named in a dict: `RFMSegmenter`,
            `CustomerClusters`, `LifecycleStages`, `ChurnModel`, `UpliftModel`,
            `CustomerLifetimeValue` and the purchase models, `RepurchaseCycle`, or your own. Names
            are used only in messages.

    Returns:
        The same rows, index and order, with the columns that each model's `add_to` adds. Customers
        who never ordered have missing values, and a stage of their own. A predicted column replaces
        a column of the same name.

    Raises:
        TypeError: `models` is not a list or dict, or a model has no `add_to`.
        NotFittedError: A model is not fitted.
        DataError: Two models add the same column, or a model changes the rows.

    Examples:
        >>> from cemkit import BetaGeoModel, LifecycleStages, load_cdnow, customer_table
        >>> orders = load_cdnow("sample")
        >>> customers = customer_table(orders, as_of="1997-09-30")
        >>> models = [LifecycleStages().fit(), BetaGeoModel().fit(customers)]
        >>> added = add_predictions(customers, models)
        >>> added[["stage", "expected_purchases"]].head(2).round(2)
                       stage  expected_purchases
        customer_id
        4             growth                1.56
        18           churned                0.25
    """
    check_frame(customers, "customers")
    source: dict[Any, str] = {}
    added: dict[Any, Any] = {}
    for name, model in _named_models(models):
        table = _predicted(customers, model, name)
        for column in table:
            if column in customers and table[column].equals(customers[column]):
                continue
            if column in source:
                raise DataError(
                    f"{source[column]} and {name} both add the column {column!r}; leave one "
                    "model out"
                )
            source[column], added[column] = name, table[column].array
    return customers.assign(**added)


def _named_models(models: Any) -> Iterator[tuple[str, Any]]:
    """Each model with its name in messages, once all are known to have `add_to`."""
    if isinstance(models, Mapping):
        named = [(f"{name!r} ({type(model).__name__})", model) for name, model in models.items()]
    elif isinstance(models, Sequence) and not isinstance(models, str):
        named = [(type(model).__name__, model) for model in models]
    else:
        raise TypeError(f"models must be a list or a dict of fitted models, not {shown(models)}")
    for name, model in named:
        if isinstance(model, type):
            raise TypeError(f"{shown(model)} is a class; call it and fit it first")
        if not hasattr(model, "add_to"):
            raise TypeError(
                f"{name} has no method add_to(customers); leave it out or add the method"
            )
    return iter(named)


def _predicted(customers: pd.DataFrame, model: Any, name: str) -> pd.DataFrame:
    try:
        table: pd.DataFrame = model.add_to(customers)
    except NotFittedError as error:
        raise NotFittedError(f"{name} is not fitted; call fit first") from error
    if not table.index.equals(customers.index):
        raise DataError(f"{name}.add_to changed the rows of the table; it must keep them")
    return table
