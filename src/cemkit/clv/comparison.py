"""Which model to trust: fitted on what came before, scored on what came after."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import chdtrc
from sklearn.base import clone

from cemkit.checks import check_as_of, check_days, check_integer, check_list
from cemkit.checks.options import shown
from cemkit.clv.purchases.estimates import MaximumLikelihoodModel
from cemkit.clv.purchases.given import check_model
from cemkit.clv.purchases.models import PURCHASE_MODELS
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.data.customers import customer_table
from cemkit.data.reductions.outcomes import window_outcomes
from cemkit.data.rounding import settled_each
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.results import Result

BASELINE = "mean of the past"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseModelComparison(Result):
    """Accuracy of purchase models after `as_of`, from `compare_purchase_models`.

    Attributes:
        best: Row of the table with the smallest root mean squared error.
        n_customers: Number of customers that were scored.
        actual_purchases: Number of purchases of these customers in the horizon.
        horizon_days: Length of the horizon in days.
        table: One row per model, as `compare_purchase_models` describes it.

    Examples:
        >>> from cemkit import compare_purchase_models, load_cdnow
        >>> result = compare_purchase_models(load_cdnow("sample"), "1997-09-30", 273)
        >>> print(result.sentence())
        Pareto/NBD predicted the next 273 days of 2,357 customers best: 1,666 purchases ...
    """

    best: str
    n_customers: int
    actual_purchases: int
    horizon_days: int
    table: pd.DataFrame

    baseline: ClassVar[str] = BASELINE

    @property
    def predicted_purchases(self) -> float:
        """Purchases that the best model predicted of all customers."""
        return self.actual_purchases + float(self.table["bias"][self.best]) * self.n_customers


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodRatioTest(Result):
    """Likelihood-ratio test of two nested models, from `likelihood_ratio_test`.

    Attributes:
        statistic: Twice the difference of the log-likelihoods.
        degrees_of_freedom: Number of parameters that only the full model has.
        p_value: P-value of the statistic (chi-squared).

    Examples:
        >>> print(LikelihoodRatioTest(statistic=9.0, degrees_of_freedom=2, p_value=0.0111))
        Likelihood-ratio test: chi-squared(2) = 9.00, p = 0.0111.
        LikelihoodRatioTest
          statistic           9
          degrees_of_freedom  2
          p_value             0.0111
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


