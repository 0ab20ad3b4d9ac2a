"""What holds of every purchase model, whatever its likelihood."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from cemkit import BetaGeoModel, ParetoNBDModel, customer_table, load_cdnow
from cemkit.clv import ModifiedBetaGeoModel, SeasonalClock, bootstrap_parameters
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError

MODELS = [ParetoNBDModel, BetaGeoModel, ModifiedBetaGeoModel]
every_model = pytest.mark.parametrize("model", MODELS)


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), as_of="1997-09-30")


def typical(model: type[PurchaseModel]) -> PurchaseModel:
    shapes = {"s": 0.6, "beta": 80.0} if model is ParetoNBDModel else {"a": 0.8, "b": 2.4}
    return model.from_parameters(r=0.5, alpha=60.0, **shapes)


def history(x: int, recency: float, tenure: float) -> pd.DataFrame:
    return pd.DataFrame({"repeat_count": [x], "recency_days": [recency], "tenure_days": [tenure]})


@every_model
def test_row_order_columns_and_repeated_rows_change_nothing(
    model: type[PurchaseModel], customers: pd.DataFrame
) -> None:
    fitted = model().fit(customers)
    shuffled = customers.sample(frac=1, random_state=3)[customers.columns[::-1]]
    assert model().fit(shuffled).params_.equals(fitted.params_)
    assert model().fit(shuffled).covariance_.equals(fitted.covariance_)
    alive = fitted.alive_probability(shuffled)
    assert alive.index.equals(shuffled.index)
    assert alive.loc[customers.index].equals(fitted.alive_probability(customers))


@every_model
def test_the_unit_of_time_does_not_matter(
    model: type[PurchaseModel], customers: pd.DataFrame
) -> None:
    days = model().fit(customers)
    hours = model().fit(
        customers.assign(
            recency_days=customers["recency_days"] * 24, tenure_days=customers["tenure_days"] * 24
        )
    )
    unit = np.array([24 if name in model.time_parameters else 1 for name in days.params_.index])
    assert (hours.params_ / unit).tolist() == pytest.approx(days.params_.tolist(), rel=1e-8)
    repeats = customers["repeat_count"].sum()
    assert hours.log_likelihood_ + repeats * np.log(24) == pytest.approx(days.log_likelihood_)


@every_model
@pytest.mark.filterwarnings("ignore:not identified")  # 600 customers know s / beta alone
def test_weights_are_customers(model: type[PurchaseModel], customers: pd.DataFrame) -> None:
    few = customers.head(600)
    weights = np.arange(600) % 3
    weighted = model().fit(few, sample_weight=weights)
    repeated = model().fit(few.iloc[np.repeat(np.arange(600), weights)].reset_index(drop=True))
    assert weighted.params_.tolist() == pytest.approx(repeated.params_.tolist(), rel=1e-8)
    assert weighted.n_customers_ == weights.sum()
    assert weighted.bic_ == pytest.approx(repeated.bic_)


@every_model
def test_a_large_fit_starts_from_a_sample_and_ends_at_the_same_optimum(
    model: type[PurchaseModel], customers: pd.DataFrame
) -> None:
    once = model().fit(customers)
    often = model().fit(customers, sample_weight=np.full(len(customers), 50.0))
    assert often.params_.tolist() == pytest.approx(once.params_.tolist(), rel=1e-6)
    errors = often.standard_errors_ * np.sqrt(50)
    assert errors.tolist() == pytest.approx(once.standard_errors_.tolist(), rel=1e-4)


@every_model
def test_what_was_fitted_is_summed_up_and_symmetric(
    model: type[PurchaseModel], customers: pd.DataFrame
) -> None:
    fitted = model().fit(customers)
    assert fitted.covariance_.equals(fitted.covariance_.T)
    assert (np.linalg.eigvalsh(fitted.covariance_) > 0).all()
    assert fitted.aic_ == pytest.approx(8 - 2 * fitted.log_likelihood_)
    assert fitted.bic_ == pytest.approx(4 * np.log(2357) - 2 * fitted.log_likelihood_)
    summary = fitted.summary(confidence_level=0.9)
    assert (summary["lower"] > 0).all()
    assert (summary["lower"] < summary["estimate"]).all()
    assert (summary["estimate"] < summary["upper"]).all()


@every_model
def test_json_brings_the_model_back(model: type[PurchaseModel], customers: pd.DataFrame) -> None:
    coded = customers.assign(late=customers["first_order_date"].dt.month > 2, age=3.5)
    coded.loc[coded.index[::2], "age"] = 1.0
    fitted = model(covariates=["late", "age"]).fit(coded)
    text = fitted.to_json()
    assert json.loads(text)["cemkit"]
    back = model.from_json(text)
    assert back.params_.equals(fitted.params_)
    assert back.covariance_.equals(fitted.covariance_)
    assert back.aic_ == fitted.aic_
    assert back.expected_purchases(coded, 30).equals(fitted.expected_purchases(coded, 30))


@every_model
def test_covariates_that_drive_purchases_are_found(model: type[PurchaseModel]) -> None:
    base = typical(model)
    fast = model.from_parameters(**{**base.params_, "alpha": base.params_["alpha"] / 2})
    slow_customers = base.simulate(4000, 400, random_state=1).assign(channel="shop")
    fast_customers = fast.simulate(4000, 400, random_state=2).assign(channel="web")
    both = pd.concat([slow_customers, fast_customers], ignore_index=True)
    fitted = model(covariates=["channel"]).fit(both)
    effect, error = (
        values["purchases:channel=web"] for values in (fitted.params_, fitted.standard_errors_)
    )
    assert effect == pytest.approx(np.log(2), abs=3 * error)
    assert error < 0.2
    shifted = history(2, 30, 200).assign(channel="web")
    alone = model.from_parameters(
        **{name: fitted.params_[name] for name in model.parameter_names}
        | {
            of: fitted.params_[of] * np.exp(sign * fitted.params_[f"{effect}:channel=web"])
            for effect, (of, sign) in model.covariate_effects.items()
        }
    )
    expected = fitted.expected_purchases(shifted, 90).item()
    assert expected == pytest.approx(alone.expected_purchases(shifted, 90).item(), rel=1e-9)
    with pytest.raises(ValueError, match="without covariates"):
        fitted.simulate(3, 30)
    with pytest.raises(ValueError, match="channel=web"):
        fitted.new_customer_purchases(30)


@every_model
def test_the_origin_of_a_covariate_does_not_matter(
    model: type[PurchaseModel], customers: pd.DataFrame
) -> None:
    year = np.random.default_rng(0).integers(0, 8, len(customers))
    near, far = customers.assign(year=year), customers.assign(year=1990 + year)
    of_near, of_far = (model(covariates=["year"]).fit(table) for table in (near, far))
    assert of_far.log_likelihood_ == pytest.approx(of_near.log_likelihood_, abs=1e-9)
    slopes = [name for name in of_near.params_.index if ":" in name]
    for ours, theirs in (
        (of_far.params_[slopes], of_near.params_[slopes]),
        (of_far.standard_errors_[slopes], of_near.standard_errors_[slopes]),
        (of_far.expected_purchases(far, 90), of_near.expected_purchases(near, 90)),
    ):
        assert ours.tolist() == pytest.approx(theirs.tolist(), rel=1e-6)
    shift = {
        of: sign * of_far.params_[f"{effect}:year"]
        for effect, (of, sign) in model.covariate_effects.items()
    }
    at_1990 = {of: of_far.params_[of] * np.exp(1990 * slope) for of, slope in shift.items()}
    assert at_1990 == pytest.approx({of: of_near.params_[of] for of in shift}, rel=1e-6)
    refits = bootstrap_parameters(of_far, far, n_resamples=2)[slopes].to_numpy()
    assert refits == pytest.approx(
        bootstrap_parameters(of_near, near, n_resamples=2)[slopes].to_numpy(), rel=1e-6
    )


def test_an_origin_too_far_for_a_float_is_named(customers: pd.DataFrame) -> None:
    coded = customers.assign(year=20_000 + np.random.default_rng(0).integers(0, 8, len(customers)))
    with pytest.raises(DataError, match=r"b would be e\^\d+ .* such as their mean"):
        BetaGeoModel(covariates=["year"]).fit(coded)


@every_model
def test_covariates_in_other_units_than_the_fit_are_refused(
    model: type[PurchaseModel], customers: pd.DataFrame
) -> None:
    age = np.random.default_rng(0).normal(40, 10, len(customers))
    fitted = model(covariates=["age"]).fit(customers.assign(age=age))
    with pytest.raises(
        DataError, match=r"of \d+ histories make \w+ e\^-?\d+; convert them to the units"
    ):
        fitted.add_to(customers.assign(age=age * 1e6))


def test_covariates_that_follow_from_each_other_are_named(customers: pd.DataFrame) -> None:
    coded = customers.assign(member=np.arange(len(customers)) % 2, late=3.0, age=5.0)
    coded["guest"], coded.loc[coded.index[::7], "age"] = 1 - coded["member"], 6.0
    coded.loc[coded.index[:9], "late"] = 2.0
    with pytest.raises(DataError, match="'member', 'guest' are not identified"):
        BetaGeoModel(covariates=["member", "age", "guest"]).fit(coded)
    late = np.repeat([0.0, 1.0], [9, len(coded) - 9])
    with pytest.raises(DataError, match="covariates 'late' are not identified"):
        BetaGeoModel(covariates=["age", "late"]).fit(coded, sample_weight=late)


@every_model
def test_simulated_customers_are_tables_the_models_take(model: type[PurchaseModel]) -> None:
    fitted = typical(model)
    drawn = fitted.simulate(20_000, 365, random_state=5)
    assert drawn.equals(fitted.simulate(20_000, 365, random_state=5))
    x, expected = drawn["repeat_count"], fitted.new_customer_purchases(365)
    assert x.mean() == pytest.approx(expected, abs=4 * x.std() / np.sqrt(20_000))
    alive = fitted.alive_probability(drawn)
    assert alive.mean() == pytest.approx(drawn["alive"].mean(), abs=0.02)
    with pytest.raises(ValueError, match="horizon_days must be above 0"):
        fitted.simulate(2, [3, 0])
    with pytest.raises(ValueError, match="horizon_days must be a finite number"):
        fitted.simulate(2, [3, np.inf])
    with pytest.raises(ValueError, match=r"one number or 2, one per customer, not of shape \(3,\)"):
        fitted.simulate(2, [3, 4, 5])


@every_model
def test_a_curve_takes_horizons_above_zero(model: type[PurchaseModel]) -> None:
    for wrong in (-5, 0, np.nan):
        with pytest.raises(ValueError, match="horizon_days must be"):
            typical(model).new_customer_curve([30, wrong])


@every_model
def test_a_table_is_read_once_and_never_changed(
    model: type[PurchaseModel], customers: pd.DataFrame
) -> None:
    before = customers.copy()
    added = model().fit(customers).add_to(customers, horizon_days=30)
    assert list(added.columns[-2:]) == ["alive_probability", "expected_purchases"]
    pd.testing.assert_frame_equal(customers, before)


@every_model
def test_unfitted_and_cloned_models_say_so(model: type[PurchaseModel]) -> None:
    with pytest.raises(NotFittedError):
        model().alive_probability(history(1, 1, 3))
    with pytest.raises(NotFittedError):
        clone(typical(model)).expected_purchases(history(1, 1, 3), 10)
    with pytest.raises(NotFittedError):
        typical(model).summary()
    with pytest.raises(TypeError, match="takes the parameters r, alpha"):
        model.from_parameters(r=1.0)
    with pytest.raises(ValueError, match="r must be above 0"):
        model.from_parameters(**{**typical(model).params_, "r": 0.0})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (history(-1, 1, 3), "1 customer has a negative repeat_count"),
        (history(1, 1, 3).astype(float).assign(repeat_count=1.5), "fractional repeat_count"),
        (history(0, 3, -3), "negative tenure_days"),
        (history(1, -1, 3), "negative recency_days"),
        (history(1, 5, 3), "a last purchase before the first"),
        (history(0, 1, 3), "no repeat purchase, yet"),
        (history(2, 3, 3), "at the time of the first"),
    ],
)
def test_impossible_histories_are_named(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        BetaGeoModel().fit(table)


def test_a_table_of_lifetimes_is_recognised() -> None:
    summary = pd.DataFrame({"frequency": [1], "recency": [3.0], "T": [9.0]})
    with pytest.raises(MissingColumnsError, match="from_lifetimes"):
        BetaGeoModel().fit(summary)


def test_what_is_no_table_is_named() -> None:
    with pytest.raises(TypeError, match="customers must be a pandas DataFrame, not list"):
        BetaGeoModel().fit([[1, 2, 3]])  # type: ignore[arg-type]


@every_model
def test_nobody_who_came_back_is_too_few(model: type[PurchaseModel]) -> None:
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 customer with a repeat purchase, got 0"
    ):
        model().fit(pd.concat([history(0, 9, 9), history(0, 5, 5)]))


def test_a_parameter_at_the_edge_is_named_and_has_no_error() -> None:
    random = np.random.default_rng(0)
    x = random.poisson(3.0, 2000)  # everybody buys at one rate, and nobody leaves
    t_x = np.where(x > 0, 100 * random.random(2000) ** (1 / np.maximum(x, 1)), 0)
    table = pd.DataFrame({"repeat_count": x, "recency_days": 100 - t_x, "tenure_days": 100.0})
    with pytest.warns(CemkitWarning, match="goes to"):
        model = BetaGeoModel().fit(table)
    assert model.standard_errors_.isna().any()
    assert model.new_customer_purchases(100) == pytest.approx(3.0, rel=0.05)
    assert BetaGeoModel.from_json(model.to_json()).standard_errors_.isna().any()


def test_parameters_that_the_data_leave_open_are_named_and_have_no_error() -> None:
    """Everybody bought once more, on the last day: nobody can have left before."""
    tenure = np.arange(20.0, 40.0)
    table = pd.DataFrame({"repeat_count": 1, "recency_days": 0.0, "tenure_days": tenure})
    with pytest.warns(CemkitWarning) as caught:
        model = BetaGeoModel().fit(table)
    said = " ".join(str(warning.message) for warning in caught)
    for name in model.params_.index[model.standard_errors_.isna()]:
        assert f" {name} goes to " in said or f"hardly changes with {name}" in said
    known = model.standard_errors_.dropna()
    assert {"a", "b"}.isdisjoint(known.index)
    assert np.isfinite(known).all()
    assert model.summary().loc[known.index].notna().all(axis=None)


@pytest.fixture(scope="module")
def on_clock(seasonal_orders: pd.DataFrame) -> BetaGeoModel:
    clock = SeasonalClock().fit(seasonal_orders, "2023-06-30")
    return BetaGeoModel(clock=clock).fit(customer_table(seasonal_orders, "2023-06-30"))


@pytest.mark.parametrize("horizon", [365, None])
def test_discounts_stay_in_days_on_a_clock(
    on_clock: BetaGeoModel, seasonal_orders: pd.DataFrame, horizon: float | None
) -> None:
    some = customer_table(seasonal_orders, "2023-06-30").iloc[::300]
    found = on_clock.expected_discounted_purchases(some, 0.1, horizon)
    # Purchases day by day (later in longer steps), each discounted from the middle of its step.
    ends = np.arange(1.0, 366)
    ends = ends if horizon else np.append(ends, np.geomspace(366, 300_000, 600))
    histories = on_clock._read(some)
    until = [on_clock._expected(histories, 0.0, end)[histories.row] for end in ends]
    bought = np.diff(np.array([np.zeros(len(some)), *until]), axis=0)
    middle = (ends + np.append(0.0, ends[:-1])) / 2
    by_hand = np.exp(-np.log(1.1) / 365 * middle) @ bought
    assert found.to_numpy() == pytest.approx(by_hand, rel=1e-5 if horizon else 3e-4)


def test_probabilities_on_a_clock_have_the_expectation_as_mean(
    on_clock: BetaGeoModel, seasonal_orders: pd.DataFrame
) -> None:
    some = customer_table(seasonal_orders, "2023-06-30").iloc[::300]
    chances = [on_clock.purchase_probabilities(some, n, 90).to_numpy() for n in range(80)]
    assert np.sum(chances, axis=0) == pytest.approx(1, abs=1e-9)
    mean = np.arange(80) @ np.array(chances)
    assert mean == pytest.approx(on_clock.expected_purchases(some, 90).to_numpy(), rel=1e-6)


def test_simulated_customers_of_a_clock_have_its_parameters(on_clock: BetaGeoModel) -> None:
    drawn = on_clock.simulate(20_000, 700.0, random_state=1)
    again = BetaGeoModel(clock=on_clock.clock_).fit(drawn)
    assert (drawn["recency_days"] <= drawn["tenure_days"]).all()
    error = (again.params_ - on_clock.params_).abs() / again.standard_errors_
    assert error.max() < 4


def test_lifetimes_knows_no_clock(on_clock: BetaGeoModel) -> None:
    with pytest.raises(ValueError, match="to_lifetimes takes a model of calendar days"):
        on_clock.to_lifetimes()
