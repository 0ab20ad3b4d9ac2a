"""Post-stratification against SQL, and its coverage where strata differ between the arms."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from cemkit import compare_variants
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError

SQL = """
WITH cell AS (SELECT variant, city, count(*) n, avg(amount) m, var_samp(amount) v
              FROM data GROUP BY ALL),
     share AS (SELECT city, count(*) / (SELECT count(*) FROM data) w FROM data GROUP BY city)
SELECT variant, sum(w * m) m, sum(w * w * v / n) v FROM cell JOIN share USING (city)
GROUP BY variant ORDER BY variant
"""


def experiment(n: int, seed: int, effect: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "variant": rng.choice(["A", "B"], n),
            "city": rng.choice(["上海", "北京", "成都"], n, p=[0.5, 0.3, 0.2]),
        }
    )
    level = data["city"].map({"上海": 10.0, "北京": 20.0, "成都": 60.0})
    data["amount"] = level + effect * (data["variant"] == "B") + rng.normal(0, 5, n)
    data["bought"] = (rng.random(n) < level / 100).astype(int)
    data["orders"] = rng.integers(1, 4, n)
    return data


def test_means_are_those_of_the_shares_in_sql() -> None:
    data = experiment(900, 0, 1.0)
    row = compare_variants(data, {"amount": "mean"}, "A", strata="city").table.iloc[0]
    expected = duckdb.sql(SQL).df()
    difference = expected["m"].diff().iloc[1]
    assert row["control_value"] == pytest.approx(expected["m"].iloc[0])
    assert row["difference"] == pytest.approx(difference)
    assert row["statistic"] == pytest.approx(difference / np.sqrt(expected["v"].sum()))
    assert row["method"] == "post-stratified by city, welch t, fieller"


def test_what_the_strata_explain_does_not_blur_the_effect() -> None:
    data = experiment(900, 0, 1.0)
    widths = [
        np.ptp(
            compare_variants(data, {"amount": "mean"}, "A", strata=strata)
            .table.loc[0, ["difference_lower", "difference_upper"]]
            .to_numpy(float)
        )
        for strata in (None, "city")
    ]
    assert widths[1] < 0.4 * widths[0]


@pytest.mark.filterwarnings("ignore:.*comparisons are left out")
@pytest.mark.parametrize("n", [40, 150])
def test_intervals_cover(n) -> None:
    # 1,000 experiments, as groups of one: a standard error of 0.7 %; more in benchmarks/proofs.
    data = experiment(1000 * n, n, 2.0)
    data["run"] = data.index % 1000
    options = {"by": "run", "strata": "city", "correction": "none"}
    table = compare_variants(data, {"amount": "mean"}, "A", **options).table
    assert len(table) > 700
    covered = (table["difference_lower"] <= 2) & (table["difference_upper"] >= 2)
    assert 0.93 < covered.mean() < 0.97


def test_every_kind_of_metric_takes_strata_in_groups() -> None:
    data = experiment(3000, 1).assign(shop=lambda d: d["customer_id"] % 2)
    metrics = {"bought": "proportion", "amount": "mean", "value": ("amount", "orders")}
    found = compare_variants(data, metrics, "A", by="shop", strata=["city"])
    alone = compare_variants(data[data["shop"] == 1], metrics, "A", strata=["city"])
    ours = found.table[found.table["shop"] == 1]
    for name in ("difference", "p_value"):
        assert ours[name].tolist() == pytest.approx(alone.table[name].tolist())


def test_strata_that_are_too_small_are_refused_or_counted() -> None:
    data = experiment(900, 2)
    data.loc[0, "city"] = "拉萨"
    with pytest.raises(NotEnoughDataError, match="customers in each stratum; join small strata"):
        compare_variants(data, {"amount": "mean"}, "A", strata="city")
    data["shop"] = np.where((data["city"] == "拉萨") | (data.index % 2 == 0), "x", "y")
    with pytest.warns(CemkitWarning, match="fewer than 2 customers of it in a stratum"):
        found = compare_variants(data, {"amount": "mean"}, "A", by="shop", strata="city")
    assert found.table["shop"].tolist() == ["y"]


def test_a_customer_is_in_one_stratum() -> None:
    data = experiment(900, 3)
    twice = pd.concat([data, data.head(3).assign(city="西安")])
    with pytest.raises(DataError, match="3 customers are in more than one stratum of"):
        compare_variants(twice, {"amount": "mean"}, "A", strata="city")
    with pytest.raises(ValueError, match="'city' is in both by and strata"):
        compare_variants(data, {"amount": "mean"}, "A", by="city", strata="city")
