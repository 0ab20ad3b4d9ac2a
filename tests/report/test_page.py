"""The page: landmarks, links that land, and nothing that runs or is fetched."""

import re
from html.parser import HTMLParser

from cemkit.catalogue import words
from cemkit.report import CustomerReport
from cemkit.report.documents import number_texts
from cemkit.report.page import whole_days

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Reader(HTMLParser):
    """The elements of a page with their attributes; raises where tags do not match."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def test_the_page_has_landmarks_a_language_and_a_skip_link(
    report: CustomerReport, html: str
) -> None:
    page = Reader(html)
    assert page.open == []
    assert page.named("html")[0]["lang"] == "en"
    for landmark in ("header", "nav", "main", "footer", "h1", "title"):
        assert len(page.named(landmark)) == 1
    assert page.named("a")[0] == {"class": "skip", "href": "#report"}
    headings = [tag for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert headings == ["h1", *["h2"] * len(report.content)]


def test_every_link_lands_and_every_id_is_there_once(html: str) -> None:
    page = Reader(html)
    ids = [str(a["id"]) for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    links = [str(a["href"]) for tag, a in page.elements if tag == "a" or tag == "use"]
    assert len(links) > 60
    assert {link[1:] for link in links} <= set(ids)
    assert all(link.startswith("#") for link in links)


def test_nothing_runs_and_nothing_is_fetched(html: str) -> None:
    page = Reader(html)
    assert not {tag for tag, _ in page.elements} & {"script", "iframe", "object", "embed", "form"}
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "action", "xlink:href"):
            assert str(attributes.get(name) or "#").startswith(("#", "data:"))
    style = re.search("<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_tables_have_captions_and_scopes_and_pictures_have_words(html: str) -> None:
    page = Reader(html)
    assert len(page.named("table")) == len(page.named("caption")) > 15
    assert {str(a["scope"]) for a in page.named("th")} == {"row", "col"}
    pictures = [a for a in page.named("div") if a.get("role") == "img"]
    assert len(pictures) == len(page.named("figure")) > 5
    assert all(len(str(a["aria-label"])) > 20 for a in pictures)


def test_each_number_links_to_its_table_and_method(report: CustomerReport, html: str) -> None:
    say = words("en")
    page = Reader(html)
    links = [str(a["href"]) for a in page.named("a")]
    for section in report.content:
        for number in section.numbers:
            assert number_texts(number, say)[0] in html
            assert f"#t-{number.table}" in links
            assert f"#m-{number.table}" in links


def test_the_page_is_small(html: str) -> None:
    assert len(html.encode()) < 1_000_000


def test_dates_do_not_break(html: str) -> None:
    inside = re.findall(r"<h1>(.*?)</h1>", html)[0]
    assert inside == 'Customer report, <span class="day">2023-12-31</span>'
    assert str(whole_days("<2024-01> to 1")) == '&lt;<span class="day">2024-01</span>&gt; to 1'


def test_scrolling_pictures_take_the_focus(html: str) -> None:
    scrolled = [a for a in Reader(html).named("div") if a.get("class") in {"canvas", "scroll"}]
    assert all(a["tabindex"] == "0" and a["role"] == "region" for a in scrolled)
    assert all(a["aria-label"] for a in scrolled)
