"""Repurchase cycles: likelihood by quadrature, Burr quantiles, planted parameters."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.optimize import check_grad
from scipy.stats import burr12, gamma
from sklearn.exceptions import NotFittedError

from cemkit import RepurchaseCycle, customer_table, load_cdnow
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.recommendation.repurchase import _Likelihood, _Spells

AS_OF = pd.Timestamp("2024-12-31")


def simulated(
    shape: float, r: float, typical_days: float, n: int = 3000, seed: int = 0, span: int = 1500
) -> pd.DataFrame:
    """Orders with Weibull gaps whose rate is Gamma(r, alpha), seen up to AS_OF."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(r, 1 / r, n)
    day = rng.uniform(0, span, n)
    rows = []
    while (alive := day < span).any():
        rows.append(pd.DataFrame({"customer_id": np.flatnonzero(alive), "day": day[alive]}))
        gap = typical_days * (rng.exponential(size=n) / rate) ** (1 / shape)
        day = day + np.maximum(gap, 1)
    orders = pd.concat(rows, ignore_index=True)
    date = AS_OF - pd.to_timedelta(span - orders["day"].astype(int), unit="D")
    return orders.assign(order_date=date, amount=1.0).drop(columns="day")


def orders_of(days: list[str], **columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": 1, "order_date": pd.to_datetime(days), "amount": 1.0, **columns}
    )


def test_the_likelihood_is_the_integral_over_the_rates() -> None:
    orders = orders_of(["2024-12-01", "2024-12-04", "2024-12-13"])
    spells = _Spells.of(orders, AS_OF, None)
    days = np.arange(40.0)
    logs = np.log(days, out=np.zeros_like(days), where=days > 0)
    value, _ = _Likelihood(spells, days, logs, np.log([3.0, 9]).sum())(np.log([1.7, 0.8, 20 / 0.8]))

    def joint(rate: float) -> float:
        gone = 3**1.7 + 9**1.7 + 18**1.7
        density = (rate * 1.7) ** 2 * (3 * 9) ** 0.7 * np.exp(-rate * gone)
        return density * gamma.pdf(rate, 0.8, scale=1 / 20)

    integral, _ = quad(joint, 0, 1, epsabs=0, epsrel=1e-10, points=[0.001, 0.01])
    assert -value == pytest.approx(np.log(integral), rel=1e-8)


def test_the_gradient_is_that_of_the_likelihood() -> None:
    spells = _Spells.of(simulated(1.5, 2, 30, n=50), AS_OF, None)
    days = np.arange(max(spells.gaps.max(), spells.away.max()) + 1) / 30
    logs = np.log(days, out=np.zeros_like(days), where=days > 0)
    likelihood = _Likelihood(spells, days, logs, float(logs[spells.gaps].sum()))
    at = np.array([0.3, 0.2, -0.4])
    error = check_grad(lambda x: likelihood(x)[0], lambda x: likelihood(x)[1], at)
    assert error < 1e-5


@pytest.mark.parametrize(("shape", "r"), [(1.0, 1.5), (2.5, 3.0)])
def test_planted_parameters_are_recovered_from_censored_gaps(shape: float, r: float) -> None:
    params = RepurchaseCycle().fit(simulated(shape, r, 60), as_of=AS_OF).params_.loc["(all)"]
    assert params["shape"] == pytest.approx(shape, rel=0.06)
    assert params["r"] == pytest.approx(r, rel=0.15)


@pytest.mark.parametrize(("shape", "n", "seed"), [(2.0, 20, 3), (5.0, 200, 0)])
def test_customers_who_are_all_alike_have_an_optimum_too(shape: float, n: int, seed: int) -> None:
    orders = simulated(shape, 1e6, 30, n=n, seed=seed)
    params = RepurchaseCycle().fit(orders, as_of=AS_OF).params_.loc["(all)"]
    # Gaps of one Weibull distribution, whose median is 30 log(2)^(1 / shape) days.
    assert params["shape"] == pytest.approx(shape, rel=0.1)
    median = (params["alpha"] * (2 ** (1 / params["r"]) - 1)) ** (1 / params["shape"])
    assert median == pytest.approx(30 * np.log(2) ** (1 / shape), rel=0.1)


def test_a_new_customers_cycle_is_the_burr_distribution() -> None:
    orders = pd.concat(
        [
            simulated(1.5, 2, 30, n=400),
            pd.DataFrame({"customer_id": [-1], "order_date": [AS_OF], "amount": [1.0]}),
        ]
    )
    model = RepurchaseCycle(confidence_level=0.9).fit(orders, as_of=AS_OF)
    shape, r, alpha = model.params_.loc["(all)", ["shape", "r", "alpha"]].astype(float)
    burr = burr12(shape, r, scale=alpha ** (1 / shape))
    new = model.cycles_.loc[-1]
    assert new["cycle_days"] == pytest.approx(burr.ppf(0.5), rel=1e-9)
    assert new["next_purchase_days"] == pytest.approx(burr.ppf(0.5), rel=1e-9)
    assert (new["due_upper"] - AS_OF).days == round(burr.ppf(0.95))
    assert not new["overdue"]
    probability = model.buying_probability(orders, AS_OF, 20).loc[-1]
    assert probability == pytest.approx(burr.cdf(20), rel=1e-9)


