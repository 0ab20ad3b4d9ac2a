"""Odds ratios, marginal effects and tests against R and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cemkit import ChurnModel
from cemkit.errors import DataError

few = pytest.mark.filterwarnings("ignore:too few events")


@few
def test_spector_as_in_the_statsmodels_documentation() -> None:
    data = sm.datasets.spector.load_pandas().data
    X, y = data[["GPA", "TUCE", "PSI"]], data["GRADE"]
    model = ChurnModel(penalty=0).fit(X, y)
    read = model.coefficients()
    np.testing.assert_allclose(
        read.table["coefficient"], [-13.021347, 2.826113, 0.095158, 2.378688], atol=5e-7
    )
    assert read.log_likelihood == pytest.approx(-12.889634, abs=5e-7)
    assert read.statistic == pytest.approx(15.404190, abs=1e-6)
    assert read.mcfadden_r2 == pytest.approx(0.374038, abs=5e-7)
    reference = sm.Logit(y, sm.add_constant(X)).fit(disp=0)
    effects = reference.get_margeff().summary_frame()
    table = read.table.drop(index="intercept")
    np.testing.assert_allclose(table["marginal_effect"], [0.362581, 0.012208, 0.305178], atol=5e-7)
    np.testing.assert_allclose(table["marginal_effect_error"], effects["Std. Err."], rtol=1e-6)
    np.testing.assert_allclose(read.table["p_value"], reference.pvalues, rtol=1e-6)
    assert read.p_value == pytest.approx(reference.llr_pvalue, rel=1e-6)


def test_telco_as_in_r(telco8: pd.DataFrame, telco: pd.DataFrame) -> None:
    model = ChurnModel(penalty=0).fit(telco8, telco["Churn"])
    read = model.coefficients()
    published = [
        -1.505110, -0.034168, 0.012532, -0.801557, -1.616768, 0.644193, 0.425064, 0.476108,
        0.340485,
    ]  # fmt: skip
    np.testing.assert_allclose(read.table["coefficient"], published, atol=5.1e-7)
    assert read.table.loc["tenure", "standard_error"] == pytest.approx(0.002099, abs=5e-7)
    two = read.table.loc["two_year", ["odds_ratio", "odds_ratio_lower", "odds_ratio_upper"]]
    np.testing.assert_allclose(two, [0.198539, 0.142420, 0.276773], atol=5e-7)
    assert read.log_likelihood == pytest.approx(-2992.946997, abs=5e-7)
    assert read.null_log_likelihood == pytest.approx(-4075.072950, abs=5e-7)
    assert (read.customers, read.events) == (7043, 1869)


@few
def test_scaling_does_not_change_the_unpenalised_table() -> None:
    data = sm.datasets.spector.load_pandas().data
    scaled, plain = (
        ChurnModel(penalty=0, scale=scale).fit(data[["GPA", "TUCE"]], data["GRADE"]).coefficients()
        for scale in (True, False)
    )
    pd.testing.assert_frame_equal(scaled.table, plain.table, rtol=1e-7)


def test_a_unit_far_beyond_the_range_of_a_feature(known: pd.DataFrame, churned: pd.Series) -> None:
    share = known[["order_count"]] / 1e6
    table = ChurnModel(penalty=0).fit(share, churned).coefficients().table  # and no warning
    plain = ChurnModel(penalty=0).fit(known[["order_count"]], churned).coefficients().table
    assert table.loc["order_count", "odds_ratio"] == 0
    np.testing.assert_allclose(table["coefficient"], plain["coefficient"] * [1, 1e6], rtol=1e-9)
    table = ChurnModel(penalty=0).fit(-share, churned).coefficients().table
    assert table.loc["order_count", "odds_ratio"] == np.inf


def test_likelihood_ratio_tests_take_a_category_as_one_feature(telco: pd.DataFrame) -> None:
    X = telco[["tenure", "Contract"]]
    model = ChurnModel(penalty=0).fit(X, telco["Churn"])
    tests = model.likelihood_ratio_tests(X, telco["Churn"].sample(frac=1, random_state=0))
    whole = sm.Logit.from_formula("Churn ~ tenure + C(Contract)", telco).fit(disp=0)
    less = sm.Logit.from_formula("Churn ~ tenure", telco).fit(disp=0)
    assert tests.loc["Contract", "df"] == 2
    assert tests.loc["Contract", "statistic"] == pytest.approx(2 * (whole.llf - less.llf), rel=1e-8)


def test_a_penalty_narrows_towards_the_prior(known: pd.DataFrame, churned: pd.Series) -> None:
    X = known[["recency_days", "order_count"]]
    free, tied = (
        ChurnModel(penalty=penalty).fit(X, churned).coefficients().table for penalty in (0, 1e4)
    )
    assert (tied["standard_error"] < free["standard_error"])[1:].all()


def test_where_there_is_nothing_to_read(known: pd.DataFrame, churned: pd.Series) -> None:
    X = known[["recency_days"]]
    with pytest.raises(ValueError, match="class_weight='balanced' changes the odds"):
        ChurnModel(class_weight="balanced").fit(X, churned).coefficients()
    with pytest.raises(ValueError, match="likelihood-ratio tests need penalty=0"):
        ChurnModel().fit(X, churned).likelihood_ratio_tests(X, churned)
    free = ChurnModel(penalty=0).fit(X, churned)
    with pytest.raises(
        DataError, match=r"the outcome has the values \[1, 2\], but the fit had \[0, 1\]"
    ):
        free.likelihood_ratio_tests(X, churned + 1)
    with pytest.raises(ValueError, match="NaN"):
        free.likelihood_ratio_tests(X, churned.where(churned.index > 5))
    with pytest.raises(ValueError, match="X has 23,570 rows but y has 9"):
        free.likelihood_ratio_tests(X, churned.to_numpy()[:9])
    with pytest.raises(ValueError, match="confidence_level must lie strictly between 0 and 1"):
        ChurnModel().fit(X, churned).coefficients(confidence_level=95)


def test_the_clearest_effect_in_words(known: pd.DataFrame, churned: pd.Series) -> None:
    read = ChurnModel(penalty=0).fit(known[["recency_days", "order_count"]], churned).coefficients()
    ratio = read.table.loc["recency_days", "odds_ratio"]
    assert f"multiplies the odds of churn by {ratio:.3g}" in read.sentence()
    assert "recency_days" in read.sentence("zh")
