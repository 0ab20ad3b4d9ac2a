"""Pictures of results as SVG whose colours follow the page: light, dark or print."""

import io
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt

from cemkit.plots.style import ON_LIGHT

INK = "#101418"  # a colour that nothing else has; it becomes that of the page's text
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
ADDRESS = re.compile(r"url\(#([^)]*)\)")
# A label and the level of its interval, as in "retention (95% interval)".
LEVELLED = re.compile(r"(?:(.+) \()?(\d[\d.]*%) interval\)?")
POINTS = re.compile(r"(.*\d) pp")
WIDTH = 7.2  # inches
SETTINGS: dict[Any, Any] = {
    **dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    **dict.fromkeys(("xtick.labelcolor", "ytick.labelcolor"), INK),
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "figure.figsize": (WIDTH, 3.6),
    "savefig.facecolor": "none",
    "font.size": 9.0,
    "legend.labelcolor": INK,
    "svg.fonttype": "none",
    "svg.hashsalt": "cemkit",
    "svg.image_inline": True,
    "path.simplify_threshold": 0.5,
}


def drawn(result: Any, kind: str | None, key: str, said: Mapping[str, str], **options: Any) -> str:
    """Draw a result as SVG; its title is left to the page, and labels are said in its language."""
    with mpl.rc_context({**mpl.rcParamsDefault, "backend": mpl.rcParams["backend"], **SETTINGS}):
        ax = result.plot(kind, **options)
        figure = ax.figure.figure
        try:
            ax.set_title("")
            svg = io.StringIO()
            figure.savefig(svg, format="svg", bbox_inches="tight", metadata={"Date": None})
        finally:
            plt.close(figure)
    return themed(svg.getvalue(), key, said)


def themed(svg: str, key: str, said: Mapping[str, str]) -> str:
    """The SVG for the middle of a page: own ids, words of its language, and colours of the page."""
    root = ET.fromstring(svg)  # noqa: S314 - what matplotlib has just written
    for unwanted in root.findall(f"{SVG}metadata"):
        root.remove(unwanted)
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        if element.tag == "text":
            element.text = translated(element.text or "", said)
        if LINK in element.attrib:
            element.set("href", element.attrib.pop(LINK))
        for name, value in list(element.attrib.items()):
            element.set(name, _attribute(name, value, key))
    root.attrib |= {"class": "picture", "aria-hidden": "true", "focusable": "false"}
    root.attrib.pop("height", None), root.attrib.pop("width", None)
    return ET.tostring(root, encoding="unicode")


def translated(text: str, said: Mapping[str, str]) -> str:
    """A label in the language of the page, where it has words for it; names stay as they are."""
    points = POINTS.fullmatch(text)
    if points is not None:
        return f"{points[1]} {said.get('pp', 'pp')}"
    found = LEVELLED.fullmatch(text)
    if found is None:
        return said.get(text, text)
    label, level = found.groups()
    interval = f"{level} {said.get('interval', 'interval')}"
    return f"{said.get(label, label)} ({interval})" if label else interval


def _attribute(name: str, value: str, key: str) -> str:
    if name == "id":
        return f"{key}-{value}"
    if name == "href" and value.startswith("#"):
        return f"#{key}-{value[1:]}"
    text = ADDRESS.sub(rf"url(#{key}-\1)", value)
    if name in {"style", "fill", "stroke", "stop-color"}:
        for number, colour in enumerate(ON_LIGHT):
            text = text.replace(colour.lower(), f"var(--series-{number})")
        text = text.replace(INK, "currentColor")
    return text
