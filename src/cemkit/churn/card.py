"""model_card: what a model of an outcome was made of, how good it is and where its limits are."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit import __version__
from cemkit.checks import check_as_of, check_days, check_list
from cemkit.checks.options import shown
from cemkit.churn.diagnosis import problems_of
from cemkit.churn.evaluation import PropensityEvaluation
from cemkit.churn.inputs import check_event_is_named
from cemkit.churn.propensity import PropensityModel
from cemkit.data.sensitive import sensitive_columns
from cemkit.errors import DataError
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard(Result):
    """The data, performance and limits of a model of churn or another outcome, from `model_card`.

    Attributes:
        model: Kind of model.
        outcome: Name of the outcome, such as `"churn"`.
        fitted_as_of: Last day of the orders behind the features of the fit.
        window_days: Length of the outcome window in days.
        customers: Number of customers in the fit.
        base_rate: Share of these customers with the outcome.
        tested_on: Number of customers in the evaluation.
        features: Names of the features.
        sensitive: Sensitive columns that were used explicitly.
        limits: Limits of the model, found by its diagnosis or named by its author.
        version: Version of cemkit.
        table: One row per measure of the evaluation, with its interval.

    Examples:
        >>> "limits" in ModelCard.__slots__
        True
    """

    model: str
    outcome: str
    fitted_as_of: str
    window_days: int
    customers: int
    base_rate: float
    tested_on: int
    features: str
    sensitive: str
    limits: str
    version: str
    table: pd.DataFrame


def model_card(
    model: PropensityModel,
    evaluation: PropensityEvaluation,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    limits: Sequence[str] = (),
) -> ModelCard:
    """Record the data, performance and limits of a fitted model.

    Args:
        model: Fitted `ChurnModel` or `PropensityModel`.
        evaluation: Result of `evaluate_churn` or `evaluate_propensity`, best on customers or days
            that were not in the fit.
        as_of: Last day of the orders behind the features of the fit.
        window_days: Length in days of the outcome window of the labels.
        limits: Further limits that users should know, such as markets that were not in the fit.

    Returns:
        A `ModelCard`.

    Raises:
        NotFittedError: The model is not fitted.
        TypeError: `limits` is one text rather than a list.
        DataError: The labels of the fit were not 0 and 1 and `positive` was not given, or model and
            evaluation have different outcomes.

    References:
        Mitchell et al. (2019), Model cards for model reporting, FAT*.

    Examples:
        >>> from cemkit import ChurnModel, evaluate_churn
        >>> features = pd.DataFrame({"recency_days": [1.0, 2.0, 3.0, 4.0] * 10})
        >>> churned = pd.Series([0, 1, 0, 1] * 9 + [0, 0, 1, 1])
        >>> model = ChurnModel().fit(features, churned)
        >>> scored = model.add_to(features)["churn_probability"]
        >>> model_card(model, evaluate_churn(churned, scored), "2024-06-30", 90).features
        'recency_days'
    """
    check_is_fitted(model)
    check_event_is_named(model)
    if not isinstance(evaluation, PropensityEvaluation):
        raise TypeError(
            "evaluation must be a result of evaluate_churn or evaluate_propensity, not "
            f"{shown(evaluation)}"
        )
    if evaluation.outcome != model.outcome_:
        raise DataError(
            f"the model predicts {model.outcome_!r} but the evaluation is of "
            f"{evaluation.outcome!r}; evaluate the outcome that the model predicts"
        )
    limits = [str(limit) for limit in check_list(limits, "limits")]
    diagnosis = model.diagnose()
    used = map(str, sensitive_columns(model.encoding_.columns))
    kind = model.logistic_ if model.classifier_ is None else model.classifier_
    name = "logistic regression" if model.classifier_ is None else type(kind).__name__
    return ModelCard(
        model=f"{type(model).__name__} ({name})",
        outcome=model.outcome_,
        fitted_as_of=f"{check_as_of(as_of):%Y-%m-%d}",
        window_days=check_days(window_days, "window_days"),
        customers=diagnosis.customers,
        base_rate=diagnosis.events / diagnosis.customers,
        tested_on=evaluation.customers,
        features=", ".join(model.encoding_.columns),
        sensitive=", ".join(used) or "none",
        limits="; ".join([*problems_of(diagnosis), *limits]) or "none known",
        version=__version__,
        table=evaluation.table,
    )
