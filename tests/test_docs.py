"""Every Python block of the README and the guide runs, and prints what the page says it prints."""

import contextlib
import importlib.util
import io
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
GUIDES = sorted((ROOT / "docs/guide").glob("*.md"))
PAGES = [*READMES, *GUIDES]
MADE = {ROOT / "docs/evidence.md", ROOT / "docs/gallery.md"}
CHINESE = sorted((ROOT / "docs/zh").rglob("*.md"))
LINKED = [
    *PAGES,
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs/benchmarks.md",
    ROOT / "benchmarks/README.md",
]


def loaded(name: str) -> ModuleType:
    """Return a script of the documentation as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f"docs/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOOKS, PICTURES = loaded("hooks"), loaded("pictures")

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!#|[a-z]+:)([^)#\s]+)")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())


every_chinese_page = pytest.mark.parametrize(
    "page", CHINESE, ids=lambda p: p.relative_to(ROOT / "docs").as_posix()
)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the language and text of each fenced block."""
    return BLOCK.findall(page.read_text("utf-8"))


@every_page
def test_python_blocks_run_and_print_what_follows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for language, text in blocks(page):
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(text, page.name, "exec"), namespace)
            printed = out.getvalue()
        elif language == "text":
            assert [line.rstrip() for line in printed.strip().splitlines()] == [
                line.rstrip() for line in text.strip().splitlines()
            ]


def test_what_assistants_read_is_the_reference() -> None:
    stored = (ROOT / "docs/llms.txt").read_text("utf-8")
    assert stored == loaded("hooks").assistants_text(), "it is stale; run: python docs/hooks.py"


def test_assistants_find_every_public_name() -> None:
    page = loaded("hooks")
    text = page.assistants_text()
    assert sorted(room for rooms in page.QUESTIONS.values() for room in rooms) == sorted(page.ROOMS)
    for name in page.public_names():
        assert re.search(rf"^- `{name.rsplit('.', 1)[1]}[`(]", text, re.MULTILINE), name
    for name in page.drawing_names():
        assert f"- `{name}(" in text
    assert not re.search(r": *$", text, re.MULTILINE)  # a call without an answer


def test_both_readmes_show_the_same_code_and_commands() -> None:
    english, chinese = (
        [block for block in blocks(readme) if block[0] in {"python", "bash"}] for readme in READMES
    )
    assert english == chinese
    assert [language for language, _ in english].count("bash") == 2
    assert "python" in dict(english)


@pytest.mark.parametrize("page", LINKED, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_every_picture_is_on_a_page_and_drawn_by_it() -> None:
    pages = [*PAGES, *(ROOT / "docs").glob("*.md")]
    shown = {
        (page.parent / link).resolve()
        for page in pages
        for link in LINK.findall(page.read_text("utf-8"))
    }
    assert set((ROOT / "docs/images").iterdir()) <= shown
    for page in (ROOT / "docs/guide").glob("*.md"):
        code = ""
        for step in PICTURES.STEP.finditer(page.read_text("utf-8")):
            code = code if step["code"] is None else step["code"]
            if step["image"] and page.name != "report.md":  # its pictures are of the browser
                assert "plot" in code, step["image"]


def test_no_example_writes_into_the_documentation() -> None:
    for example in (ROOT / "examples").glob("*.py"):
        assert "docs/" not in example.read_text("utf-8"), example.name


def test_every_public_name_has_a_page_that_says_how_it_is_imported_and_called() -> None:
    pages = HOOKS.reference_pages()
    for name in HOOKS.public_names():
        module, own = name.rsplit(".", 1)
        page = pages[HOOKS.reference_page(name)]
        assert page.startswith(f"# {own}\n\n`from {module} import {own}`"), name
        room = module.removeprefix("cemkit.")
        assert f"[`{own}`]({own}.md)" in pages[f"reference/{room}/index.md"], name


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("cemkit.data.load_cdnow", "load_cdnow(part='master', *, form='orders')"),
        ("cemkit.clv.BetaGeoModel", "BetaGeoModel(covariates=None, clock=None)"),
        ("cemkit.promotion.coupons_for_returns", ", as_of, *, rules=..., issued=None)"),
        ("cemkit.clv.forecast_customer_base", "    as_of,\n    *,\n    horizon_days,"),
    ],
)
def test_calls_are_shown_short(name: str, call: str) -> None:
    assert call in HOOKS.call_of(name)


def test_every_picture_of_the_gallery_comes_from_the_code_below_it() -> None:
    page = HOOKS.gallery_page()
    for name in HOOKS.drawing_names():
        assert HOOKS.example_of(name), name
        assert HOOKS.example_of(name) in page, name
        assert f"gallery/{name.removeprefix('cemkit.plots.')}.dark.png#only-dark" in page, name


def english_and_chinese(page: Path) -> tuple[str, str]:
    """Return the prose of an English page, without its blocks, and its Chinese page."""
    english = ROOT / "docs" / page.relative_to(ROOT / "docs/zh")
    prose = HOOKS.chinese.BLOCK.sub("", english.read_text("utf-8"))
    return prose, page.read_text("utf-8")


def table_rows(text: str) -> list[str]:
    """Return the lines of tables."""
    return [line for line in text.splitlines() if line.startswith("|")]


def test_every_guide_has_a_chinese_page() -> None:
    chinese = {page.stem for page in CHINESE}
    assert {page.stem for page in GUIDES} == chinese - {"faq", "glossary"}


