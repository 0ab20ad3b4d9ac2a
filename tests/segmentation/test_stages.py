import contextlib
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from cemkit import LifecycleStages, customer_table, load_cdnow, prepare_orders
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError
from cemkit.segmentation.stages import STAGES


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(prepare_orders(load_cdnow("sample")), as_of="1998-06-30")


def test_each_stage_at_its_borders() -> None:
    people = pd.DataFrame(
        {
            "order_count": [0, np.nan, 1, 1, 2, 4, 5, 9, 9],
            "recency_days": [np.nan, np.nan, 180, 181, 0, 180, 0, 180, 400],
        }
    )
    assert LifecycleStages().fit().predict(people).tolist() == [
        *["potential"] * 2, "acquisition", "churned", "growth", "growth", "loyalty", "loyalty",
        "churned",
    ]  # fmt: skip


@pytest.mark.parametrize("dtype", ["Int64", "float64", "int64[pyarrow]"])
def test_missing_counts_of_any_type_are_people_who_never_ordered(dtype: str) -> None:
    people = pd.DataFrame({"order_count": [None, 2], "recency_days": [None, 9]}).astype(dtype)
    assert LifecycleStages().fit().predict(people).tolist() == ["potential", "growth"]
    nobody = pd.DataFrame({"order_count": [None], "recency_days": [None]})
    assert LifecycleStages().fit().predict(nobody).tolist() == ["potential"]


def test_everyone_is_in_exactly_one_stage(customers: pd.DataFrame) -> None:
    roster = pd.DataFrame(index=pd.RangeIndex(1, 23571, name="customer_id"))
    people = roster.join(customers)
    stages = LifecycleStages().fit(people)
    staged = stages.add_to(people)
    assert staged["stage"].notna().all()
    assert staged.index.equals(people.index)
    assert (staged["stage"] == "potential").sum() == 23570 - 2357
    profile = stages.profile(people)
    assert profile.index.tolist() == STAGES["stage"].tolist()
    assert profile["customers"].sum() == len(people)
    assert (staged.loc[customers.index, "stage"] == stages.predict(customers)).all()


@pytest.mark.parametrize("data", ["cdnow_customers", "online_retail_customers"])
def test_every_customer_has_one_stage_and_none_is_potential(
    data: str, request: pytest.FixtureRequest
) -> None:
    customers = request.getfixturevalue(data)
    stages = LifecycleStages().fit(customers)
    staged = stages.predict(customers)
    assert {"growth", "loyalty", "churned"} <= set(staged) <= set(STAGES["stage"]) - {"potential"}
    assert staged.index.equals(customers.index)
    assert stages.profile(customers)["customers"].sum() == len(customers)


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(0, 9)), st.integers(0, 400)),
        min_size=1,
        max_size=30,
    ),
    st.integers(0, 99),
)
@settings(max_examples=30, deadline=None)
def test_anyone_has_one_stage_by_the_rules_in_any_row_order(
    people: list[tuple[int | None, int]], seed: int
) -> None:
    table = pd.DataFrame(people, columns=["order_count", "recency_days"]).astype("float64")
    stages = LifecycleStages().fit()
    expected = [
        "potential"
        if not orders
        else "churned"
        if days > 180
        else {1: "acquisition", 2: "growth", 3: "growth", 4: "growth"}.get(orders, "loyalty")
        for orders, days in people
    ]
    assert stages.predict(table).tolist() == expected
    shuffled = table.sample(frac=1, random_state=seed)
    assert stages.predict(shuffled).loc[table.index].tolist() == expected


def test_json_round_trip(customers: pd.DataFrame) -> None:
    own = STAGES.assign(recency_days=STAGES["recency_days"].replace("181+", "91+"))
    own.loc[5] = ["rest", "otherwise", "otherwise"]
    for stages in (LifecycleStages().fit(), LifecycleStages(own).fit()):
        again = LifecycleStages.from_json(stages.to_json())
        assert (again.rules is None) == (stages.rules is None)
        pd.testing.assert_frame_equal(again.rules_, stages.rules_)
        pd.testing.assert_series_equal(again.predict(customers), stages.predict(customers))


