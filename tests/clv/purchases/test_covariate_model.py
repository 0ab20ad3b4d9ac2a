"""Covariates of the contract model and BG/BB: found again, and equal to models of each group."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import betaln

from cemkit import BetaGeoModel
from cemkit.clv import BetaGeoBinomialModel, ShiftedBetaGeoModel, likelihood_ratio_test
from cemkit.errors import ConvergenceError, DataError, MissingColumnsError

SETTINGS = {"maxiter": 4000, "xatol": 1e-7, "fatol": 1e-9}
GROUPS = {"门店": {"alpha": 0.7, "beta": 1.2}, "web": {"alpha": 1.4, "beta": 1.2}}


def contracts(n: int = 4_000) -> pd.DataFrame:
    parts = [
        ShiftedBetaGeoModel.from_parameters(**parameters).simulate(n, 8, seed).assign(channel=name)
        for seed, (name, parameters) in enumerate(GROUPS.items())
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(visits=np.random.default_rng(0).normal(50, 9, len(table)))


def donors(n: int = 1_500) -> pd.DataFrame:
    shapes = {"alpha": 1.2, "gamma": 0.66, "delta": 2.8}
    parts = [
        BetaGeoBinomialModel.from_parameters(**(shapes | more))
        .simulate(n, 6, seed)
        .assign(kind=seed)
        for seed, more in enumerate([{"beta": 0.75}, {"beta": 2.5}])
    ]
    return pd.concat(parts, ignore_index=True)


CASES: list[tuple[Any, pd.DataFrame, str]] = [
    (ShiftedBetaGeoModel, contracts(), "channel"),
    (BetaGeoBinomialModel, donors(), "kind"),
]
every_case = pytest.mark.parametrize(("kind", "table", "column"), CASES, ids=["sbg", "bgbb"])


@every_case
def test_one_category_is_a_model_of_each_group(kind: Any, table: pd.DataFrame, column: str) -> None:
    table = table.astype({column: str})
    model = kind([column]).fit(table)
    apart = [kind().fit(part) for _, part in table.groupby(column)]
    assert model.log_likelihood_ == pytest.approx(
        sum(one.log_likelihood_ for one in apart), abs=1e-5
    )
    shifts = np.log(apart[1].params_ / apart[0].params_)
    shared = model.params_[list(kind.parameter_names)].to_numpy()
    assert shared == pytest.approx(apart[0].params_.to_numpy(), rel=1e-4)
    assert model.params_.iloc[len(shifts) :].to_numpy() == pytest.approx(shifts, abs=1e-4)
    test = likelihood_ratio_test(kind().fit(table), model)
    assert test.degrees_of_freedom == len(shifts)
    assert test.p_value < 1e-6
    answer = model.add_to(table)
    for (_, part), own in zip(table.groupby(column), apart, strict=True):
        expected = own.add_to(part)
        pd.testing.assert_frame_equal(answer.loc[part.index], expected, rtol=1e-4)


def test_a_number_is_found_by_another_optimizer() -> None:
    table = contracts(800)
    model = ShiftedBetaGeoModel(["visits"]).fit(table)
    z, left = table["visits"] - 50, table["churned"].astype(float)
    stayed = table["period_count"] - left

    def loss(point: np.ndarray) -> float:
        alpha, beta = np.exp(point[0] + point[1] * z), np.exp(point[2] + point[3] * z)
        return -float((betaln(alpha + left, beta + stayed) - betaln(alpha, beta)).sum())

    best = minimize(
        loss,
        np.zeros(4),
        method="Nelder-Mead",
        options={"maxiter": 4000, "xatol": 1e-7, "fatol": 1e-9},
    )
    assert model.log_likelihood_ == pytest.approx(-best.fun, abs=1e-4)
    coefficients = model.params_[["dropout_alpha:visits", "dropout_beta:visits"]]
    assert coefficients.to_numpy() == pytest.approx(best.x[[1, 3]], abs=1e-3)


@every_case
def test_rows_and_units_change_nothing(kind: Any, table: pd.DataFrame, column: str) -> None:
    table = table.assign(size=np.arange(len(table)) % 7)
    model = kind(["size"]).fit(table)
    shuffled = table.sample(frac=1, random_state=1)
    again = kind(["size"]).fit(shuffled)
    assert again.params_.to_numpy() == pytest.approx(model.params_.to_numpy(), rel=1e-6, abs=1e-7)
    scaled = kind(["size"]).fit(table.assign(size=100.0 * table["size"]))
    n = len(kind.parameter_names)
    assert scaled.params_.iloc[n:].to_numpy() * 100 == pytest.approx(
        model.params_.iloc[n:].to_numpy(), rel=1e-5, abs=1e-6
    )


@every_case
def test_models_with_covariates_come_back(kind: Any, table: pd.DataFrame, column: str) -> None:
    table = table.astype({column: str})
    model = kind([column]).fit(table)
    again = kind.from_json(model.to_json())
    pd.testing.assert_frame_equal(again.add_to(table.head(50)), model.add_to(table.head(50)))
    assert again.covariates == [column]


@every_case
def test_customers_without_the_covariate(kind: Any, table: pd.DataFrame, column: str) -> None:
    texts = table.astype({column: str})
    model = kind([column]).fit(texts)
    missing = texts.assign(**{column: texts[column].where(texts.index > 0)})
    for ask in (model.add_to, kind([column]).fit):
        with pytest.raises(DataError, match=f"'{column}' has 1 missing value; name them"):
            ask(missing)
        with pytest.raises(MissingColumnsError, match=column):
            ask(texts.drop(columns=column))
    numbers = texts.assign(**{column: np.where(texts.index > 0, 1.0 * (texts.index % 3), np.nan)})
    with pytest.raises(DataError, match=f"{column} has 1 missing .* correct or leave out"):
        kind([column]).fit(numbers)
    with pytest.raises(DataError, match="the level 'new', which was not in the fit"):
        model.add_to(texts.assign(**{column: "new"}))
    with pytest.raises(DataError, match="the same value for every customer; leave it out"):
        kind([column]).fit(texts.assign(**{column: "same"}))
    with pytest.raises(DataError, match="are not identified"):
        kind([column, "twin"]).fit(texts.assign(twin=texts[column]))


def test_what_takes_no_covariates() -> None:
    model = ShiftedBetaGeoModel(["channel"]).fit(contracts(500))
    for ask in (lambda: model.survival(3), lambda: model.simulate(3, 3)):
        with pytest.raises(ValueError, match="call renewal_probability with a table instead"):
            ask()
    with pytest.raises(ValueError, match="fit_survivors needs a model without covariates"):
        model.fit_survivors([10, 5, 4])
    giver = BetaGeoBinomialModel(["kind"]).fit(donors(300))
    for name, arguments in {"new_customer_purchases": [3], "simulate": [3, 3]}.items():
        with pytest.raises(ValueError, match=f"{name} needs a model without covariates"):
            getattr(giver, name)(*arguments)


@pytest.mark.parametrize(
    "model", [ShiftedBetaGeoModel, BetaGeoModel], ids=lambda kind: kind.__name__
)
@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
def test_a_fit_to_few_customers_says_why_it_found_no_maximum(model: Any) -> None:
    """Of many small tables some have no maximum: each failure names covariates and remedy."""
    failures = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(6, 30))
        repeats, tenure = rng.integers(0, 5, n), rng.integers(30, 300, n).astype(float)
        table = pd.DataFrame(
            {
                "period_count": rng.integers(1, 8, n),
                "churned": rng.random(n) < 0.5,
                "repeat_count": repeats,
                "tenure_days": tenure,
                "recency_days": np.where(repeats > 0, 0.9 * tenure * rng.random(n), tenure),
                "渠道": np.arange(n) % 2,
                "visits": rng.normal(size=n),
            }
        )
        try:
            model(covariates=["渠道", "visits"]).fit(table)
        except ConvergenceError as error:
            failures.append(str(error))
        if len(failures) == 2:
            break
    assert failures
    for words in failures:
        assert "found no maximum of the likelihood: its covariates (渠道, visits)" in words
        assert "fewer covariates" in words
