"""The page of a report in a real browser: nothing runs, leaves, overflows or cannot be read.

`pytest -m browser` runs these; they need Chromium, and the packages of the extra `browser`.
Pictures of the pages are left in the tests' folders: `--basetemp` says where these are.
"""

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

pytest.importorskip("jinja2")
playwright = pytest.importorskip("playwright.sync_api")
axe_core = pytest.importorskip("axe_playwright_python.base")

from cemkit.data import simulate_experiment, simulate_shop  # noqa: E402
from cemkit.report import CustomerReport, customer_report  # noqa: E402

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "chrome"])), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
    pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning"),
]

RUN = "document.documentElement.dataset.hacked = 1"
PAYLOADS = [
    f"<script>{RUN}</script>",
    f"<img src=x onerror='{RUN}'>",
    f"\"><svg onload='{RUN}'>",
    f"</style></title></svg><script>{RUN}</script>",
    f"javascript:{RUN}",
    "{{ 7 * 7 }}{% raw %}",
    f"' autofocus onfocus='{RUN}",
    "名" * 10_000,
]
PLAIN = ["delivery", "包装", "a name that is rather long for a touchpoint of a customer's journey"]


def tables_of(names: list[str]) -> dict[str, Any]:
    """The tables of a shop in which people, things and days have these names."""
    named = [names[k % len(names)] for k in range(8)]
    shop = simulate_shop(400, random_state=1)
    begins, ends = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-03-01")
    steps = ["visit", "view", "cart", "order"]
    new = dict(zip(steps, [f"{k}{name}" for k, name in enumerate(named[:4])], strict=True))
    touched = {
        old: named[k] for k, old in enumerate(shop.responses["touchpoint"].dropna().unique())
    }
    ids = shop.people.get("customer_id", shop.people.index)
    people = pd.DataFrame({"customer_id": ids, "segment": [named[k % 8] for k in range(len(ids))]})
    return {
        "orders": shop.orders.assign(
            product=[named[k % 8] for k in range(len(shop.orders))],
            channel=[named[k % 7] for k in range(len(shop.orders))],
        ),
        "as_of": shop.as_of,
        "people": people,
        "promotions": pd.DataFrame(
            {
                "name": named[:2] if named[0] != named[1] else ["one", "other"],
                "start_date": ["2023-04-10", "2023-09-04"],
                "end_date": ["2023-04-16", "2023-09-10"],
                "size": [0.1, 0.2],
            }
        ),
        "experiment": simulate_experiment(1000).table.replace({"variant": {"treatment": named[2]}}),
        "responses": shop.responses.replace({"touchpoint": touched}),
        "events": shop.events[shop.events["event_time"] >= "2023-10-01"].replace({"event": new}),
        "steps": list(new.values()),
        "contacts": shop.contacts,
        "offers": shop.offers.assign(valid_from=begins, valid_until=ends),
        "uplift": 0.05,
        "budget": 100.0,
        "margin": 0.4,
    }


def one_order() -> dict[str, Any]:
    """The tables of a shop with one customer, who came once."""
    day = pd.Timestamp("2024-01-01")
    orders = pd.DataFrame({"customer_id": [7], "order_date": [day], "amount": [5.0]})
    return {"orders": orders, "as_of": day}


REPORTS = {
    "english": lambda: customer_report(**tables_of(PLAIN)),
    "chinese": lambda: customer_report(**tables_of(PLAIN), language="zh"),
    "hostile": lambda: customer_report(**tables_of(PAYLOADS), minimum_cell=1, name_customers=True),
    "one": lambda: customer_report(**one_order()),
}
WIDE, NARROW = 1280, 400
VIEWS = [
    *[("english", scheme, WIDE) for scheme in ("light", "dark", "print")],
    *[("chinese", scheme, WIDE) for scheme in ("light", "dark")],
    *[(name, "light", NARROW) for name in REPORTS],
]
READ = [*VIEWS[:3], ("chinese", "light", NARROW), ("one", "light", NARROW)]  # axe-core takes long
every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: "-".join(map(str, view)))


@pytest.fixture(scope="module")
def reports() -> dict[str, CustomerReport]:
    return {name: make() for name, make in REPORTS.items()}


@pytest.fixture(scope="module")
def paths(
    reports: dict[str, CustomerReport], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    return {name: report.to_html(folder / f"{name}.html") for name, report in reports.items()}


class Visit:
    """A page that was opened from disk, and what it said and asked for meanwhile."""

    def __init__(self, browser: Any, path: Path, scheme: str, width: int) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(dialog.message))
        self.page.on("request", lambda request: self.asked.append(request.url))
        if scheme == "print":
            self.page.emulate_media(media="print")
        self.page.goto(path.as_uri())

    def ask(self, script: str) -> Any:
        return self.page.evaluate(script)