def test_rules_of_ones_own() -> None:
    rules = pd.DataFrame(
        [("never", "0", "any"), ("big", "1+", "500+"), ("small", "otherwise", "otherwise")],
        columns=["stage", "order_count", "total_amount"],
    )
    people = pd.DataFrame({"order_count": [0, 2, 2], "total_amount": [0, 500.5, 499.5]})
    assert clone(LifecycleStages(rules)).fit().predict(people).tolist() == ["never", "big", "small"]


def test_stages_may_be_numbered() -> None:
    rules = pd.DataFrame({"stage": [0, 1], "order_count": ["0", "1+"]})
    profile = LifecycleStages(rules).fit().profile(pd.DataFrame({"order_count": [0, 3, 4]}))
    assert profile["customers"].to_dict() == {"0": 1, "1": 2}


def test_bad_rules() -> None:
    with pytest.raises(ValueError, match="no rule holds for order_count 0, recency_days 0"):
        LifecycleStages(STAGES.iloc[1:]).fit()
    with pytest.raises(ValueError, match="can never apply"):
        LifecycleStages(pd.concat([STAGES, STAGES.iloc[[4]]])).fit()
    with pytest.raises(MissingColumnsError, match="order_count"):
        LifecycleStages(STAGES.drop(columns="order_count")).fit()


def test_bad_people(customers: pd.DataFrame) -> None:
    stages = LifecycleStages().fit()
    with pytest.raises(NotFittedError):
        LifecycleStages().predict(customers)
    with pytest.raises(MissingColumnsError, match="recency_days"):
        stages.predict(customers.drop(columns="recency_days"))
    with pytest.raises(DataError, match="recency_days has 1 missing"):
        stages.predict(pd.DataFrame({"order_count": [1], "recency_days": [np.nan]}))
    with pytest.raises(DataError, match="recency_days has values below 0"):
        stages.predict(pd.DataFrame({"order_count": [1], "recency_days": [-3]}))
    with pytest.raises(DataError, match="order_count has values below 0"):
        stages.predict(pd.DataFrame({"order_count": [-1], "recency_days": [3]}))
    with pytest.raises(DataError, match="order_count must be numeric"):
        stages.predict(pd.DataFrame({"order_count": ["3"], "recency_days": [3]}))
    with pytest.raises(DataError, match="repeated customer_id"):
        stages.predict(pd.concat([customers, customers.head(1)]))


def test_sums_beside_a_whole_number_are_that_number() -> None:
    rules = pd.DataFrame(
        [("big", "any", "1+"), ("small", "any", "0")],
        columns=["stage", "order_count", "total_amount"],
    )
    total = [0.7 + 0.2 + 0.1, 0.1 + 0.2 + 0.7, 1.0, 0.99]
    people = pd.DataFrame({"order_count": [3, 3, 1, 1], "total_amount": total})
    assert len(set(total)) == 3  # one of the sums lies below 1
    with pytest.warns(CemkitWarning, match="no rule asks for order_count"):
        stages = LifecycleStages(rules).fit()
    assert stages.predict(people).tolist() == ["big", "big", "big", "small"]


def test_ids_come_back_as_they_were_given() -> None:
    people = pd.DataFrame({"customer_id": [9.0, 7.0], "order_count": [1, 2], "recency_days": 3})
    people = people.set_axis([5, 5])
    stages = LifecycleStages().fit()
    assert stages.predict(people).to_dict() == {9.0: "acquisition", 7.0: "growth"}
    added = stages.add_to(people)
    assert added.index.tolist() == [5, 5]
    assert added["stage"].tolist() == ["acquisition", "growth"]


def staged(*rows: tuple[object, ...], columns: list[str], people: pd.DataFrame) -> list:
    table = pd.DataFrame(rows, columns=["stage", "order_count", *columns])
    found = LifecycleStages(table).fit().predict(people).tolist()
    return [None if pd.isna(stage) else stage for stage in found]


KNOWN = pd.DataFrame(
    {
        "order_count": [0, 1, 3, 3],
        "alive": [np.nan, 0.1, 0.2, np.nan],
        "vip": [None, True, False, None],
        "tier": [None, "gold", "黄金", None],
    }
)