def test_few_gaps_are_pooled_and_many_speak_for_themselves() -> None:
    everyone = simulated(2.0, 3.0, 30, n=800)
    short = pd.date_range(end=AS_OF, periods=250, freq="4D")
    regular = pd.DataFrame({"customer_id": -1, "order_date": short, "amount": 1.0})
    once = regular.tail(2).assign(customer_id=-2)
    cycles = RepurchaseCycle().fit(pd.concat([everyone, regular, once]), as_of=AS_OF).cycles_
    typical = cycles["cycle_days"].median()
    assert cycles.loc[-1, "cycle_days"] == pytest.approx(4, rel=0.25)
    assert 6 < cycles.loc[-2, "cycle_days"] < typical


def test_who_stays_away_past_the_interval_is_overdue_and_it_counts_for_the_cycle() -> None:
    everyone = simulated(2.0, 20, 30, n=800)
    gone = pd.DataFrame(
        {
            "customer_id": -1,
            "order_date": pd.date_range("2023-01-01", periods=12, freq="30D"),
            "amount": 1.0,
        }
    )
    model = RepurchaseCycle().fit(pd.concat([everyone, gone]), as_of=AS_OF)
    then = model.predict(gone, "2023-12-10")
    assert model.cycles_.loc[-1, "overdue"]
    assert not then.loc[-1, "overdue"]
    assert model.cycles_.loc[-1, "cycle_days"] > then.loc[-1, "cycle_days"]


def test_due_dates_are_kept_by_as_many_as_they_say_and_staying_away_does_not_put_them_off() -> None:
    orders = simulated(1.5, 1, 30, n=3000)
    model = RepurchaseCycle(confidence_level=0.8).fit(orders, as_of=AS_OF)
    # Foretold at the third purchase, from two gaps; the fourth is known of nearly all.
    days = orders.drop_duplicates().sort_values("order_date")
    number = days.groupby("customer_id").cumcount()
    third, fourth = (days[number == n].set_index("customer_id")["order_date"] for n in (2, 3))
    early = third[third < AS_OF - pd.Timedelta(days=700)]
    upto = orders[orders["order_date"] <= orders["customer_id"].map(early)]
    predicted = model.predict(upto, AS_OF)
    came = fourth.reindex(predicted.index)
    assert (came <= predicted["due_date"]).mean() == pytest.approx(0.5, abs=0.04)
    late = ~(came <= predicted["due_upper"])
    assert late.mean() == pytest.approx(0.1, abs=0.03)
    assert predicted["overdue"].mean() > 0.9
    then = model.predict(upto, AS_OF - pd.Timedelta(days=500))
    pd.testing.assert_frame_equal(then.filter(like="due_"), predicted.filter(like="due_"))


def test_overdue_is_whoever_is_past_the_upper_due_date_shown() -> None:
    cycles = RepurchaseCycle().fit(simulated(1.5, 2, 30, n=500), as_of=AS_OF).cycles_
    assert 10 < cycles["overdue"].sum() < 490
    pd.testing.assert_series_equal(
        cycles["overdue"], cycles["due_upper"] < AS_OF, check_names=False
    )


def test_each_product_has_its_cycle_and_rare_ones_take_that_of_all() -> None:
    tea, pot = (simulated(2, 5, days, n=300, seed=days) for days in (20, 120))
    rare = orders_of(["2024-11-01", "2024-12-01"], product="mug")
    orders = pd.concat([tea.assign(product="tea"), pot.assign(product="pot"), rare])
    model = RepurchaseCycle(by="product").fit(orders, as_of=AS_OF)
    assert model.params_["own"].to_dict() == {"mug": False, "pot": True, "tea": True}
    assert model.params_.loc["tea", "shape"] == pytest.approx(2, rel=0.15)
    median = model.cycles_.groupby("product")["cycle_days"].median()
    assert 4 < median["pot"] / median["tea"] < 8
    added = model.add_to(rare.drop_duplicates("customer_id"))
    assert added["cycle_days"].tolist() == [model.cycles_.loc[(1, "mug"), "cycle_days"]]
    with pytest.raises(DataError, match="product 'jar' was not in the fit"):
        model.predict(rare.assign(product="jar"), AS_OF)


