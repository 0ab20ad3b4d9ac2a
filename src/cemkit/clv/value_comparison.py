"""compare_value_models: which model of future spend to trust, by what was spent after `as_of`."""

import dataclasses
import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
import pandas as pd
from sklearn.base import clone

from cemkit.checks import (
    check_as_of,
    check_days,
    check_fraction,
    check_list,
    check_random_state,
)
from cemkit.checks.options import shown
from cemkit.clv.purchases.models import BetaGeoModel, ParetoNBDModel
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.clv.spend.frequency_spend import FrequencyGammaGammaModel
from cemkit.clv.spend.gamma_gamma import GammaGammaModel
from cemkit.clv.spend.net_spend import NetSpendModel
from cemkit.clv.spend.regression import FEWEST, SpendRegression
from cemkit.clv.value import CustomerLifetimeValue
from cemkit.clv.value_scores import PairedMeans, deciles_of, spend_scores
from cemkit.data.customers import WINDOWS, customer_table
from cemkit.data.reductions.data_span import day_text
from cemkit.data.reductions.outcomes import window_outcomes
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.results import Result

BASELINE = "spent as before"
FEWEST_SPENDERS = 10  # in a resample of fewer, often nobody spends
SPEND_NAMES: dict[type, str] = {
    GammaGammaModel: "Gamma-Gamma",
    FrequencyGammaGammaModel: "Gamma-Gamma by frequency",
    NetSpendModel: "net spend",
}
EARLIER = "choose an earlier as_of, so that orders are left to predict"

ValueModel: TypeAlias = CustomerLifetimeValue | PurchaseModel | SpendRegression


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ValueModelComparison(Result):
    """Accuracy of models of future spend after `as_of`, from `compare_value_models`.

    Attributes:
        best: Row of the table with the smallest mean absolute error, among the models that predict
            mean spend.
        runner_up: Row with the second smallest mean absolute error.
        rivals: Rows that may be as good as the best, including "spent as before": the interval of
            their difference contains 0. If there are none, use the best.
        mae_difference: Mean absolute error of the runner-up minus that of the best, in money per
            customer, with bounds `mae_difference_lower, mae_difference_upper`.
        confidence_level: Confidence level of all intervals, as a fraction.
        n_customers: Number of customers scored.
        actual_amount: Spend of these customers in the horizon, net of returns.
        horizon_days: Length of the horizon in days.
        without_regression: Reason why no regression was compared: `"short past"` or `"equal
            spend"`. Empty if one was compared or none was requested.
        deciles: One row per model and tenth of customers, highest predicted spend first:
            `n_customers` and the mean `predicted` and `actual` spend.
        table: One row per model, as `compare_value_models` describes it.

    Examples:
        >>> from cemkit import load_cdnow
        >>> from cemkit.clv import compare_value_models
        >>> found = compare_value_models(load_cdnow("sample"), "1997-09-30", 90)
        >>> bool(found.table["mae"][found.best] <= found.table["mae"]["spent as before"])
        True
    """

    best: str
    runner_up: str
    rivals: tuple[str, ...]
    mae_difference: float
    mae_difference_lower: float
    mae_difference_upper: float
    confidence_level: float
    n_customers: int
    actual_amount: float
    horizon_days: int
    without_regression: str
    deciles: pd.DataFrame
    table: pd.DataFrame

    baseline: ClassVar[str] = BASELINE

    @property
    def decided(self) -> bool:
        """Whether the best one is better than every other beyond chance."""
        return not self.rivals

    _pictures = ("clv.value_deciles",)


