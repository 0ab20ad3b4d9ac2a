"""A fitted model scores customers where they live: the numbers, rows and types of `add_to`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from cemkit import (
    BetaGeoModel,
    ChurnModel,
    CustomerClusters,
    CustomerLifetimeValue,
    GammaGammaModel,
    LifecycleStages,
    ParetoNBDModel,
    RepurchaseCycle,
    RFMSegmenter,
    UpliftModel,
    customer_table,
    load_cdnow,
)
from cemkit.churn import PropensityModel
from cemkit.clv import (
    BetaGeoBinomialModel,
    FrequencyGammaGammaModel,
    ModifiedBetaGeoModel,
    NetSpendModel,
    SeasonalClock,
    ShiftedBetaGeoModel,
    SpendRegression,
)
from cemkit.data import score
from cemkit.errors import DataError, MissingColumnsError
from cemkit.feedback import CommentSentiment

pytestmark = pytest.mark.filterwarnings(
    "ignore::cemkit.errors.CemkitWarning", "ignore:.*is not responsible:UserWarning"
)

AS_OF = "1997-09-30"
FEATURES = ["recency_days", "order_count", "total_amount", "plan"]
PLANS = np.array(["basic", "gold", "it's 银卡", None], dtype=object)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")


@pytest.fixture(scope="module")
def customers(orders: pd.DataFrame) -> pd.DataFrame:
    """Customers of every column that a model reads, and two who never ordered."""
    table = customer_table(orders, AS_OF).head(800).reset_index()
    n = np.arange(len(table))
    table = table.assign(
        plan=PLANS[n % 4],
        margin=0.2 + 0.1 * (n % 3),
        period_count=1 + n % 5,
        last_opportunity=table["repeat_count"],
        opportunity_count=40,
        comment=np.where(n % 3, "delivery was late, never again", "很好,下次还来"),
        store=[f"Laden {k % 7}" for k in n],
    )
    never = pd.DataFrame({"customer_id": [900_001, 900_002], "order_count": [0, 0]})
    return pd.concat([never, table], ignore_index=True)


def of_their_own() -> dict[str, Callable[[pd.DataFrame], Any]]:
    """Fit each model that has `add_to` and scores row by row."""

    def churned(table: pd.DataFrame) -> pd.Series:
        return (table["repeat_count"] == 0).astype(int).rename("churned")

    def fit_uplift(table: pd.DataFrame, **how: Any) -> UpliftModel:
        treated = pd.Series(table.index % 2)
        paid = (table["total_amount"] + treated.to_numpy()).rename("paid")
        arms = treated.map({0: "none", 1: "10% off"}) if how else treated
        return UpliftModel(propensity=0.5 if not how else None, **how).fit(
            table[FEATURES], paid, arms.set_axis(table.index)
        )

    return {
        "RFMSegmenter": lambda table: RFMSegmenter(extra=["tenure_days"]).fit(table),
        "CustomerClusters": lambda table: CustomerClusters(3).fit(table[FEATURES]),
        "LifecycleStages": lambda table: LifecycleStages().fit(),
        "ChurnModel": lambda table: ChurnModel().fit(table[FEATURES], churned(table)),
        "PropensityModel": lambda table: PropensityModel(outcome="rest").fit(
            table[FEATURES], churned(table)
        ),
        "BetaGeoModel": lambda table: BetaGeoModel().fit(table),
        "ModifiedBetaGeoModel": lambda table: ModifiedBetaGeoModel().fit(table),
        "ParetoNBDModel": lambda table: ParetoNBDModel(["margin"]).fit(table),
        "GammaGammaModel": lambda table: GammaGammaModel().fit(table),
        "FrequencyGammaGammaModel": lambda table: FrequencyGammaGammaModel().fit(table),
        "NetSpendModel": lambda table: NetSpendModel().fit(table),
        "CustomerLifetimeValue": lambda table: CustomerLifetimeValue(margin="margin").fit(table),
        "UpliftModel": fit_uplift,
        "UpliftModel of arms": lambda table: fit_uplift(table, control="none"),
        "SpendRegression": lambda table: SpendRegression().fit(
            table[FEATURES], table["repeat_mean_amount"].rename("spent")
        ),
        "BetaGeoBinomialModel": lambda table: BetaGeoBinomialModel.from_parameters(
            alpha=1.2, beta=0.75, gamma=0.66, delta=2.78
        ),
        "ShiftedBetaGeoModel": lambda table: ShiftedBetaGeoModel.from_parameters(
            alpha=0.7, beta=1.2
        ),
    }


MODELS = of_their_own()
COSTLY = [pytest.mark.exhaustive]
ENGINES = ["pandas", "pandas-arrow", "polars", "polars-lazy", "pyarrow", "duckdb"]
ENGINES += ["dask-1", "dask-50"]
QUICK: dict[str, Any] = {"polars-lazy": MODELS, "dask-50": []}  # else one model
NOT_OF_WHO_NEVER_ORDERED = {"BetaGeoBinomialModel", "ShiftedBetaGeoModel"}


@pytest.fixture(
    params=[pytest.param(name, marks=COSTLY if name == "dask-50" else []) for name in ENGINES]
)
def each_engine(request: pytest.FixtureRequest, given_on: Any) -> Any:
    """Hand a pandas table to each engine but PySpark; 50 partitions are for costly tests."""
    return given_on(request.param)


@pytest.fixture(scope="module")
def models(customers: pd.DataFrame) -> dict[str, Any]:
    ordered = customers.iloc[2:].reset_index(drop=True)
    return {name: fit(ordered) for name, fit in MODELS.items()}


def read_back(scored: Any) -> pd.DataFrame:
    """Return what an engine holds as pandas, sorted by customer."""
    for step in ("toPandas", "compute", "collect", "to_pandas", "df"):
        if not isinstance(scored, pd.DataFrame) and hasattr(scored, step):
            scored = getattr(scored, step)()
    return scored.sort_values("customer_id", ignore_index=True)


def check_same(found: pd.DataFrame, expected: pd.DataFrame, added: list[str]) -> None:
    """Check the columns in their order, and the numbers and texts of the added ones."""
    expected = expected.sort_values("customer_id", ignore_index=True)
    assert found.columns.tolist() == expected.columns.tolist()
    assert found["customer_id"].tolist() == expected["customer_id"].tolist()
    for name in added:
        if pd.api.types.is_numeric_dtype(expected[name].dtype):
            ours, theirs = (
                table[name].to_numpy(np.float64, na_value=np.nan) for table in (found, expected)
            )
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, err_msg=name)
        else:
            assert found[name].isna().tolist() == expected[name].isna().tolist()
            assert found[name].dropna().tolist() == expected[name].dropna().tolist()


def check_scores(model: Any, table: pd.DataFrame, engine: Callable[[pd.DataFrame], Any]) -> None:
    expected, given = model.add_to(table), engine(table)
    scored = score(model, given)
    assert type(scored) is type(given)
    check_same(read_back(scored), expected, [name for name in expected if name not in table])


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        pytest.param(
            engine,
            name,
            marks=[] if name in QUICK.get(engine, ["RFMSegmenter"]) else COSTLY,
        )
        for engine in ENGINES
        for name in MODELS
        if engine != "dask-50" or name == "RFMSegmenter"
    ],
)
def test_scores_are_those_in_memory(
    engine: str, name: str, models: dict[str, Any], customers: pd.DataFrame, given_on: Any
) -> None:
    table = customers.iloc[2:] if name in NOT_OF_WHO_NEVER_ORDERED else customers
    check_scores(models[name], table.head(150).reset_index(drop=True), given_on(engine))


@pytest.mark.exhaustive
def test_scores_on_spark_are_those_in_memory(
    models: dict[str, Any], customers: pd.DataFrame, spark: Any
) -> None:
    table = customers.drop(columns=["first_order_date", "last_order_date"]).head(300)
    table = table.astype({"plan": object}).where(table.notna(), None)
    given = spark.createDataFrame(table.iloc[2:]).repartition(3)
    for name in ("RFMSegmenter", "ChurnModel", "SpendRegression"):
        scored = score(models[name], given)
        assert type(scored) is type(given)
        expected = models[name].add_to(table.iloc[2:].infer_objects())
        added = [column for column in expected if column not in table]
        check_same(read_back(scored), expected, added)


def test_every_model_that_adds_columns_is_scored_or_refused(estimators: dict[str, type]) -> None:
    adding = {name for name, kind in estimators.items() if hasattr(kind, "add_to")}
    tested = {name.partition(" ")[0] for name in MODELS}
    assert adding - tested == {"RepurchaseCycle", "CommentSentiment"}  # in tests of their own


def test_comments_are_scored_where_they_are(each_engine: Any) -> None:
    days = [f"day {number}" for number in range(50)]
    good, bad = ([f"{word} {day}" for day in days] for word in ("quick 很好", "late 太慢"))
    model = CommentSentiment().fit(pd.Series(good + bad), np.repeat([10, 1], 50))
    comments = [*good[:20], None, "", *bad[:20]]
    answers = pd.DataFrame({"customer_id": range(len(comments)), "comment": comments})
    check_scores(model, answers, each_engine)


@pytest.mark.parametrize("name", ["RFMSegmenter", "ChurnModel", "CustomerLifetimeValue"])
def test_a_table_without_rows_has_the_columns(
    name: str, models: dict[str, Any], customers: pd.DataFrame, each_engine: Any
) -> None:
    expected = models[name].add_to(customers)
    found = read_back(score(models[name], each_engine(customers.iloc[2:3].iloc[:0])))
    assert len(found) == 0
    assert found.columns.tolist() == expected.columns.tolist()


def test_a_table_of_people_who_never_ordered_has_no_predictions(
    models: dict[str, Any], customers: pd.DataFrame
) -> None:
    never = customers.head(2)
    for name in ("RFMSegmenter", "ChurnModel", "CustomerLifetimeValue"):
        scored = score(models[name], never)
        added = [column for column in scored if column not in never]
        assert scored[added].isna().all(axis=None)
    assert score(models["LifecycleStages"], never)["stage"].tolist() == ["potential"] * 2


def test_pandas_keeps_its_index_and_is_left_as_it_was(
    models: dict[str, Any], customers: pd.DataFrame
) -> None:
    table = customers.set_index("customer_id").sample(frac=1, random_state=0)
    before = table.copy(deep=True)
    scored = score(models["RFMSegmenter"], table)
    pd.testing.assert_frame_equal(scored, models["RFMSegmenter"].add_to(table))
    pd.testing.assert_frame_equal(table, before)


def test_a_column_that_is_predicted_is_replaced_in_its_place(
    models: dict[str, Any], customers: pd.DataFrame, each_engine: Any
) -> None:
    table = customers.iloc[2:60].reset_index(drop=True)
    table.insert(1, "segment", "old")
    expected = models["RFMSegmenter"].add_to(table)
    found = read_back(score(models["RFMSegmenter"], each_engine(table)))
    check_same(found, expected, ["segment"])


def test_scores_do_not_change_with_the_model(customers: pd.DataFrame, given_on: Any) -> None:
    table = customers.iloc[2:].reset_index(drop=True)
    model = RFMSegmenter().fit(table)
    expected = model.add_to(table)
    lazy = {name: score(model, given_on(name)(table)) for name in ("polars-lazy", "duckdb")}
    model.fit(table.head(500))
    for scored in lazy.values():
        check_same(read_back(scored), expected, ["segment"])


@pytest.fixture(scope="module")
def clocked(orders: pd.DataFrame) -> tuple[BetaGeoModel, pd.DataFrame]:
    """Return a model on a seasonal clock, and customers of it."""
    years = pd.concat(
        [orders.assign(order_date=orders["order_date"] - pd.DateOffset(years=k)) for k in (0, 1)]
    )
    table = customer_table(years, AS_OF)
    clock = SeasonalClock().fit(years, as_of=AS_OF)
    return BetaGeoModel(clock=clock).fit(table.head(800)), table.head(100).reset_index()


def test_a_model_on_a_seasonal_clock_reads_the_day_in_each_part(
    clocked: tuple[BetaGeoModel, pd.DataFrame], each_engine: Any
) -> None:
    check_scores(*clocked, each_engine)


# ---- What the schema says before a row is read.


def unreadable_on_dask(table: pd.DataFrame) -> Any:
    """Return a table of 1,000 partitions, each of which fails when it is read."""
    import dask.dataframe as dd

    def fail(number: int) -> pd.DataFrame:
        raise AssertionError(f"partition {number} was read")

    return dd.from_map(fail, range(1000), meta=table.head(0))


def unreadable_on_polars(table: pd.DataFrame) -> Any:
    import polars as pl

    def fail(batch: pl.DataFrame) -> pl.DataFrame:
        raise AssertionError("rows were read")

    return pl.from_pandas(table).lazy().map_batches(fail, schema=pl.from_pandas(table).schema)


def unreadable_on_duckdb(table: pd.DataFrame) -> Any:
    import duckdb

    there = duckdb.connect().from_df(table)
    broken = "error('rows were read')::DOUBLE AS margin"
    names = ", ".join(broken if name == "margin" else f'"{name}"' for name in there.columns)
    return there.project(names)


UNREADABLE = {
    "dask": unreadable_on_dask,
    "polars": unreadable_on_polars,
    "duckdb": unreadable_on_duckdb,
}


@pytest.mark.parametrize("name", ["RFMSegmenter", "CustomerLifetimeValue", "SpendRegression"])
@pytest.mark.parametrize("engine", UNREADABLE)
def test_lazy_engines_read_nothing_until_asked(
    engine: str, name: str, models: dict[str, Any], customers: pd.DataFrame
) -> None:
    pytest.importorskip(engine)
    table = UNREADABLE[engine](customers.iloc[2:])
    expected = models[name].add_to(customers.iloc[2:])
    scored = score(models[name], table)
    columns = scored.collect_schema().names() if engine == "polars" else scored.columns
    assert list(columns) == list(expected)
    with pytest.raises(Exception, match=r"was read|were read"):
        read_back(scored)


@pytest.mark.parametrize("engine", UNREADABLE)
def test_what_the_schema_lacks_is_found_before_a_row_is_read(
    engine: str, models: dict[str, Any], customers: pd.DataFrame
) -> None:
    pytest.importorskip(engine)
    table = customers.iloc[2:].rename(columns={"recency_days": "recency_day"})
    message = "missing column 'recency_days' .did you mean 'recency_day'"
    with pytest.raises(MissingColumnsError, match=message):
        score(models["RFMSegmenter"], UNREADABLE[engine](table))
    text = customers.iloc[2:].assign(recency_days="twelve")
    with pytest.raises(DataError, match="recency_days must hold numbers, and holds text; convert"):
        score(models["RFMSegmenter"], UNREADABLE[engine](text))
    dates = customers.iloc[2:].assign(plan=pd.Timestamp("2024-01-01"), order_count=1.5)
    with pytest.raises(DataError, match="plan must hold text, and holds dates; convert it"):
        score(models["ChurnModel"], UNREADABLE[engine](dates))


def test_dtypes_are_stated_before_they_are_computed(
    models: dict[str, Any], customers: pd.DataFrame, given_on: Any
) -> None:
    for table in (customers, customers.iloc[2:].astype({"recency_days": "int64"})):
        for name in ("RFMSegmenter", "CustomerClusters", "LifecycleStages", "ChurnModel"):
            model = models[name]
            scored = score(model, given_on("dask-1")(table))
            found = scored.compute()
            added = [column for column in scored.columns if column not in customers]
            assert found[added].dtypes.equals(scored.dtypes[added])
            expected = model.add_to(table)[added].dtypes
            stated = [str(dtype).replace("int32", "int64") for dtype in expected]  # K-means' own
            assert [str(dtype) for dtype in scored.dtypes[added]] == stated


def test_dask_keeps_its_index_and_divisions(
    models: dict[str, Any], customers: pd.DataFrame
) -> None:
    dd = pytest.importorskip("dask.dataframe")
    table = customers.iloc[2:].set_index("customer_id").sort_index()
    scored = score(models["BetaGeoModel"], dd.from_pandas(table, npartitions=5))
    assert scored.known_divisions
    expected = models["BetaGeoModel"].add_to(table)
    found = scored.compute()
    pd.testing.assert_index_equal(found.index, expected.index)
    np.testing.assert_allclose(found["expected_purchases"], expected["expected_purchases"], 1e-12)


def parts_on_dask(table: pd.DataFrame, odd: pd.DataFrame) -> Any:
    """Return 20 partitions with one schema, the 15th of which does not keep to it."""
    import dask.dataframe as dd

    return dd.from_map(lambda k: odd if k == 14 else table, range(20), meta=table.head(0))


def test_a_partition_that_breaks_its_schema_is_said(
    models: dict[str, Any], customers: pd.DataFrame
) -> None:
    pytest.importorskip("dask")
    table = customers.iloc[2:40]
    lacking = score(models["RFMSegmenter"], parts_on_dask(table, table.drop(columns="order_count")))
    with pytest.raises(MissingColumnsError, match="order_count.*a part of the table lacks it"):
        lacking.compute(scheduler="sync")
    odd = table.assign(order_count="many")
    other = score(models["RFMSegmenter"], parts_on_dask(table, odd))
    with pytest.raises(DataError, match="in a part of the table .first value 'many'.*one schema"):
        other.compute(scheduler="sync")


# ---- Models that are none, and tables that are none.


class Doubler(BaseEstimator):
    """A model of a user's own, which says by scikit-learn's names what it reads and adds."""

    def fit(self, customers: pd.DataFrame) -> "Doubler":
        self.feature_names_in_ = np.array(["order_count"], dtype=object)
        return self

    def get_feature_names_out(self) -> np.ndarray:
        return np.array(["twice"], dtype=object)

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        return customers.assign(twice=2.0 * customers["order_count"])


class Liar(Doubler):
    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        return super().add_to(customers).assign(more=1.0)


class Dropper(Doubler):
    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        return super().add_to(customers).iloc[1:]


class Silent:
    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        return customers


def test_a_model_of_your_own_is_scored(customers: pd.DataFrame, each_engine: Any) -> None:
    some = customers.head(60)
    check_scores(Doubler().fit(some), some, each_engine)
    table = each_engine(some[["customer_id", "recency_days"]])
    with pytest.raises(MissingColumnsError, match="order_count"):
        score(Doubler().fit(customers), table)


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (RFMSegmenter, TypeError, "is a class; call it and fit it first"),
        (RFMSegmenter(), NotFittedError, "RFMSegmenter"),
        (CustomerLifetimeValue(), NotFittedError, "CustomerLifetimeValue"),
        (Doubler(), NotFittedError, "Doubler"),
        (3, TypeError, r"int has no method add_to\(customers\)"),
        (Silent(), TypeError, r"the columns that Silent adds .* get_feature_names_out\(\)"),
        (RepurchaseCycle(), TypeError, "RepurchaseCycle does not score row by row.*join cycles_"),
        (
            Liar().fit(None),
            DataError,
            r"added \['more', 'twice'\], but get_feature_names_out.*\['twice'\]",
        ),
        (Dropper().fit(None), DataError, "Dropper.add_to changed the rows; it must keep them"),
    ],
)
def test_what_cannot_score_is_refused(
    customers: pd.DataFrame, model: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        score(model, customers)


@pytest.mark.parametrize("table", [3, None, "customers", [1, 2], np.zeros((3, 3))])
def test_what_is_no_table_is_refused(models: dict[str, Any], table: Any) -> None:
    with pytest.raises(TypeError, match="table must be a pandas, Polars, PyArrow, DuckDB, Dask"):
        score(models["RFMSegmenter"], table)
