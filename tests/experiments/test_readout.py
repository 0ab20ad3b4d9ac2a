"""The read-out: one call, all engines, guards, corrections, and every kind of bad input."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cemkit import compare_variants, proportion_test
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError
from cemkit.experiments import sequential_p_value
from cemkit.proportions import adjust_p_values

THIRDS = {"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}


def experiment(n: int = 6000, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "variant": np.array(["A", "B", "C"])[np.arange(n) % 3],
            "segment": rng.choice(["new", "old"], n),
            "pre_amount": rng.gamma(2, 20, n),
        }
    )
    data["converted"] = (rng.random(n) < np.where(data["variant"] == "B", 0.22, 0.15)).astype(int)
    data["orders"] = data["converted"] * rng.integers(1, 4, n)
    data["amount"] = data["orders"] * (data["pre_amount"] + rng.gamma(2, 10, n))
    return data


def test_the_source_article() -> None:
    data = pd.DataFrame(
        {
            "variant": ["uniform"] * 1000 + ["personal"] * 1000,
            "converted": [1] * 143 + [0] * 857 + [1] * 192 + [0] * 808,
        }
    )
    found = compare_variants(data, control="uniform", shares={"uniform": 0.5, "personal": 0.5})
    row = found.table.iloc[0]
    assert row["statistic"] == pytest.approx(2.9341, abs=5e-5)
    assert row["p_value_adjusted"] == pytest.approx(0.003345, abs=5e-7)
    assert row["total_difference"] == pytest.approx(49)
    assert (found.winner, found.decision, found.valid) == ("personal", "adopt personal", True)
    one = proportion_test([143, 192], [1000, 1000])
    for name in ("difference_lower", "difference_upper", "lift_lower", "lift_upper"):
        assert row[name] == getattr(one, name)
    assert found.sentence().startswith("Adopt personal (personal - uniform: converted +4.9")
    assert found.sentence("zh").startswith("采用 personal")
    assert "as designed" in str(found)
    assert "as designed" in found.to_markdown()


ENGINES = {
    "pandas arrow": lambda d: d.convert_dtypes(dtype_backend="pyarrow"),
    "category": lambda d: d.astype({"variant": "category", "segment": "category"}),
    "polars": pl.from_pandas,
    "polars lazy": lambda d: pl.from_pandas(d).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": duckdb.from_df,
    "dask": lambda d: pytest.importorskip("dask.dataframe").from_pandas(d, npartitions=3),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_gives_the_same(engine) -> None:
    data = experiment()
    options = {"control": "A", "by": "segment", "covariates": {"amount": "pre_amount"}}
    expected = compare_variants(data, **options).table
    found = compare_variants(ENGINES[engine](data), **options).table
    pd.testing.assert_frame_equal(
        found.astype(expected.dtypes.to_dict()), expected, rtol=1e-9, check_dtype=False
    )


def test_truth_values_count_as_conversions() -> None:
    data = experiment()
    flags = data.assign(converted=data["converted"].astype(bool))
    floats = data.assign(converted=data["converted"].astype(float))
    expected = compare_variants(data, control="A").table
    for same in (flags, floats):
        pd.testing.assert_frame_equal(compare_variants(same, control="A").table, expected)


def test_all_comparisons_are_one_family() -> None:
    found = compare_variants(experiment(), control="A", by="segment", correction="holm")
    assert len(found.table) == 2 * 2 * 3
    adjusted = adjust_p_values(found.table["p_value"], "holm")
    assert found.table["p_value_adjusted"].tolist() == adjusted.tolist()
    assert found.interval_level == pytest.approx(1 - 0.05 / 12)
    assert (found.decision, found.winner) == ("by group", None)


def test_uncorrected_intervals_are_narrower() -> None:
    data = experiment()
    widths = [
        np.ptp(
            compare_variants(data, control="A", correction=c).table.loc[
                0, ["difference_lower", "difference_upper"]
            ]
        )
        for c in ("none", "benjamini-hochberg", "bonferroni")
    ]
    assert widths == sorted(widths)
    assert widths[0] < widths[2]


def test_the_covariate_sharpens_and_keeps_the_effect() -> None:
    data = experiment().assign(amount=lambda d: d["pre_amount"] + d["converted"])
    metrics = {"amount": "mean"}
    plain = compare_variants(data, metrics, "A").table.iloc[0]
    sharp = compare_variants(data, metrics, "A", covariates={"amount": "pre_amount"}).table.iloc[0]
    width = sharp["difference_upper"] - sharp["difference_lower"]
    assert width < 0.05 * (plain["difference_upper"] - plain["difference_lower"])
    assert sharp["method"].startswith("cuped on pre_amount")
    assert sharp["difference"] == pytest.approx(0.07, abs=0.04)


def test_a_large_mean_drowns_nothing() -> None:
    data = experiment()
    far = data.assign(amount=data["amount"] + 1e9)
    near, distant = (
        compare_variants(d, {"amount": "mean"}, "A").table.iloc[0] for d in (data, far)
    )
    assert distant["statistic"] == pytest.approx(near["statistic"], rel=1e-5)


def test_rows_of_one_customer_are_no_customers() -> None:
    # Each customer ten times: ten times the rows, not a tenth of the variance.
    data = experiment(900)
    exposures = pd.concat([data] * 10)
    once = compare_variants(data, {"converted": "mean"}, "A").table.iloc[0]
    found = compare_variants(exposures, {"converted": "proportion"}, "A")
    assert found.unit == "customer"
    row = found.table.iloc[0]
    assert row["value"] == pytest.approx(once["value"])
    assert row["statistic"] == pytest.approx(once["statistic"])
    assert row["customers"] == once["customers"]


def test_a_broken_sample_ratio_makes_it_invalid() -> None:
    found = compare_variants(experiment(), control="A", shares={"A": 0.5, "B": 0.25, "C": 0.25})
    assert (found.valid, found.winner, found.decision) == (False, None, "invalid")
    assert "not as designed" in found.sentence()
    assert (found.table["p_value_adjusted"] < 0.05).any()
    assert found.table["winner"].isna().all()


def test_without_shares_nothing_is_said_of_the_ratio() -> None:
    found = compare_variants(experiment(), control="A")
    assert found.valid is None
    assert found.sample_ratio is None


def test_a_worse_variant_keeps_the_control() -> None:
    data = experiment()
    data = data[data["variant"] != "C"]
    found = compare_variants(data, {"converted": "proportion"}, control="B")
    assert (found.decision, found.winner) == ("keep B", "B")
    assert found.sentence("zh").startswith("保留 B")


def test_no_difference_is_not_claimed() -> None:
    data = experiment().assign(converted=lambda d: d["customer_id"] // 3 % 5 == 0)
    found = compare_variants(data, {"converted": "proportion"}, control="A")
    assert found.decision == "undecided"
    assert found.table["winner"].isna().all()
    assert found.sentence().startswith("No difference detected")
    assert found.sentence("zh").startswith("未检测到差异")


def test_planned_looks() -> None:
    data = experiment()
    once = compare_variants(data, {"converted": "proportion"}, "A", correction="none")
    early = compare_variants(
        data, {"converted": "proportion"}, "A", correction="none", looks=(2, 5)
    )
    z = once.table["statistic"]
    assert early.table["p_value"].tolist() == pytest.approx(sequential_p_value(z, 2, 5).tolist())
    assert (early.table["difference_lower"] < once.table["difference_lower"]).all()
    assert early.looks == "2 of 5, obrien-fleming"


def test_any_look_is_wider_than_one() -> None:
    data = experiment()
    once, anytime = (compare_variants(data, control="A", looks=looks) for looks in (None, "any"))
    assert (anytime.table["p_value"] >= once.table["p_value"]).all()
    assert (anytime.table["difference_upper"] > once.table["difference_upper"]).all()


def test_groups_without_a_control_are_left_out_and_counted() -> None:
    data = experiment()
    lonely = data.assign(segment=np.where(data["variant"] == "B", "B only", data["segment"]))
    # Of three groups times two variants: "B only" lacks the control, the others lack B.
    with pytest.warns(CemkitWarning, match="4 comparisons are left out"):
        found = compare_variants(lonely, {"converted": "proportion"}, "A", by=["segment"])
    assert set(found.table["variant"]) == {"C"}


def test_groups_of_nothing_but_the_control_are_counted() -> None:
    data = experiment()
    lonely = data.assign(segment=np.where(data["variant"] == "A", "A only", data["segment"]))
    lonely.loc[lonely["customer_id"] % 2 == 0, "segment"] = "both"
    lonely = lonely[(lonely["variant"] == "A") | (lonely["segment"] == "both")]
    with pytest.warns(CemkitWarning, match="2 comparisons are left out: their group has no contr"):
        found = compare_variants(lonely, {"converted": "proportion"}, "A", by="segment")
    assert set(found.table["segment"]) == {"both"}


def test_the_sentence_speaks_of_the_winner() -> None:
    # C is better by more, but so few that nothing is detected of it.
    data = pd.DataFrame(
        {
            "variant": ["A"] * 1000 + ["B"] * 1000 + ["C"] * 2,
            "converted": [0] * 900 + [1] * 100 + [0] * 800 + [1] * 200 + [0, 1],
        }
    )
    found = compare_variants(data, control="A")
    assert found.winner == "B"
    assert found.sentence().startswith("Adopt B (B - A: converted +10 percentage points (")


def test_the_sentence_names_the_group() -> None:
    data = experiment()
    found = compare_variants(data, {"converted": "proportion"}, "A", by="segment")
    best = found.table.nlargest(1, "difference").iloc[0]
    largest = f"(segment {best['segment']}: {best['variant']} - A: converted +"
    start = "Groups are compared one by one, and the largest difference is this "
    assert found.sentence().startswith(start + largest)


def test_variants_may_be_numbers() -> None:
    data = experiment().assign(variant=lambda d: d["variant"].map({"A": 0, "B": 1, "C": 2}))
    found = compare_variants(data, control=0, shares={0: 1 / 3, 1: 1 / 3, 2: 1 / 3})
    expected = compare_variants(experiment(), control="A")
    assert (found.winner, expected.winner) == (1, "B")
    assert found.table["p_value"].tolist() == expected.table["p_value"].tolist()


def test_ids_in_the_index_are_ids() -> None:
    twice = pd.concat([experiment(90)] * 2)
    expected = compare_variants(twice, control="A")
    found = compare_variants(twice.set_index("customer_id"), control="A")
    assert found.unit == expected.unit == "customer"
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_a_column_of_exposures_may_be_a_denominator() -> None:
    data = experiment(90).assign(exposures=3)
    rows = pd.concat([data] * 2)
    metrics = {"rate": ("converted", "exposures")}
    found, once = (compare_variants(d, metrics, "A").table for d in (rows, data))
    assert found["value"].tolist() == pytest.approx(once["value"].tolist())


def test_bytes_are_numbers() -> None:
    data = experiment().assign(amount=lambda d: d["customer_id"] % 251)
    data["orders"] = data["customer_id"] % 199 + 1
    small = data.astype({"amount": "uint8", "orders": "uint8"})
    metrics = {"amount": "mean", "order_value": ("amount", "orders")}
    options = {"control": "A", "covariates": {"amount": "orders"}}
    expected = compare_variants(data, metrics, **options).table
    pd.testing.assert_frame_equal(compare_variants(small, metrics, **options).table, expected)


def test_100_groups_are_100_single_calls() -> None:
    data = experiment(30_000).assign(shop=lambda d: d["customer_id"] // 3 % 100)
    table = compare_variants(
        data, {"converted": "proportion"}, "A", by="shop", correction="none"
    ).table
    assert len(table) == 200
    row = table.iloc[77]
    arms = [
        data[(data["shop"] == row["shop"]) & (data["variant"] == v)]["converted"]
        for v in ("A", row["variant"])
    ]
    one = proportion_test([int(a.sum()) for a in arms], [len(a) for a in arms])
    assert row["difference_lower"] == pytest.approx(one.difference_lower, rel=1e-12)
    assert row["p_value"] == pytest.approx(one.p_value, rel=1e-12)


def test_inputs_stay_as_they_are() -> None:
    data = experiment()
    before = data.copy()
    compare_variants(data, control="A", by="segment")
    pd.testing.assert_frame_equal(data, before)


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        ({}, {"control": "a"}, DataError, r"control 'a' is not a variant"),
        ({}, {"control": "AA"}, DataError, r"did you mean 'A'\?"),
        ({"variant": "A"}, {}, NotEnoughDataError, "need at least 2 variants, got 1"),
        ({"converted": 2}, {}, DataError, "converted of data must hold only 0 and 1"),
        ({"converted": 0.5}, {}, DataError, "must hold only 0 and 1"),
        ({"converted": "yes"}, {}, DataError, "converted of data must be numeric"),
        ({"amount": np.nan}, {}, DataError, "amount of data is missing in 6,000 rows"),
        ({"amount": np.inf}, {}, DataError, "infinite or NaN"),
        (
            {"segment": None},
            {"by": "segment"},
            DataError,
            "6,000 rows have no variant, or no value",
        ),
        ({}, {"by": "shop"}, MissingColumnsError, "missing column 'shop'"),
        ({}, {"metrics": {"sales": "mean"}}, MissingColumnsError, "missing column 'sales'"),
        ({}, {"metrics": {"amount": "median"}}, ValueError, "metric 'amount' must be 'proportion'"),
        ({}, {"metrics": {}}, ValueError, "there is no metric"),
        ({}, {"covariates": {"sales": "pre_amount"}}, ValueError, "covariates names"),
        ({}, {"covariates": {"amount": "amount"}}, ValueError, "covariate of 'amount' is itself"),
        ({}, {"metrics": {"r": ("orders", "orders")}}, ValueError, "divides 'orders' by itself"),
        ({"customer_id": None}, {}, DataError, "data has 6,000 rows without a customer_id"),
        ({}, {"looks": 3}, ValueError, "looks must be None"),
        ({}, {"looks": (6, 5)}, ValueError, "look=6 is not one of the 5 planned"),
        ({}, {"bound": "x"}, ValueError, "bound must be one of"),
        ({}, {"correction": "sidak"}, ValueError, "correction must be one of"),
        ({}, {"confidence_level": 1}, ValueError, "confidence_level must lie"),
        ({}, {"shares": {**THIRDS, "D": 0.1}}, ValueError, "add up to 1"),
        ({}, {"shares": {"A": 0.4, "B": 0.3, "C": 0.2, "D": 0.1}}, DataError, "'D' was never"),
    ],
)
def test_bad_input(change, options, error, message) -> None:
    data = experiment().assign(**change)
    with pytest.raises(error, match=message):
        compare_variants(data, **{"control": "A", **options})


@pytest.mark.parametrize(
    ("by", "hint"), [(None, "each arm takes 2 customers"), ("segment", "group less finely")]
)
def test_nobody_to_compare(by, hint) -> None:
    few = experiment(9).drop_duplicates("variant").assign(segment="x")
    with pytest.raises(NotEnoughDataError, match=hint):
        compare_variants(few, {"amount": "mean"}, "A", by=by)


def test_customers_in_two_variants_are_counted_and_refused() -> None:
    data = experiment(90)
    torn = pd.concat([data, data.head(3).assign(variant="B")])
    with pytest.raises(DataError, match="2 customers are in more than one variant"):
        compare_variants(torn, control="A")
    with pytest.raises(ValueError, match="covariates need one row per customer"):
        compare_variants(pd.concat([data, data]), control="A", covariates={"amount": "pre_amount"})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["yes", "no"], "converted of data must be numeric"),
        ([1, 2], "converted of data must hold only 0 and 1"),
        ([0, 3], "converted of data must hold only 0 and 1"),
        ([0.0, 0.5], "converted of data must hold only 0 and 1"),
    ],
)
def test_outcomes_other_than_zero_and_one_are_refused(values, message) -> None:
    data = pd.DataFrame({"variant": ["A", "B"] * 40, "converted": np.repeat(values, 40)})
    for engine in (pd.DataFrame, pl.from_pandas):
        with pytest.raises(DataError, match=message):
            compare_variants(engine(data), {"converted": "proportion"}, "A")


def test_the_control_is_named_by_the_caller_and_in_the_result() -> None:
    data = experiment()
    for control in ("A", "B", "C"):
        found = compare_variants(data, {"converted": "proportion"}, control)
        assert found.control == control
        assert f" - {control}: converted" in found.sentence()
        assert control not in found.table["variant"].tolist()
    with pytest.raises(DataError, match="control 'control' is not a variant"):
        compare_variants(data, {"converted": "proportion"})


def test_small_floats_and_one_shot_lists_give_the_same_answer() -> None:
    data = experiment()
    expected = compare_variants(data, control="A", by=["segment"]).table
    small = data.astype({"converted": "float32", "orders": "float32"})
    found = compare_variants(small, control="A", by=(name for name in ["segment"])).table
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metrics": "converted"}, "metrics must name a kind per metric"),
        ({"covariates": "pre_amount"}, "covariates must name columns per metric"),
    ],
)
def test_arguments_of_another_kind(options, message) -> None:
    with pytest.raises(TypeError, match=message):
        compare_variants(experiment(30), **{"control": "A", **options})


@pytest.mark.parametrize("missing", ["", " ", "nan", "NULL"])
def test_text_of_a_missing_variant_is_no_arm(missing: str) -> None:
    data = pd.DataFrame({"variant": ["control", "offer", missing] * 20, "converted": [0, 1] * 30})
    with pytest.raises(DataError, match="20 rows have no variant"):
        compare_variants(data, {"converted": "proportion"})


def test_amounts_whose_variance_is_too_large_are_refused() -> None:
    data = pd.DataFrame({"variant": ["A", "B"] * 20, "amount": np.arange(40.0) * 1e150})
    with pytest.raises(DataError, match="amount is too large to compute with"):
        compare_variants(data, {"amount": "mean"}, "A")


@pytest.mark.parametrize("amount", [0.1, 0.3, 19.99, 1 / 3])
@pytest.mark.parametrize(("held_out", "treated"), [(7, 11), (100, 130), (1000, 1003)])
def test_equal_amounts_have_no_winner_by_rounding(
    amount: float, held_out: int, treated: int
) -> None:
    """Means of equal amounts over unequal arms differ in their last digit alone."""
    units = np.arange(held_out + treated) % 7 + 1
    data = pd.DataFrame({"variant": ["control"] * held_out + ["B"] * treated, "same": amount})
    data = data.assign(spent=amount * units, orders=units)
    same = compare_variants(data, {"same": "mean", "each": ("spent", "orders")})
    assert same.decision == "undecided"
    assert (same.table["difference"] == 0).all()
    assert (same.table["p_value"] == 1).all()
    exact = compare_variants(
        data.assign(before=units), {"spent": "mean"}, covariates={"spent": "before"}
    )
    assert exact.decision == "undecided"


@pytest.mark.parametrize("unit", [1e-160, 1e-170, 1e-300])
def test_amounts_whose_variance_vanishes_are_refused(unit: float) -> None:
    data = pd.DataFrame({"variant": ["A", "B"] * 20, "amount": np.arange(40.0) * unit})
    with pytest.raises(DataError, match="amount is too small to compute with; change the unit"):
        compare_variants(data, {"amount": "mean"}, "A")
