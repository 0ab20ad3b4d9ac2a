"""ARIMAForecaster: sales to come, by ARIMA models whose orders are searched."""

from typing import Any, Literal, Self

import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.checks import check_fraction, check_integer, check_random_state
from cemkit.checks.options import shown
from cemkit.described import Described
from cemkit.errors import DataError
from cemkit.forecasting.clock import WallClock
from cemkit.forecasting.components import ForecastComponents, components_of
from cemkit.forecasting.fitting import Fitted, Settings, refit
from cemkit.forecasting.members import predict_members
from cemkit.forecasting.predictive import Predictive
from cemkit.forecasting.saved_forecaster import LAYOUT, forecaster_state, restore_state
from cemkit.forecasting.search import Search, Wanted
from cemkit.forecasting.series import (
    Order,
    TimeIndex,
    aligned_regressors,
    following,
    numbers,
    regular_series,
    time_index,
)
from cemkit.forecasting.state_space import statsmodels_result
from cemkit.forecasting.summary import (
    Diagnosis,
    ForecastSummary,
    coefficient_table,
    diagnose_model,
)
from cemkit.formats import count_text
from cemkit.pictures import Drawn
from cemkit.storage.text import from_text, to_text

MOST_STEPS = 4000  # their covariance matrix takes memory as the square of the steps
MOST_DRAWS = 50_000_000
MIDNIGHT = " 00:00:00"