def test_row_order_does_not_matter() -> None:
    orders = simulated(1.5, 2, 30, n=200)
    one, other = (
        RepurchaseCycle().fit(rows, as_of=AS_OF).cycles_
        for rows in (orders, orders.sample(frac=1, random_state=1))
    )
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("by", [None, "shop"])
def test_json_brings_the_parameters_back(by: str | None) -> None:
    orders = simulated(1.2, 3.0, 30, n=60)
    orders["shop"] = orders["customer_id"] % 2
    model = RepurchaseCycle(by=by, min_gaps=20).fit(orders, as_of=AS_OF)
    again = RepurchaseCycle.from_json(model.to_json())
    pd.testing.assert_frame_equal(again.params_, model.params_, check_exact=True)
    pd.testing.assert_frame_equal(again.predict(orders, AS_OF), model.cycles_, check_exact=True)
    with pytest.raises(
        NotFittedError, match="this RepurchaseCycle knows no customers' cycles: fit"
    ):
        again.add_to(model.cycles_)


def test_bad_input_is_refused() -> None:
    orders = simulated(1.5, 2, 30, n=100)
    with pytest.raises(NotFittedError, match="RepurchaseCycle"):
        RepurchaseCycle().predict(orders, AS_OF)
    with pytest.raises(NotEnoughDataError, match="gaps between purchases, got 0; .*lower min_gaps"):
        RepurchaseCycle().fit(orders.drop_duplicates("customer_id"), as_of=AS_OF)
    with pytest.raises(MissingColumnsError, match="missing column 'product'"):
        RepurchaseCycle(by="product").fit(orders, as_of=AS_OF)
    with pytest.raises(ValueError, match="confidence_level must lie"):
        RepurchaseCycle(confidence_level=1).fit(orders, as_of=AS_OF)
    model = RepurchaseCycle().fit(orders, as_of=AS_OF)
    with pytest.raises(DataError, match="1 row has no purchase in the fit"):
        model.add_to(pd.DataFrame({"customer_id": [-5]}))


def test_ids_have_one_spelling_and_unequal_kinds_are_refused() -> None:
    orders = simulated(1.2, 2.0, 30.0, n=60)
    model = RepurchaseCycle().fit(orders, as_of=AS_OF)
    floats = RepurchaseCycle().fit(
        orders.assign(customer_id=orders["customer_id"] * 1.0), as_of=AS_OF
    )
    pd.testing.assert_frame_equal(model.cycles_, floats.cycles_)
    texts = orders["customer_id"].astype(str)
    spelt = texts.where(orders.index % 2 == 0, texts + ".0")  # "7" and "7.0" are one customer
    spelled = RepurchaseCycle().fit(orders.assign(customer_id=spelt), as_of=AS_OF)
    assert len(spelled.cycles_) == len(model.cycles_)
    ids = model.cycles_.index[::-1]
    column = pd.DataFrame({"customer_id": ids * 1.0})
    added = model.add_to(column)
    assert added["due_date"].tolist() == model.cycles_.loc[ids, "due_date"].tolist()
    indexed = model.add_to(pd.DataFrame({"seen": 1}, index=ids))
    assert indexed.index.equals(ids)
    with pytest.raises(DataError, match="customer_id holds text in customers and numbers in the"):
        model.add_to(pd.DataFrame({"customer_id": ids.astype(str)}))
    with pytest.raises(DataError, match="customer_id is missing in"):
        RepurchaseCycle().fit(orders.assign(customer_id=texts.replace("1", "nan")), as_of=AS_OF)


def test_a_day_far_ahead_costs_no_more() -> None:
    orders = simulated(1.2, 2.0, 30.0, n=60)
    cycles = RepurchaseCycle().fit(orders, as_of="9999-12-31").cycles_
    assert cycles["due_date"].notna().all()  # predicted on the day of the last purchase


def test_products_that_are_tuples_are_refused() -> None:
    orders = load_cdnow("sample")
    named = orders.assign(product=["a" if k % 2 else "b" for k in range(len(orders))])
    model = RepurchaseCycle(by="product").fit(named, as_of="1997-09-30")
    pair = model.cycles_.reset_index()[["customer_id", "product"]].head(2)
    pair["product"] = ["a", ("a", "b")]
    with pytest.raises(DataError, match="product holds tuples"):
        model.add_to(pair)
    named["product"] = [("a", 1)] + ["b"] * (len(orders) - 1)
    with pytest.raises(DataError, match="product must hold text or numbers, not tuples"):
        RepurchaseCycle(by="product").fit(named, as_of="1997-09-30")


def test_a_table_of_another_day_is_refused_and_who_never_ordered_has_no_cycle() -> None:
    orders = load_cdnow("sample")
    model = RepurchaseCycle().fit(orders, as_of="1997-09-30")
    customers = customer_table(orders, as_of="1997-09-30")
    roster = customers.reindex([*customers.index, -1]).fillna({"order_count": 0})
    added = model.add_to(roster)
    assert added["due_date"].isna().tolist()[-1]
    assert pd.isna(added["overdue"].iloc[-1])
    assert added.iloc[:-1]["overdue"].astype(bool).equals(model.add_to(customers)["overdue"])
    with pytest.raises(DataError, match=r"last_order_date that differs from the fit's .*predict"):
        model.add_to(customer_table(orders, as_of="1997-06-30"))