def compare_value_models(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    horizon_days: int,
    models: Sequence[ValueModel] | None = None,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
    confidence_level: float = 0.95,
    random_state: int | np.random.Generator = 0,
) -> ValueModelComparison:
    """Fit value models to the orders up to `as_of`, and score them on the spend afterwards.

    Lifetime value is scored undiscounted and without margin: expected purchases times the expected
    mean amount. A regression is fitted on the customers of `horizon_days` before `as_of` and their
    spend up to `as_of`, so it uses no more data than the other models. The baseline "spent as
    before" predicts each customer's spend of the `horizon_days` up to `as_of`.

    The mean absolute error rewards models that predict a typical customer, who buys nothing, so
    read it together with `total_error`. Quantile regressions are scored but never recommended,
    because they do not predict mean spend.

    Args:
        orders: Order table with `customer_id, order_date, amount` (pandas, Polars, PyArrow, DuckDB,
            Dask or PySpark). The data must cover the whole horizon.
        as_of: Last day of the orders used in the fits.
        horizon_days: Number of days after `as_of` to predict.
        models: Lifetime values, purchase models (with Gamma-Gamma spend) and `SpendRegression`s to
            compare, each fitted anew. By default BG/NBD, Pareto/NBD, and gradient boosting of the
            mean and of the median, if the past is long enough for a regression.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.
        confidence_level: Confidence level of all intervals, as a fraction.
        random_state: Seed or generator of the bootstrap samples.

    Returns:
        A `ValueModelComparison` whose table has one row per model and one for "spent as before":

        - `mae, rmse`: mean absolute and root mean squared error, in money per customer,
        - `spearman`: rank correlation of predicted and actual spend; missing for a model that
          predicts the same for every customer,
        - `total`: predicted spend of all customers,
        - `total_error`: relative error of `total`, as a fraction of the actual spend, with bounds
          `total_error_lower, total_error_upper`,
        - `mae_difference`: `mae` minus that of the best model, with bounds `mae_difference_lower,
          mae_difference_upper`.

        Intervals come from 1,000 paired resamples of the customers (the bootstrap); with more than
        50,000 customers from the normal approximation.

    Raises:
        TypeError: A model is not one of these three kinds.
        DataError: The data end before the horizon, or the past is too short for a requested
            regression.
        NotEnoughDataError: Fewer than 10 customers spent anything in the horizon.

    References:
        Efron, Tibshirani (1993), An introduction to the bootstrap.

    Examples:
        >>> from cemkit import load_cdnow
        >>> found = compare_value_models(load_cdnow("sample"), "1997-09-30", 90)
        >>> found.table[["mae", "total_error"]].round(2).head(2)
                     mae  total_error
        model
        BG/NBD      ...
        Pareto/NBD  ...
    """
    day, horizon = check_as_of(as_of), check_days(horizon_days, "horizon_days")
    level = check_fraction(confidence_level, "confidence_level")
    random = np.random.default_rng(check_random_state(random_state))
    chosen = _chosen(models)
    trial = _Trial(orders, day, horizon, data_until)
    left_out = ""
    if models is None and (left_out := trial.why_no_regression()):
        chosen = [model for model in chosen if not isinstance(model, SpendRegression)]
    predicted = {BASELINE: trial.customers[f"amount_{horizon}"]}
    for model, row_name in zip(chosen, _row_names(chosen), strict=True):
        name = _distinct(row_name, predicted)
        predicted[name] = trial.predicted(model)
    predicted[BASELINE] = predicted.pop(BASELINE)
    of_means = [name for name, model in zip(predicted, chosen, strict=False) if _of_mean(model)]
    scores = {name: spend_scores(values, trial.actual) for name, values in predicted.items()}
    table = pd.DataFrame.from_dict(scores, orient="index").rename_axis("model")
    ranked = table["mae"].loc[[*of_means, BASELINE]].sort_values(kind="stable").index
    best, runner_up = str(ranked[0]), str(ranked[1])
    table = table.join(_bounds(predicted, trial.actual, best, random, level))
    deciles = {name: deciles_of(values, trial.actual) for name, values in predicted.items()}
    beside: dict[Any, float] = table.loc[runner_up].to_dict()
    return ValueModelComparison(
        best=best,
        runner_up=runner_up,
        rivals=tuple(
            str(name) for name in ranked[1:][table.loc[ranked[1:], "mae_difference_lower"] <= 0]
        ),
        mae_difference=beside["mae_difference"],
        mae_difference_lower=beside["mae_difference_lower"],
        mae_difference_upper=beside["mae_difference_upper"],
        confidence_level=level,
        n_customers=len(trial.actual),
        actual_amount=float(trial.actual.sum()),
        horizon_days=horizon,
        without_regression=left_out,
        deciles=pd.concat(deciles, names=["model"]),
        table=table,
    )


