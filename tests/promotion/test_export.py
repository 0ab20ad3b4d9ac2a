"""export_actions: consent once more, and no cell that a spreadsheet runs."""

import csv
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cemkit.promotion.export as export_module
from cemkit import export_actions
from cemkit.errors import DataError, MissingColumnsError, MissingDependencyError

DAY = "2024-01-31"
ACTIONS = pd.DataFrame(
    {
        "customer_id": [1, 2, 3],
        "channel": ["email", "sms", "wechat"],
        "purpose": "marketing",
        "name": ["Ann", "=1+1", "张三"],
        "expected_profit": [-1.5, 2.0, None],
    }
)
CONSENT = ACTIONS.assign(granted=True, since=pd.Timestamp("2024-01-01"))


def test_consent_is_checked_on_the_day_of_export(tmp_path: Path) -> None:
    withdrawn = CONSENT[:1].assign(granted=False, since=pd.Timestamp("2024-02-01"))
    consent = pd.concat([CONSENT, withdrawn])
    before = export_actions(ACTIONS, consent, DAY, tmp_path / "a.csv")
    assert (before.actions, before.exported, before.no_consent) == (3, 3, 0)
    after = export_actions(ACTIONS, consent, "2024-02-01", tmp_path / "a.csv")
    assert (after.actions, after.exported, after.no_consent) == (3, 2, 1)
    assert pd.read_csv(tmp_path / "a.csv")["customer_id"].tolist() == [2, 3]
    assert after.sentence().startswith("2 of 3 actions exported to ")
    assert after.sentence().endswith("; 1 without consent on 2024-02-01 left out.")
    assert "1 项在 2024-02-01 没有同意" in after.sentence("zh")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_written_can_be_read(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"actions.{ending}"
    result = export_actions(ACTIONS, CONSENT, DAY, file)
    read = pd.read_csv(file) if ending == "csv" else pd.read_parquet(file)
    assert read["name"].tolist() == ["Ann", "'=1+1", "张三"]
    assert read["expected_profit"][:2].tolist() == [-1.5, 2.0]
    assert read["expected_profit"].isna().tolist() == [False, False, True]
    assert result.guarded_cells == 1
    assert list(read) == list(ACTIONS)


def test_csv_has_the_mark_by_which_excel_knows_utf_8(tmp_path: Path) -> None:
    export_actions(ACTIONS, CONSENT, DAY, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")


DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_and_no_header_is_run(tmp_path: Path, ending: str, text: str) -> None:
    table = ACTIONS[:1].assign(name=text, evidence=pd.Categorical([text]), **{text: "x"})
    file = tmp_path / f"a.{ending}"
    result = export_actions(table, CONSENT, DAY, file)
    assert result.guarded_cells == 2
    if ending == "parquet":
        read = pd.read_parquet(file)
        assert read["name"].item() == read["evidence"].item() == "'" + text
        assert list(read)[-1] == "'" + text
    else:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            head, row = csv.reader(lines)
        assert "'" + text == head[-1] == row[head.index("name")]


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("=+-@\t\r\n ,;\"'a1＝"), max_size=8))
def test_any_text_is_safe_and_comes_back(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.mktemp("export") / "a.csv"
    export_actions(ACTIONS[:1].assign(name=text), CONSENT, DAY, file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        head, row = csv.reader(lines)
    cell = row[head.index("name")]
    assert cell in (text, "'" + text)
    assert cell.strip()[:1] not in set("=+-@＝＋－＠")


def test_missing_texts_stay_missing(tmp_path: Path) -> None:
    table = ACTIONS.assign(name=[None, "=x", None])
    export_actions(table, CONSENT, DAY, tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv")["name"].isna().tolist() == [True, False, True]


def test_customers_in_the_index_are_written(tmp_path: Path) -> None:
    table = ACTIONS.set_index("customer_id")
    export_actions(table, CONSENT, DAY, tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv")["customer_id"].tolist() == [1, 2, 3]


def test_nobody_left_makes_a_file_with_its_header(tmp_path: Path) -> None:
    result = export_actions(ACTIONS, CONSENT[:0], DAY, tmp_path / "a.csv")
    assert (result.exported, result.no_consent) == (0, 3)
    assert list(pd.read_csv(tmp_path / "a.csv")) == list(ACTIONS)


def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"the ending of path must be one of '.csv', '.parquet'"):
        export_actions(ACTIONS, CONSENT, DAY, tmp_path / "a.xlsx")
    with pytest.raises(MissingColumnsError, match="'purpose'"):
        export_actions(ACTIONS.drop(columns="purpose"), CONSENT, DAY, tmp_path / "a.csv")
    monkeypatch.setattr(export_module, "find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match="run: python -m pip install pyarrow"):
        export_actions(ACTIONS, CONSENT, DAY, tmp_path / "a.parquet")
    assert not list(tmp_path.iterdir())


def test_numbers_in_a_column_of_objects_stay_numbers(tmp_path: Path) -> None:
    table = ACTIONS.assign(mixed=[-5, "-5", Decimal("-1.5")], numbers=pd.Categorical([-1, -2, 3]))
    result = export_actions(table, CONSENT, DAY, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["mixed"] for row in rows] == ["-5", "'-5", "-1.5"]
    assert [row["numbers"] for row in rows] == ["-1", "-2", "3"]
    assert result.guarded_cells == 2  # that, and a name


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_columns_that_repeat_or_would_collide_are_refused(tmp_path: Path, ending: str) -> None:
    twice = pd.concat([ACTIONS, ACTIONS[["name"]]], axis=1)
    guarded = ACTIONS.assign(**{"=a": 1, "'=a": 2})
    numbered = ACTIONS.assign(x=1).rename(columns={"x": 1}).assign(**{"1": 2})
    for table, name in ((twice, "'name'"), (guarded, '"\'=a"'), (numbered, "'1'")):
        with pytest.raises(DataError, match=f"has two columns {name}; rename or drop one"):
            export_actions(table, CONSENT, DAY, tmp_path / f"a.{ending}")
    assert not list(tmp_path.iterdir())


def test_a_named_index_is_written_and_not_lost(tmp_path: Path) -> None:
    table = ACTIONS.set_axis([7, 8, 9]).rename_axis("action_id")
    export_actions(table, CONSENT, DAY, tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv")["action_id"].tolist() == [7, 8, 9]
    two = ACTIONS.set_index(["customer_id", "channel"])
    export_actions(two, CONSENT, DAY, tmp_path / "a.csv")
    assert set(pd.read_csv(tmp_path / "a.csv")) == set(ACTIONS)
    both = ACTIONS.rename_axis("name")
    with pytest.raises(DataError, match="'name' as a column and as the index; keep one"):
        export_actions(both, CONSENT, DAY, tmp_path / "a.csv")


def test_ids_are_written_in_their_one_spelling(tmp_path: Path) -> None:
    table = ACTIONS.astype({"customer_id": float})
    export_actions(table, CONSENT, DAY, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()[1].startswith("1,")


def test_what_a_file_cannot_hold_is_our_error(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    table = ACTIONS.assign(mixed=[1, "a", 2.5])
    with pytest.raises(DataError, match=r"cannot be written as .parquet"):
        export_actions(table, CONSENT, DAY, tmp_path / "a.parquet")
    with pytest.raises(TypeError, match="path must be text or a path, not 5"):
        export_actions(ACTIONS, CONSENT, DAY, 5)