@pytest.fixture(scope="module")
def opened(paths: dict[str, Path]) -> Iterator[Callable[..., Visit]]:
    """Return what opens a page, each in each view once."""
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        @functools.cache
        def visit(name: str, scheme: str = "light", width: int = WIDE) -> Visit:
            return Visit(browser, paths[name], scheme, width)

        yield visit
        browser.close()


UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true })"
AXE = (Path(axe_core.__file__).parent / "axe.min.js").read_text("utf-8")


@every_view
def test_it_opens_from_disk_without_a_word_and_asks_for_nothing(
    opened: Callable[..., Visit], view: tuple[str, str, int]
) -> None:
    visit = opened(*view)
    assert visit.said == []
    asked = [url for url in visit.asked if not url.startswith("data:")]
    assert len(asked) == 1
    assert asked[0].startswith("file:///")
    assert visit.ask("performance.getEntriesByType('resource').length") == 0


@every_view
def test_nothing_has_to_be_scrolled_sideways(
    opened: Callable[..., Visit], view: tuple[str, str, int], tmp_path: Path
) -> None:
    visit = opened(*view)
    visit.ask(UNFOLD)
    visit.page.screenshot(path=tmp_path / f"{'-'.join(map(str, view))}.png", full_page=True)
    assert visit.ask("document.documentElement.scrollWidth") <= view[2]


@pytest.mark.parametrize("view", READ, ids=lambda view: "-".join(map(str, view)))
def test_everyone_can_read_it(opened: Callable[..., Visit], view: tuple[str, str, int]) -> None:
    visit = opened(*view)
    visit.ask(UNFOLD)
    visit.ask(AXE)
    found = visit.ask("axe.run(document, {resultTypes: ['violations']})")
    faults = [
        f"{fault['id']}: {fault['help']} ({len(fault['nodes'])} times, first "
        f"{fault['nodes'][0]['html'][:200]})"
        for fault in found["violations"]
    ]
    assert faults == []
    checked = {rule["id"] for rule in found["passes"]}
    assert {"color-contrast", "html-has-lang", "document-title"} <= checked
    if view[1] != "print":
        assert {"landmark-one-main", "region", "bypass"} <= checked


LANDING = """() => [...document.querySelectorAll('a[href]')].map(link => {
    const href = link.getAttribute('href');
    if (!href.startsWith('#')) return href;
    const target = document.getElementById(decodeURIComponent(href.slice(1)));
    if (!target) return href;
    location.hash = href;
    const box = target.getBoundingClientRect();
    const seen = box.height > 0 && box.top < innerHeight && box.bottom > 0;
    return seen ? null : href;
}).filter(href => href !== null)"""


@pytest.mark.parametrize("name", REPORTS)
def test_every_link_lands(opened: Callable[..., Visit], name: str) -> None:
    visit = opened(name, "light", NARROW)
    assert visit.ask("document.querySelectorAll('a[href]').length") > 10
    assert visit.ask(LANDING) == []
    ids = visit.ask("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    assert visit.said == []


def test_names_are_shown_and_do_nothing(opened: Callable[..., Visit]) -> None:
    visit = opened("hostile", "light", NARROW)
    visit.ask(UNFOLD)
    visit.page.keyboard.press("Tab")
    visit.page.mouse.move(200, 300)
    count = "document.querySelectorAll('{}').length"
    assert visit.ask("document.documentElement.dataset.hacked") is None
    assert visit.ask(count.format("script, img, iframe, object, embed")) == 0
    assert visit.ask(count.format("head > style")) == 1
    attributes = visit.ask(
        "[...document.querySelectorAll('*')].flatMap(one => [...one.attributes])"
        ".map(one => [one.name, one.value])"
    )
    assert not [name for name, _ in attributes if name.startswith("on")]
    links = [value for name, value in attributes if name in {"href", "src", "xlink:href"}]
    assert not [link for link in links if not link.startswith(("#", "data:,", "data:image/png;"))]
    text = visit.ask("document.body.innerText")
    for payload in PAYLOADS[:4]:
        assert payload[:20] in text
    assert "{{ 7 * 7 }}" in text
    assert visit.said == []


def test_the_keyboard_reaches_the_report(opened: Callable[..., Visit]) -> None:
    visit = opened("one")
    visit.page.keyboard.press("Tab")
    assert visit.ask("document.activeElement.className") == "skip"
    assert visit.ask("document.activeElement.getBoundingClientRect().left") >= 0
    visit.page.keyboard.press("Enter")
    assert visit.ask("document.activeElement.tagName") == "MAIN"


def test_what_is_printed_is_the_whole_report(opened: Callable[..., Visit], tmp_path: Path) -> None:
    visit = opened("english", "print")
    visit.page.pdf(path=tmp_path / "english.pdf", format="A4")
    assert (tmp_path / "english.pdf").read_bytes().startswith(b"%PDF")
    assert visit.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    heights = (
        "[...document.querySelectorAll('table')].map(one => one.getBoundingClientRect().height)"
    )
    assert min(visit.ask(heights)) > 0