@every_chinese_page
def test_a_chinese_page_has_each_block_of_the_english_page_once_and_in_order(page: Path) -> None:
    own = page.relative_to(ROOT / "docs").as_posix()
    english = (ROOT / "docs" / HOOKS.chinese.english_of(own)).read_text("utf-8")
    wanted = HOOKS.chinese.blocks(english)
    places = [int(place[0]) for place in HOOKS.chinese.PLACE.findall(page.read_text("utf-8"))]
    assert places == list(range(1, len(wanted) + 1))
    shown = HOOKS.chinese.blocks(HOOKS.chinese.whole(page.read_text("utf-8"), own))
    for ours, theirs in zip(shown, wanted, strict=True):
        picture = theirs.startswith("![")
        assert ours == theirs or (picture and ours.endswith(theirs.rpartition("](")[2]))
        assert (ours != theirs) == picture, "a picture has its text in Chinese"


@every_chinese_page
def test_a_chinese_page_has_the_headings_and_tables_of_the_english_page(page: Path) -> None:
    english, chinese = english_and_chinese(page)
    levels = [
        [len(marks) for marks, _ in HOOKS.chinese.HEADING.findall(text)]
        for text in (english, chinese)
    ]
    assert levels[0] == levels[1]
    assert not re.search(r"^#.*\n.", chinese, re.MULTILINE), "a heading has an empty line below"
    rows = [table_rows(text) for text in (english, chinese)]
    for theirs, ours in zip(*rows, strict=True):
        assert sorted(NUMBER.findall(theirs)) == sorted(NUMBER.findall(ours)), ours
        assert theirs.count("|") == ours.count("|"), ours


def facts(section: str) -> dict[str, object]:
    """Return what a section says in every language: code, exact numbers, links, lists, stress."""
    prose = re.sub(r"\s+", " ", section)
    plain = re.sub(r"`[^`]+`|\]\([^)]*\)", "", prose)
    return {
        "code": set(re.findall(r"`([^`]+)`", prose)),
        "numbers": set(re.findall(r"[\d,]*[.,]\d+\b(?! million| billion)", plain)),
        "links": sorted(re.findall(r"\]\((?:\.\./)*([^)]*)\)", prose)),
        "list items": len(re.findall(r"^ *- ", section, re.MULTILINE)),
        "bold": prose.count("**"),
    }


@every_chinese_page
def test_each_section_of_a_chinese_page_says_what_the_english_one_does(page: Path) -> None:
    sections = [HOOKS.chinese.HEADING.split(text)[::3] for text in english_and_chinese(page)]
    for english, chinese in zip(*sections, strict=True):
        assert facts(chinese) == facts(english)


@every_chinese_page
def test_links_of_a_chinese_page_lead_to_a_page_in_either_language(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        own = (page.parent / target).resolve()
        english = Path(str(own).replace("/docs/zh/", "/docs/"))
        assert own.exists() or english.exists() or english in MADE, target


def test_a_chinese_page_links_to_chinese_pages_where_they_exist() -> None:
    link = HOOKS.with_page_links
    own, home = "docs/zh/guide/data.md", "README.zh-CN.md"
    assert link("[a](churn.md#whom-to-contact)", own) == "[a](churn.md#whom-to-contact)"
    assert link("[a](../../guide/churn.md)", own) == "[a](churn.md)"
    assert link("[a](../../benchmarks.md)", own) == "[a](../../benchmarks.md)"
    assert link("[a](../../cases/online_retail.py)", own) == "[a](../../cases/online_retail.md)"
    assert link("[a](no_such_page.md)", own) == "[a](../../guide/no_such_page.md)"
    assert link("[a](docs/guide/data.md) [b](README.md)", home) == (
        "[a](zh/guide/data.md) [b](index.md)"
    )


def test_the_switch_of_languages_leads_to_the_same_page_or_to_the_home_page() -> None:
    def links(page: str) -> list[str]:
        return [language["link"] for language in HOOKS.chinese.languages(page)]

    assert links("guide/data.md") == links("zh/guide/data.md")
    assert links("guide/data.md") == ["guide/data.html", "zh/guide/data.html"]
    assert links("index.md") == links("zh.md") == ["index.html", "zh.html"]
    assert links("gallery.md") == ["gallery.html", "zh.html"]


def test_the_chinese_navigation_is_the_tree_of_the_guide() -> None:
    entries = [{"Data": "guide/data.md"}, {"Prediction": [{"Churn": "guide/churn.md"}]}]
    missing = [{"Overview": "guide/no_such_page.md"}, {"Help": [{"Glossary": "none.md"}]}]
    assert HOOKS.chinese.tree([*entries, *missing]) == [
        {"数据": "zh/guide/data.md"},
        {"预测": [{"流失": "zh/guide/churn.md"}]},
    ]


def test_every_title_of_the_guide_and_the_help_has_a_chinese_one() -> None:
    entries = re.split(r"^  - (.+):", (ROOT / "mkdocs.yml").read_text("utf-8"), flags=re.MULTILINE)
    parts = dict(zip(entries[1::2], entries[2::2], strict=True))
    titles = re.findall(r"^ +- ([^:\n]+):", parts["Guide"] + parts["Help"], re.MULTILINE)
    assert len(titles) > len(GUIDES)
    assert set(titles) <= set(HOOKS.chinese.TITLES)