class ARIMAForecaster(Drawn, Described):
    """ARIMA forecasts of a regular series, with orders chosen by the AICc.

    The number of differences comes from the KPSS test, and of seasonal differences from the
    strength of the season. A stepwise search finds the other orders, each model fitted by exact
    maximum likelihood. A season of more than 24 periods (such as weeks in a year) is modelled by
    Fourier terms and by effects of single outstanding periods, such as the week of Christmas. A
    yearly season follows the date: a year has 365.25 days, and Christmas stays on 25 December after
    a year of 53 weeks. Hours with a time zone are placed in the day by the local clock. Missing
    values are allowed: the likelihood is that of the observed values.

    The time of a fit grows in proportion to the length of the series. It grows with the square of
    the season if seasonal terms are fitted, and with the square of the number of missing values.

    Args:
        seasonal_period: Number of periods in a season, such as 12 for months; 1 for none. `"auto"`
            takes 12, 4, 52 and 7 for months, quarters, weeks and days. It takes 1 for other periods
            or if the series is shorter than two seasons, and says so in `notes_`. Periods of 7 days
            are weeks. 52 (or 53) weeks and 365 (or 366) days mean the calendar year, except with an
            explicit `seasonal_order`, where they are that many periods.
        order: Order `(p, d, q)`, or `"auto"` to choose it.
        seasonal_order: Seasonal order `(P, D, Q)`, or `"auto"` to choose it.
        power: Power of the Box-Cox transformation, from 0 to 2: 1 for none, 0 for the logarithm,
            `"auto"` for the most likely of 0, 1/2 and 1. Forecasts are means in the units of the
            sales.
        search: `"stepwise"` for one model; `"exhaustive"` for the best of all orders with p + q + P
            + Q up to 5; `"average"` for a weighted average of the models near the best, including
            seasonal ARIMA terms for long seasons. `"auto"` averages for weeks and other long
            seasons, unless an order is given, and otherwise uses one model.

    `plot(steps=..., X=...)` draws the sales and a forecast of one season, or of `steps` periods.

    Attributes:
        order_: Order `(p, d, q)`.
        seasonal_order_: Seasonal order `(P, D, Q)`.
        seasonal_period_: Number of periods in a season.
        power_: Power of the transformation.
        aicc_: Corrected Akaike information criterion, on the scale of the power.
        log_likelihood_: Maximum log-likelihood, on the scale of the power.
        params_: Coefficients and variance; of the best model if models are averaged.
        standard_errors_: Standard errors of the coefficients.
        degrees_of_freedom_: Number of points minus number of parameters, for Student's t.
        notes_: Decisions of the fit that a reader should know.

    References:
        Hyndman, Khandakar (2008), Automatic time series forecasting: the forecast package for R,
        Journal of Statistical Software 27.

    Examples:
        >>> years = pd.period_range("1871", periods=40, freq="Y")
        >>> sales = pd.Series([100.0 + (7 * year) % 13 for year in range(40)], index=years)
        >>> ARIMAForecaster(order=(1, 0, 0)).fit(sales).forecast(2).columns.tolist()
        ['forecast', 'lower', 'upper']
    """

    _pictures = ("forecasting.forecast_fan",)

    def __init__(
        self,
        seasonal_period: Literal["auto"] | int = "auto",
        order: Literal["auto"] | Order = "auto",
        seasonal_order: Literal["auto"] | Order = "auto",
        power: Literal["auto"] | float = 1.0,
        search: Literal["auto"] | Search = "auto",
    ) -> None:
        self.seasonal_period = seasonal_period
        self.order = order
        self.seasonal_order = seasonal_order
        self.power = power
        self.search = search

    def fit(
        self, sales: pd.Series, y: object = None, X: pd.DataFrame | pd.Series | None = None
    ) -> Self:
        """Choose the orders and estimate the coefficients.

        Args:
            sales: Series of amounts on a regular PeriodIndex or DatetimeIndex, in order of time;
                NaN where one is missing.
            y: Not used. It exists because scikit-learn's `fit` has it.
            X: Regressors, one row per period. Rows for other periods are ignored. None for no
                regressors.

        Returns:
            The fitted forecaster itself.

        Raises:
            TypeError: `sales` is not a Series on such an index, or `y` is given.
            DataError: The index is irregular or out of order, values are infinite or all equal, or
                a regressor has gaps or is a linear combination of others.
            NotEnoughDataError: The series is too short, or too short for its season.
        """
        if y is not None:  # fit(sales, X) would leave the regressors out without a word
            raise TypeError("fit does not use y; give regressors by name, as in fit(sales, X=X)")
        return self._learnt(self._settings().fit(sales, X))

    def update(self, sales: pd.Series, X: pd.DataFrame | pd.Series | None = None) -> Self:
        """Add later periods and estimate again, with the same orders.

        Args:
            sales: Series of amounts on the index that follows that of the fit.
            X: Regressors of these periods, if the fit had any.

        Raises:
            TypeError: `sales` is not a Series, or is empty.
            DataError: The index does not follow, or regressors are missing.
        """
        check_is_fitted(self, "members_")
        if not isinstance(sales, pd.Series) or sales.empty:
            raise TypeError("sales must be a pandas Series of one period at least")
        index = self.future_index(len(sales))
        if not sales.index.equals(index):
            raise DataError(
                f"the new sales must begin at {index[0]}, right after those of the fit, not "
                f"at {sales.index[0]}"
            )
        new = pd.Series(numbers(sales, "sales"), index=sales.index)
        series = regular_series(pd.concat([self._series, new]))
        regressors = pd.concat([self._regressors, self._future(index, X)])
        return self._learnt(refit(self._fitted, series, regressors))

    def forecast(
        self,
        steps: int,
        X: pd.DataFrame | pd.Series | None = None,
        *,
        confidence_level: float = 0.95,
    ) -> pd.DataFrame:
        """Forecast the next periods, each with its interval.

        Args:
            steps: Number of periods to forecast.
            X: Regressors of these periods, if the fit had any; `future_index` gives their index.
            confidence_level: Confidence level of each interval, as a fraction.

        Returns:
            One row per period, on the index that follows that of the fit: `forecast` (the mean) and
            the interval `lower, upper`. It includes the uncertainty of constant, regressors and
            missing values.

        Raises:
            DataError: Regressors of these periods are missing.
        """
        level = check_fraction(confidence_level, "confidence_level")
        ahead = self.predictive(steps, X)
        lower, upper = ahead.interval(level)
        return pd.DataFrame(
            {"forecast": ahead.forecast, "lower": lower, "upper": upper},
            index=self.future_index(steps),
        )

    def forecast_total(
        self,
        steps: int,
        X: pd.DataFrame | pd.Series | None = None,
        *,
        confidence_level: float = 0.95,
        random_state: int = 0,
    ) -> pd.Series:
        """Forecast the sum of the next periods, with the interval of the sum.

        Args:
            steps: Number of periods to sum.
            X: Regressors of these periods, if the fit had any.
            confidence_level: Confidence level of the interval, as a fraction.
            random_state: Seed of the simulation that is used if the power is not 1.

        Returns:
            Series with `forecast, lower, upper` of the sum.
        """
        level = check_fraction(confidence_level, "confidence_level")
        check_random_state(random_state)
        total = self.predictive(steps, X).total(level, random_state)
        return pd.Series(total, index=["forecast", "lower", "upper"], name="total")

    def simulate(
        self,
        steps: int,
        X: pd.DataFrame | pd.Series | None = None,
        *,
        n_paths: int = 1000,
        random_state: int = 0,
    ) -> pd.DataFrame:
        """Simulate paths of the next periods.

        Args:
            steps: Number of periods.
            X: Regressors of these periods, if the fit had any.
            n_paths: Number of paths.
            random_state: Seed of the random numbers.

        Returns:
            One row per period and one column per path.
        """
        check_steps(steps)
        check_integer(n_paths, "n_paths", minimum=1, maximum=MOST_DRAWS // steps)
        check_random_state(random_state)
        paths = self.predictive(steps, X).draws(n_paths, random_state)
        return pd.DataFrame(paths.T, index=self.future_index(steps))

    def predictive(self, steps: int, X: pd.DataFrame | pd.Series | None = None) -> Predictive:
        """Return the joint distribution of the next periods.

        Args:
            steps: Number of periods.
            X: Regressors of these periods, if the fit had any.
        """
        check_is_fitted(self, "members_")
        future = self._future(self.future_index(steps), X)
        index = time_index(self._series)
        places, last = self._wall.ahead(index, steps, self.seasonal_period_)
        rows = future.groupby(places).mean().reindex(range(last)).ffill().bfill()
        return predict_members(self.members_, last, rows.to_numpy(), self.power_).at(places)

    def future_index(self, steps: int) -> TimeIndex:
        """Return the index of the next periods, on which to build their regressors.

        Args:
            steps: Number of periods.
        """
        check_is_fitted(self, "members_")
        return following(time_index(self._series), check_steps(steps))

    def summary(self, *, confidence_level: float = 0.95) -> ForecastSummary:
        """Summarize the model: its coefficients with standard errors, intervals and p-values.

        Args:
            confidence_level: Confidence level of the intervals, as a fraction.
        """
        check_is_fitted(self, "members_")
        level = check_fraction(confidence_level, "confidence_level")
        return ForecastSummary(
            model=str(self._best.order),
            n=self._best.likelihood.n_observed,
            n_missing=self._best.observations.missing.shape[1],
            power=self.power_,
            log_likelihood=self.log_likelihood_,
            aicc=self.aicc_,
            models_averaged=len(self.members_),
            notes="; ".join(self.notes_) or "none",
            confidence_level=level,
            table=self._coefficients(level),
        )

    def diagnose(self) -> Diagnosis:
        """Test whether the errors of the (best) model are noise, and return its roots."""
        check_is_fitted(self, "members_")
        return diagnose_model(self._best, self.seasonal_period_, time_index(self._wall.series))

    def components(
        self, steps: int | None = None, X: pd.DataFrame | pd.Series | None = None
    ) -> ForecastComponents:
        """Decompose sales and forecast into trend, season, regressors and remainder.

        Args:
            steps: Number of periods to forecast. None forecasts one season.
            X: Regressors of these periods, if the fit had any.

        Returns:
            A `ForecastComponents`, whose table has one row per period.

        Raises:
            ValueError: The model has no season.
            DataError: Regressors of these periods are missing.
        """
        check_is_fitted(self, "members_")
        ahead = self.seasonal_period_ if steps is None else check_steps(steps)
        forecast = self.forecast(ahead, X)["forecast"]
        regressors = pd.concat([self._regressors, self._future(self.future_index(ahead), X)])
        effects = None
        if regressors.shape[1]:
            effects = regressors.to_numpy(dtype=float) @ self.regressor_effects()[0].to_numpy()
        return components_of(
            pd.concat([self._series, forecast]),
            effects,
            self.power_,
            len(self._series),
            self.seasonal_period_,
        )

    @property
    def params_(self) -> pd.Series:
        """The coefficients and the variance of the (best) model."""
        return self._coefficients(0.95)["estimate"]

    @property
    def standard_errors_(self) -> pd.Series:
        """The standard errors of the same; that of the variance is not known."""
        return self._coefficients(0.95)["standard_error"]

    @property
    def degrees_of_freedom_(self) -> int:
        """Degrees of freedom of the (best) model: of Student's t for `regressor_effects`."""
        check_is_fitted(self, "members_")
        return int(self._best.degrees)

    def regressor_effects(self) -> tuple[pd.Series, pd.DataFrame]:
        """Return the coefficients of the regressors in X, and their covariance matrix.

        They are those of the (best) model, on the scale of the power, with ARMA coefficients
        estimated by restricted maximum likelihood. Use them for tests and intervals of effects;
        `summary` uses maximum likelihood throughout.
        """
        check_is_fitted(self, "members_")
        fit, names = self._best.restricted().regression, self._regressors.columns
        first = self._best.observations.missing.shape[1] + self._best.order.constant
        own = slice(first, first + len(names))
        covariance = fit.variance * fit.precision[own, own]
        return pd.Series(fit.effects[own], index=names), pd.DataFrame(covariance, names, names)

    def to_statsmodels(self) -> Any:
        """Return the same model with the same coefficients, as a statsmodels SARIMAX result.

        Its forecasts equal ours, on the scale of the power. A mean or drift is its trend, so
        `forecast(steps)` works directly. Regressors, including those of a long season, are its
        `exog`.

        Raises:
            ValueError: Several models are averaged.
        """
        check_is_fitted(self, "members_")
        if len(self.members_) > 1:
            raise ValueError(
                "an average of models cannot be converted to statsmodels; fit with "
                "search='stepwise'"
            )
        return statsmodels_result(self._best, time_index(self._wall.series))

    def to_json(self) -> str:
        """Return the fitted model as JSON text: parameters, sales, regressors and coefficients.

        Raises:
            DataError: A number in it is too large to save.
        """
        check_is_fitted(self, "members_")
        state = forecaster_state(self.members_, self._series, self._regressors)
        fitted = {"period": self.seasonal_period_, "power": self.power_, "notes": self.notes_}
        return to_text(self, LAYOUT, {"parameters": self.get_params(), **fitted, **state})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return a fitted model from the text of `to_json`; nothing is fitted again.

        Raises:
            DataError: The text is not a saved ARIMAForecaster, or is damaged.
        """
        with from_text(cls, text, LAYOUT) as state:
            parameters = state["parameters"]
            for name in ("order", "seasonal_order"):
                if parameters[name] != "auto":
                    parameters[name] = tuple(parameters[name])
            new = cls(**parameters)
            new._settings().check()
            members, series, regressors = restore_state(state)
        return new._learnt(
            Fitted(
                members=members,
                series=series,
                regressors=regressors,
                period=state["period"],
                power=state["power"],
                notes=state["notes"],
            )
        )

    def _settings(self) -> Settings:
        return Settings(
            seasonal_period=self.seasonal_period,
            power=self.power,
            wanted=Wanted(order=self.order, seasonal_order=self.seasonal_order, search=self.search),
        )

    def _pictured(self, options: dict[str, Any]) -> tuple[Any, ...]:
        check_is_fitted(self, "members_")
        level = options.setdefault("confidence_level", 0.95)
        steps = options.pop("steps", max(self.seasonal_period_, 12))
        return self._series, self.forecast(steps, options.pop("X", None), confidence_level=level)

    def _facts(self) -> dict[str, Any]:
        index = self._series.index
        return {
            "periods": len(index),
            "missing": int(self._series.isna().sum()),
            "first_period": str(index[0]).removesuffix(MIDNIGHT),
            "last_period": str(index[-1]).removesuffix(MIDNIGHT),
            "model": str(self._best.order),
            "models_averaged": len(self.members_),
            "aicc": self.aicc_,
            "confidence_level": 0.95,
            "seasonal_period": self.seasonal_period_,
            "power": self.power_,
            "notes": "; ".join(self.notes_) or "none",
            "table": self._coefficients(0.95)[["estimate", "lower", "upper"]],
        }

    def _learnt(self, fitted: Fitted) -> Self:
        """Take over what was learnt, all of it at once."""
        best = fitted.members[0].model
        wall = WallClock.of(fitted.series, fitted.regressors, fitted.period)
        learnt = {
            "members_": fitted.members,
            "seasonal_period_": fitted.period,
            "power_": fitted.power,
            "notes_": fitted.notes,
            "order_": best.order.order,
            "seasonal_order_": best.order.seasonal_order,
            "aicc_": best.aicc,
            "log_likelihood_": best.log_likelihood,
            "_best": best,
            "_fitted": fitted,
            "_series": fitted.series,
            "_regressors": fitted.regressors,
            "_wall": wall,
        }
        self.__dict__.update(learnt)
        return self

    def _coefficients(self, confidence_level: float) -> pd.DataFrame:
        check_is_fitted(self, "members_")
        names = [*self._regressors.columns, *self.members_[0].season.names]
        return coefficient_table(self._best, names, confidence_level)

    def _future(self, index: TimeIndex, X: pd.DataFrame | pd.Series | None) -> pd.DataFrame:
        names = list(self._regressors.columns)
        if not names:
            if X is not None:
                raise DataError(
                    "X is given, but the model was fitted without regressors; leave X out, or "
                    "fit with X"
                )
            return pd.DataFrame(index=index)
        if X is None:
            raise DataError(
                f"the model has the regressors {names}; give X for the "
                f"{count_text(len(index), 'periods')} of future_index"
            )
        rows = aligned_regressors(X, index)
        absent = [name for name in names if name not in rows]
        if absent:
            raise DataError(f"X lacks the regressors {absent} of the fit; add these columns")
        return rows[names]


def check_steps(steps: int) -> int:
    """Return `steps`, when it is a whole number of periods that can be forecast together."""
    return check_integer(steps, "steps", minimum=1, maximum=MOST_STEPS)


def check_forecaster(forecaster: object) -> ARIMAForecaster:
    """Return the forecaster, when it is one."""
    if not isinstance(forecaster, ARIMAForecaster):
        raise TypeError(f"a forecaster must be an ARIMAForecaster, not {shown(forecaster)}")
    return forecaster
