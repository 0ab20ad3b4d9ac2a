"""The page of benchmarks is rendered from stored rows, which all scripts report in one way."""

import ast
import copy
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
spec = importlib.util.spec_from_file_location("benchmarks_run", FOLDER / "run.py")
assert spec is not None
assert spec.loader is not None
run = importlib.util.module_from_spec(spec)
spec.loader.exec_module(run)
RESULTS: dict[str, Any] = json.loads((FOLDER / "results.json").read_text("utf-8"))
RUN = {"date": "2026-01-01", "under": "2 cores"}
ROW = {
    "subject": "clv",
    "job": "fit",
    "data": "10 customers",
    "form": "",
    "rows": 10,
    "seconds": 1.0,
    "megabytes": 500.0,
    "peer": "by hand",
    "peer_seconds": 4.0,
    "peer_megabytes": None,
    "agreed": True,
    "note": "Once.",
}


def test_the_page_is_the_rendering_of_the_stored_rows() -> None:
    assert run.PAGE.read_text("utf-8") == run.rendered(RESULTS)


def test_rows_are_stored_once_in_runs_that_exist_and_by_scripts_that_exist() -> None:
    rows = RESULTS["rows"]
    identities = [run.identity(row) for row in rows]
    assert len(set(identities)) == len(rows)
    assert {row["run"] for row in rows} == {*range(len(RESULTS["runs"]))}
    assert all((FOLDER / f"{row['subject']}.py").exists() for row in rows)


def test_a_ratio_is_the_time_of_cemkit_over_that_of_the_peer() -> None:
    for row in RESULTS["rows"]:
        assert (row["ratio"] is None) == (row["peer_seconds"] is None)
        if row["ratio"] is not None and "under" not in RESULTS["runs"][row["run"]]:
            assert row["ratio"] == pytest.approx(row["seconds"] / row["peer_seconds"])


def test_a_measured_run_says_where_when_and_with_what() -> None:
    said = {"date", "machine", "cores", "memory_gigabytes", "os", "python", "versions", "load"}
    assert said <= run.machine("").keys()
    for one in RESULTS["runs"]:
        assert "under" in one or said <= one.keys()


@pytest.mark.parametrize("subject", run.subjects())
def test_every_script_reports_its_rows(subject: str) -> None:
    tree = ast.parse((FOLDER / f"{subject}.py").read_text("utf-8"))
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert "report" in called


def test_a_row_measured_again_replaces_its_own_and_leaves_no_run_without_rows() -> None:
    before: dict[str, Any] = {"runs": [], "rows": []}
    first = run.with_rows(before, [ROW, {**ROW, "job": "score"}], RUN)
    again = {**RUN, "date": "2026-01-02"}
    kept = copy.deepcopy(first)
    second = run.with_rows(first, [{**ROW, "seconds": 2.0}], again)
    assert first == kept
    assert [(row["job"], row["ratio"], row["run"]) for row in second["rows"]] == [
        ("fit", 0.5, 1),
        ("score", 0.25, 0),
    ]
    third = run.with_rows(second, [{**ROW, "job": "score"}], {**RUN, "date": "2026-01-03"})
    assert [one["date"] for one in third["runs"]] == ["2026-01-02", "2026-01-03"]
    assert [row["run"] for row in third["rows"]] == [0, 1]


def test_a_row_on_the_page() -> None:
    results = run.with_rows({"runs": [], "rows": []}, [ROW], RUN)
    assert (
        "| **fit**<br>10 customers (a)<br>*Once.* "
        "| 1 s, 0.5 GB | by hand: 4 s; same answer | 0.25 |" in run.rendered(results)
    )
    assert "- (a) Published 2026-01-01, not remeasured since: 2 cores." in run.rendered(results)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00003, "0.00003"), (0.1164, "0.116"), (1234.5, "1,234"), (9.999, "10"), (430, "430")],
)
def test_a_figure_has_three_digits_and_no_exponent(value: float, text: str) -> None:
    assert run.figure(value, 3) == text


def test_a_run_stores_what_a_script_reports_and_says_which_script_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(FOLDER)!r})\n"
        "from rows import report, sized\n"
        "report('fit', 'few', 1.0, rows=sized(1000, 10), peer='slow', peer_seconds=2.0)\n"
    )
    (tmp_path / "good.py").write_text(code)
    (tmp_path / "bad.py").write_text(code + "raise SystemExit(3)\n")
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    failures = run.run_all([], "small", tmp_path / "results.json", "")
    assert failures == ["bad stopped with code 3"]
    rows = json.loads((tmp_path / "results.json").read_text("utf-8"))["rows"]
    assert [(row["subject"], row["rows"], row["ratio"]) for row in rows] == [
        ("bad", 10, 0.5),
        ("good", 10, 0.5),
    ]


def test_an_unknown_script_is_refused() -> None:
    command = [sys.executable, str(FOLDER / "run.py"), "no_such_script"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no script 'no_such_script'; choose among as_given" in done.stderr