def test_fractions_flags_and_text() -> None:
    rows = [("none", "0", "any"), ("low", "1+", "known and < 0.2"), ("rest", "1+", "any")]
    assert staged(*rows, columns=["alive"], people=KNOWN) == ["none", "low", "rest", "rest"]
    rows = [("none", "0", "any"), ("vip", "1+", "known and true"), ("rest", "1+", "any")]
    assert staged(*rows, columns=["vip"], people=KNOWN) == ["none", "vip", "rest", "rest"]
    rows = [("none", "0", "any"), ("top", "1+", "known and gold|黄金"), ("rest", "1+", "any")]
    assert staged(*rows, columns=["tier"], people=KNOWN) == ["none", "top", "top", "rest"]


def test_unknown_is_not_false() -> None:
    rows = [("none", "0", "any"), ("low", "1+", "< 0.2"), ("rest", "1+", "any")]
    with pytest.warns(CemkitWarning, match="stage of 1 of 4 people is unknown, since alive is"):
        assert staged(*rows, columns=["alive"], people=KNOWN) == ["none", "low", "rest", None]
    same = [("none", "0", "any"), ("all", "1+", "< 0.2"), ("all", "1+", "any")]
    assert staged(*same, columns=["alive"], people=KNOWN) == ["none", "all", "all", "all"]
    asked = [rows[0], ("ask", "1+", "missing"), *rows[1:]]
    assert staged(*asked, columns=["alive"], people=KNOWN) == ["none", "low", "rest", "ask"]
    with pytest.raises(ValueError, match="'ask'. can never apply.*put it above the rules"):
        staged(*rows[:2], asked[1], rows[2], columns=["alive"], people=KNOWN)


def test_an_unknown_stage_is_counted_in_the_profile() -> None:
    rows = [("none", "0", "any"), ("low", "1+", "< 0.2"), ("rest", "1+", "any")]
    stages = LifecycleStages(pd.DataFrame(rows, columns=["stage", "order_count", "alive"])).fit()
    with pytest.warns(CemkitWarning, match="unknown"):
        profile = stages.profile(KNOWN)
    assert profile["customers"].tolist() == [1, 1, 1, 1]
    assert pd.isna(profile.index[-1])
    again = LifecycleStages.from_json(stages.to_json())
    pd.testing.assert_frame_equal(again.rules_, stages.rules_)


CELLS = ["any", "missing", "< 0.5", "known and > 0.2", "known"]


@given(
    st.lists(st.sampled_from(CELLS), min_size=1, max_size=4),
    st.sampled_from([0.1, 0.3, 0.9, None]),
)
@settings(max_examples=50, deadline=None)
def test_rules_with_missing_values_one_by_one(cells: list[str], value: float | None) -> None:
    """The label is that of the first rule that holds, unless a rule above it may hold."""
    holds = {
        "any": True,
        "missing": value is None,
        "known": value is not None,
        "< 0.5": None if value is None else value < 0.5,
        "known and > 0.2": value is not None and value > 0.2,
    }
    rows = [(str(k), "any", cell) for k, cell in enumerate(cells)]
    rows.append(("rest", "otherwise", "otherwise"))
    may = [name for name, _, cell in rows if holds.get(cell, True) is not False]
    sure = next(name for name, _, cell in rows if holds.get(cell, True) is True)
    expected = sure if may[0] == sure else None
    people = pd.DataFrame({"order_count": [2], "alive": [value]}, dtype="float64")
    with warnings.catch_warnings(), contextlib.suppress(ValueError):  # one may be unreachable
        warnings.simplefilter("ignore", CemkitWarning)
        assert staged(*rows, columns=["alive"], people=people) == [expected]


@pytest.mark.parametrize(
    ("cell", "values", "message"),
    [
        ("gold", ["Gold", "x", "y", "z"], "'gold', but 'Gold' differs only in case"),
        ("gold", [1, 2, 3, 4], "tier must hold text"),
        ("true", ["yes", "no", None, None], "tier must hold True and False, not 'yes'"),
        ("3+", ["a", "b", "c", "d"], "tier must hold numbers"),
        ("0.5+", [True, False, True, True], "the rules use numbers"),
        ("0.5+", [np.inf, 1, 2, 3], "tier has 1 infinite value"),
        ("3+", [-1, 1, 2, 3], "tier has values below 0"),
    ],
)
def test_columns_of_another_kind_than_the_rules_ask_for(
    cell: str, values: list, message: str
) -> None:
    rows = [("none", "0", "any"), ("a", "any", cell), ("b", "otherwise", "otherwise")]
    with pytest.raises(DataError, match=message):
        staged(*rows, columns=["tier"], people=KNOWN.assign(tier=values))