class _Trial:
    """What the models may see, what came after, and an earlier hold-out for regressions."""

    def __init__(self, orders: Any, day: pd.Timestamp, horizon: int, data_until: Any) -> None:
        self.orders, self.day, self.horizon = orders, day, horizon
        self.actual = window_outcomes(orders, day, horizon, data_until=data_until)["amount"]
        if not self.actual.sum() > 0:
            raise NotEnoughDataError(
                f"customers who spent in the {count_text(horizon, 'days')} after "
                f"as_of={day_text(day)}",
                have=0,
                need=1,
                hint=EARLIER,
            )
        spenders = int((self.actual > 0).sum())
        if spenders < FEWEST_SPENDERS:
            raise NotEnoughDataError(
                f"customers who spent in the {count_text(horizon, 'days')} after "
                f"as_of={day_text(day)}",
                have=spenders,
                need=FEWEST_SPENDERS,
                hint=f"{EARLIER}, or a longer horizon_days",
            )
        self.customers = self._table(day)

    def predicted(self, model: ValueModel) -> pd.Series:
        """What each customer is predicted to spend by a clone of the model, fitted to the past."""
        if isinstance(model, SpendRegression):
            self._check_earlier()
            regression: SpendRegression = clone(model).fit(*self._earlier)
            return regression.predict(self.customers)
        if isinstance(model, PurchaseModel):
            value = CustomerLifetimeValue(clone(model))
        else:
            value = clone(model)
        purchases = value.purchases
        if not isinstance(purchases, str):
            purchases = clone(purchases).fit(self.customers, orders=self.orders)
        value.set_params(
            purchases=purchases,
            spend=clone(value.spend),
            horizon_days=self.horizon,
            annual_discount_rate=0.0,
            margin=1.0,
            period_days=None,
        )
        clv: pd.Series = value.fit(self.customers).add_to(self.customers)["clv"]
        return clv

    def why_no_regression(self) -> str:
        """Why the past is too short for a regression; empty where it is not."""
        if self._joined < FEWEST:
            return "short past"
        return "equal spend" if np.ptp(self._earlier[1]) == 0 else ""

    @property
    def _then(self) -> pd.Timestamp:
        return self.day - pd.Timedelta(days=self.horizon)

    @property
    def _joined(self) -> int:
        return int((self.customers["first_order_date"] <= self._then).sum())

    @functools.cached_property
    def _earlier(self) -> tuple[pd.DataFrame, pd.Series]:
        """The customers of one horizon before, and what they spent since."""
        spent = window_outcomes(self.orders, self._then, self.horizon)["amount"]
        return self._table(self._then), spent

    def _check_earlier(self) -> None:
        why = self.why_no_regression()
        then = f"{day_text(self._then)}, {count_text(self.horizon, 'days')} before as_of"
        if why == "short past":
            raise DataError(
                f"{count_text(self._joined, 'customers')} had bought by {then}, and a regression "
                f"takes {FEWEST}; shorten horizon_days, or leave SpendRegression out"
            )
        if why:
            raise DataError(
                f"all customers of {then}, spent the same since; choose another as_of, or leave "
                "SpendRegression out"
            )

    def _table(self, day: pd.Timestamp) -> pd.DataFrame:
        windows = sorted({*WINDOWS, self.horizon})
        return customer_table(self.orders, day, include="activity", windows=windows)


def _chosen(models: Sequence[ValueModel] | None) -> list[ValueModel]:
    if models is None:
        return [BetaGeoModel(), ParetoNBDModel(), SpendRegression(), SpendRegression(quantile=0.5)]
    chosen = check_list(models, "models")
    for model in chosen:
        if not isinstance(model, CustomerLifetimeValue | PurchaseModel | SpendRegression):
            raise TypeError(
                "each of models must be a CustomerLifetimeValue, a purchase model or a "
                f"SpendRegression, not {shown(model)}"
            )
    if not chosen:
        raise ValueError("models is empty; name a model to compare, or None for all")
    return chosen


def _of_mean(model: ValueModel) -> bool:
    return not isinstance(model, SpendRegression) or model.quantile is None


def _row_name(model: ValueModel) -> str:
    if isinstance(model, SpendRegression):
        kind = "gradient boosting" if model.regressor is None else type(model.regressor).__name__
        return kind if model.quantile is None else f"{kind}, {100 * model.quantile:g}% quantile"
    if isinstance(model, CustomerLifetimeValue):
        purchases = model.purchases
        return _row_name(BetaGeoModel() if isinstance(purchases, str) else purchases)
    extras = [*(model.covariates or []), *([] if model.clock is None else ["seasonal clock"])]
    return f"{model.display_name} ({', '.join(extras)})" if extras else model.display_name


def _row_names(models: list[ValueModel]) -> list[str]:
    """The names of the models, with that of the spend model where nothing else differs."""
    names = [_row_name(model) for model in models]
    spends: dict[str, set[str]] = {}
    for name, model in zip(names, models, strict=True):
        spends.setdefault(name, set()).add(_spend_name(model))
    return [
        f"{name}, {_spend_name(model)}" if len(spends[name]) > 1 else name
        for name, model in zip(names, models, strict=True)
    ]


def _spend_name(model: ValueModel) -> str:
    kind = type(model.spend) if isinstance(model, CustomerLifetimeValue) else GammaGammaModel
    return SPEND_NAMES.get(kind, kind.__name__)


def _distinct(name: str, taken: dict[str, pd.Series]) -> str:
    """The name, with a number where a model of that name is there already."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name} #{number}"
    return found


def _bounds(
    predicted: dict[str, pd.Series],
    actual: pd.Series,
    best: str,
    random: np.random.Generator,
    level: float,
) -> pd.DataFrame:
    """Intervals of the totals, and of the errors beyond those of the best model."""
    values = np.column_stack([one.to_numpy() for one in predicted.values()])
    spent = actual.to_numpy()
    errors = np.abs(values - spent[:, None])
    beyond = errors - errors[:, [list(predicted).index(best)]]
    means = PairedMeans(len(spent), random)
    of_total = means.bounds(values, spent, level)
    of_error = means.bounds(beyond, np.ones(len(spent)), level)
    return pd.DataFrame(
        {
            "total_error_lower": of_total[0] - 1,
            "total_error_upper": of_total[1] - 1,
            "mae_difference": beyond.mean(axis=0),
            "mae_difference_lower": of_error[0],
            "mae_difference_upper": of_error[1],
        },
        index=pd.Index(predicted, name="model"),
    )