def compare_purchase_models(
    orders: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    horizon_days: int,
    models: Sequence[PurchaseModel] | None = None,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> PurchaseModelComparison:
    """Fit purchase models to the orders up to `as_of`, and score their predictions on later orders.

    Args:
        orders: Order table from `prepare_orders`. The data must cover the whole horizon.
        as_of: Last day of the orders used in the fit.
        horizon_days: Number of days after `as_of` to predict.
        models: Models to compare, unfitted; by default Pareto/NBD, BG/NBD and MBG/NBD.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.

    Returns:
        A result whose table has one row per model, its clock and covariates in brackets, and one
        for each
        customer going on as before
        (`repeat_count / tenure_days * horizon_days`, "mean of the past"):

        - `mae, rmse`: mean absolute and root mean squared error, in purchases per customer,
        - `bias`: mean expected minus mean actual purchases,
        - `correlation` of expected and actual purchases,
        - `calibration_error`: mean absolute difference of the means by repeat count 0 to 6 and 7+,
        - `top_decile_gain`: how much more often the tenth expected to buy most did buy than all,
        - `log_likelihood, aic` of the fit.

    Raises:
        DataError: The data end before the horizon, `data_until` lies before the last order, or
            `customer_table` or a model raises it.
        NotEnoughDataError: Nobody bought in the horizon.

    Examples:
        >>> from cemkit import load_cdnow
        >>> result = compare_purchase_models(load_cdnow("sample"), "1997-09-30", 273)
        >>> result.table[["rmse", "bias", "correlation"]].round(3)
                           rmse   bias  correlation
        model
        Pareto/NBD        1.6...
        BG/NBD            ...
    """
    day, horizon = check_as_of(as_of), check_days(horizon_days, "horizon_days")
    chosen = _chosen(models)
    customers = customer_table(orders, day)
    actual = window_outcomes(orders, day, horizon, data_until=data_until)["purchase_days"]
    if not actual.any():
        raise NotEnoughDataError(
            f"purchases in the {count_text(horizon, 'days')} after as_of={day:%Y-%m-%d}",
            have=0,
            need=1,
            hint="use an earlier as_of, so that orders are left to predict",
        )
    rows = {}
    for model in chosen:
        fitted = clone(model).fit(customers, orders=orders)
        scores = _scores(fitted.expected_purchases(customers, horizon), actual, customers)
        of_fit = {"log_likelihood": fitted.log_likelihood_, "aic": fitted.aic_}
        rows[_row_name(fitted)] = scores | of_fit
    pace = customers["repeat_count"] / customers["tenure_days"].clip(lower=1)
    rows[BASELINE] = _scores(pace * horizon, actual, customers)
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")
    return PurchaseModelComparison(
        best=str(table["rmse"].idxmin()),
        n_customers=len(customers),
        actual_purchases=int(actual.sum()),
        horizon_days=horizon,
        table=table,
    )


def purchase_calibration(
    model: PurchaseModel,
    orders: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    horizon_days: int,
    largest_count: int = 7,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Compare expected and actual purchases after `as_of`, by repeat count.

    Args:
        model: Fitted purchase model.
        orders: Order table from `prepare_orders`. The data must cover the whole horizon.
        as_of: Last day of the orders used in the fit.
        horizon_days: Number of days after `as_of` to compare.
        largest_count: Repeat count from which customers share a row.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.

    Returns:
        One row per `repeat_count`: `n_customers`, and the mean `actual` and `expected` purchases
        per customer.

    Raises:
        DataError: The data end before the horizon, `data_until` lies before the last order, or
            `customer_table` or the model raises it.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow, customer_table
        >>> orders = load_cdnow("sample")
        >>> model = BetaGeoModel().fit(customer_table(orders, "1997-09-30"))
        >>> purchase_calibration(model, orders, "1997-09-30", 273).round(3).head(2)
                      n_customers  actual  expected
        repeat_count
        0                    1411   0.237     0.225
        1                     439   0.697     0.523
    """
    day, horizon = check_as_of(as_of), check_days(horizon_days, "horizon_days")
    check_model(model)
    largest = check_integer(largest_count, "largest_count", minimum=0)
    customers = customer_table(orders, day)
    actual = window_outcomes(orders, day, horizon, data_until=data_until)["purchase_days"]
    expected = model.expected_purchases(customers, horizon)
    return _calibration(expected, actual, customers, largest)


def likelihood_ratio_test(
    restricted: MaximumLikelihoodModel, full: MaximumLikelihoodModel
) -> LikelihoodRatioTest:
    """Test a model with covariates against the same model with fewer of them.

    Args:
        restricted: Fitted model with fewer parameters.
        full: Model fitted to the same customers, with all parameters of `restricted` and more.

    Returns:
        A `LikelihoodRatioTest`.

    Raises:
        DataError: The models are not nested, or were fitted to different numbers of customers.

    Examples:
        >>> from cemkit import BetaGeoModel, load_cdnow, customer_table
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> customers["first_month"] = customers["first_order_date"].dt.month.astype(str)
        >>> full = BetaGeoModel(covariates=["first_month"]).fit(customers)
        >>> test = likelihood_ratio_test(BetaGeoModel().fit(customers), full)
        >>> print(test.sentence())
        Likelihood-ratio test: chi-squared(6) = ...
    """
    for model, name in ((restricted, "restricted"), (full, "full")):
        if not isinstance(model, MaximumLikelihoodModel):
            raise TypeError(f"{name} must be a fitted model, not {shown(model)}")
        model._check_errors()
    more = full.params_.index.difference(restricted.params_.index)
    nested = restricted.params_.index.isin(full.params_.index).all() and len(more) > 0
    if type(restricted) is not type(full) or not nested:
        raise DataError(
            "the models are not nested: the full one must be of the same kind and have every "
            f"parameter of the restricted one and more; they have {list(full.params_.index)} and "
            f"{list(restricted.params_.index)}"
        )
    if restricted.n_customers_ != full.n_customers_:
        raise DataError(
            f"the models were fitted to {restricted.n_customers_:g} and "
            f"{full.n_customers_:g} customers; fit both to the same customers"
        )
    statistic = max(0.0, 2 * (full.log_likelihood_ - restricted.log_likelihood_))
    return LikelihoodRatioTest(
        statistic=statistic,
        degrees_of_freedom=len(more),
        p_value=float(chdtrc(len(more), statistic)),
    )


def _chosen(models: Sequence[PurchaseModel] | None) -> list[PurchaseModel]:
    if models is None:
        return [kind() for kind in PURCHASE_MODELS]
    chosen = [check_model(model, "each of models") for model in check_list(models, "models")]
    if not chosen:
        raise ValueError("models is empty; name a model to compare, or None for all")
    return chosen


def _row_name(model: PurchaseModel) -> str:
    clock = ["seasonal clock"] if model.clock_ is not None else []
    besides = ", ".join([*clock, *(model.covariates or [])])
    return f"{model.display_name} ({besides})" if besides else model.display_name


def _scores(expected: pd.Series, actual: pd.Series, customers: pd.DataFrame) -> dict[str, float]:
    error = expected - actual
    bins = _calibration(expected, actual, customers, 7)
    return {
        "mae": float(error.abs().mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "bias": float(error.mean()),
        "correlation": float(expected.corr(actual)),
        "calibration_error": float((bins["expected"] - bins["actual"]).abs().mean()),
        "top_decile_gain": _top_decile_mean(expected, actual) / float(actual.mean()),
    }


def _top_decile_mean(expected: pd.Series, actual: pd.Series) -> float:
    """Mean of the tenth expected to buy most; those tied at its end count in part, all alike."""
    score, bought = settled_each(expected), actual.to_numpy(dtype=np.float64)
    count = max(1, len(score) // 10)
    last = np.partition(score, -count)[-count]
    above, tied = score > last, score == last
    rest = (count - np.count_nonzero(above)) * bought[tied].mean()
    return float((bought[above].sum() + rest) / count)


def _calibration(
    expected: pd.Series, actual: pd.Series, customers: pd.DataFrame, largest_count: int
) -> pd.DataFrame:
    table = pd.DataFrame({"actual": actual, "expected": expected})
    groups = table.groupby(customers["repeat_count"].clip(upper=largest_count))
    means = groups.mean()
    means.insert(0, "n_customers", groups.size())
    return means
