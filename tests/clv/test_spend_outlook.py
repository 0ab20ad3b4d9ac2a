"""What one customer may spend: scale of money, terms, and agreement of both questions."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from cemkit import (
    CustomerLifetimeValue,
    GammaGammaModel,
    ParetoNBDModel,
    customer_table,
    load_cdnow,
)
from cemkit.clv import FrequencyGammaGammaModel, NetSpendModel

PURCHASES = ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.61, beta=82)
SPEND = {
    "plain": GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=15.44),
    "frequency": FrequencyGammaGammaModel.from_parameters(p=6.0, q=3.7, gamma=14.0, frequency=0.1),
    "net": NetSpendModel.from_parameters(between=20.0, within=25.0, mean=35.0),
}
every_spend = pytest.mark.parametrize("spend", SPEND.values(), ids=SPEND)


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    table = customer_table(load_cdnow("sample"), as_of="1997-09-30")
    return table.sample(400, random_state=0)


@every_spend
def test_the_chance_to_spend_at_least_a_quantile_is_what_its_level_leaves(
    customers: pd.DataFrame, spend: GammaGammaModel | NetSpendModel
) -> None:
    value = CustomerLifetimeValue(PURCHASES, spend, horizon_days=365).fit(customers)
    added = value.add_to(customers, quantiles=[0.1, 0.5, 0.9])
    assert list(added)[-3:] == ["spend_p10", "spend_p50", "spend_p90"]
    for level in (0.1, 0.5, 0.9):
        column = f"spend_p{100 * level:.0f}"
        chance = value.spend_probability(added, column)
        at_jump = added[column] == 0
        assert chance[~at_jump].tolist() == pytest.approx([1 - level] * (~at_jump).sum(), abs=1e-6)
        more = value.spend_probability(added[at_jump].assign(cent=0.01), "cent")
        assert (more <= 1 - level + 1e-6).all()


@every_spend
def test_the_mean_over_all_quantiles_is_the_expected_spend(
    customers: pd.DataFrame, spend: GammaGammaModel | NetSpendModel
) -> None:
    some = customers.nlargest(5, "repeat_count")
    value = CustomerLifetimeValue(PURCHASES, spend, annual_discount_rate=0, horizon_days=365)
    value = value.fit(customers)
    levels = [(n + 0.5) / 100 for n in range(100)]
    mean = value.spend_quantiles(some, levels).mean(axis=1)
    assert mean.tolist() == pytest.approx(value.add_to(some)["clv"].tolist(), rel=0.02, abs=0.01)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
@pytest.mark.parametrize("kind", [GammaGammaModel, FrequencyGammaGammaModel, NetSpendModel])
@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
def test_a_currency_of_other_size_changes_nothing_but_the_unit(
    customers: pd.DataFrame, factor: float, kind: type
) -> None:
    small = customers.assign(repeat_mean_amount=customers["repeat_mean_amount"] * factor)
    one, other = (
        CustomerLifetimeValue(PURCHASES, kind()).fit(table) for table in (customers, small)
    )
    ours = other.spend_quantiles(small) / factor
    assert ours.to_numpy().ravel() == pytest.approx(
        one.spend_quantiles(customers).to_numpy().ravel(), rel=1e-6, abs=1e-6
    )
    chance = other.spend_probability(small, 50 * factor)
    assert chance.tolist() == pytest.approx(one.spend_probability(customers, 50).tolist(), abs=1e-7)
    assert (other.add_to(small)["clv"] / factor).tolist() == pytest.approx(
        one.add_to(customers)["clv"].tolist(), rel=1e-6
    )
    assert other.sentence() == one.sentence()


def test_ids_rows_and_customers_without_orders(customers: pd.DataFrame) -> None:
    value = CustomerLifetimeValue(PURCHASES, SPEND["plain"]).fit(customers)
    plain = value.spend_quantiles(customers)
    shuffled = customers.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(value.spend_quantiles(shuffled).loc[plain.index], plain)
    never = customers.head(3).reset_index()
    never.loc[1, ["recency_days", "tenure_days", "repeat_mean_amount"]] = np.nan
    never.loc[1, "order_count"] = 0
    found = value.add_to(never, quantiles=[0.5])
    assert found["spend_p50"].isna().tolist() == [False, True, False]
    assert value.spend_probability(never, 5).isna().tolist() == [False, True, False]


def test_sums_that_everybody_reaches(customers: pd.DataFrame) -> None:
    value = CustomerLifetimeValue(PURCHASES, SPEND["plain"]).fit(customers)
    assert (value.spend_probability(customers, 0) == 1).all()
    assert (value.spend_probability(customers, -5) == 1).all()
    one = value.spend_probability(customers, 1e-9)
    buys = 1 - PURCHASES.purchase_probabilities(customers, 0, 365)
    assert one.tolist() == pytest.approx(buys.tolist(), abs=1e-6)


def test_for_ever_there_are_no_quantiles(customers: pd.DataFrame) -> None:
    value = CustomerLifetimeValue(PURCHASES, SPEND["plain"], horizon_days=None).fit(customers)
    with pytest.raises(ValueError, match="need a limited horizon; set horizon_days"):
        value.spend_quantiles(customers)
    with pytest.raises(ValueError, match="set horizon_days"):
        value.add_to(customers, quantiles=[0.5])


@pytest.mark.parametrize("horizon", [60, 400])
def test_what_one_customer_spends_lies_where_the_distribution_says(horizon: int) -> None:
    """The randomised probability integral transform of the spend of customers simulated here."""
    random, n, tenure = np.random.default_rng(5), 4_000, 250.0
    r, alpha, s, beta = PURCHASES.params_
    p, q, gamma = SPEND["plain"].params_
    rate = random.gamma(r, 1 / alpha, n)
    life = random.standard_exponential(n) / random.gamma(s, 1 / beta, n)
    own = random.gamma(q, 1 / gamma, n)
    past = random.poisson(rate * np.minimum(life, tenure))
    later = random.poisson(rate * np.clip(life - tenure, 0, horizon))
    spent = random.gamma(p * np.maximum(later, 1), 1 / own) * (later > 0)
    before = random.gamma(p * np.maximum(past, 1), 1 / own) * (past > 0)
    # The last of so many moments within a stretch.
    last = np.minimum(life, tenure) * random.random(n) ** (1 / np.maximum(past, 1))
    table = pd.DataFrame(
        {
            "repeat_count": past,
            "recency_days": np.where(past > 0, tenure - last, tenure),
            "tenure_days": tenure,
            "repeat_mean_amount": before / np.maximum(past, 1),
            "order_count": past + 1,
            "spent": spent,
        }
    )
    value = CustomerLifetimeValue(PURCHASES, SPEND["plain"], horizon_days=horizon).fit(table)
    beyond = value.spend_probability(table.assign(spent=np.where(spent > 0, spent, 1e-9)), "spent")
    none = 1 - beyond.to_numpy()
    transform = np.where(spent > 0, none, none * random.random(n))
    assert kstest(transform, "uniform").pvalue > 1e-5
