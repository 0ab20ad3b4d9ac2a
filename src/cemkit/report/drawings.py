"""Pictures of results as SVG whose colours follow the page: light, dark or print."""

import io
import re
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.text import Text

from cemkit.plots.fonts import use_readable_fonts
from cemkit.plots.style import ON_LIGHT

INK = "#101418"  # a colour that nothing else has; it becomes that of the page's text
SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
ADDRESS = re.compile(r"url\(#([^)]*)\)")
WIDTH = 7.2  # inches
SETTINGS = {
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


def drawn(result: Any, kind: str | None, key: str, said: dict[str, str], **options: Any) -> str:
    """Draw a result as SVG; its title is left to the page, and labels are said in its language."""
    with mpl.rc_context({**mpl.rcParamsDefault, "backend": mpl.rcParams["backend"], **SETTINGS}):
        ax = result.plot(kind, **options)
        figure = ax.figure.figure
        try:
            _relabelled(ax, said)
            svg = io.StringIO()
            figure.savefig(svg, format="svg", bbox_inches="tight", metadata={"Date": None})
        finally:
            plt.close(figure)
    return themed(svg.getvalue(), key)


def themed(svg: str, key: str) -> str:
    """The SVG for the middle of a page: own ids, and colours that are variables of the page."""
    root = ET.fromstring(svg)  # noqa: S314 - what matplotlib has just written
    for unwanted in root.findall(f"{SVG}metadata"):
        root.remove(unwanted)
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        if LINK in element.attrib:
            element.set("href", element.attrib.pop(LINK))
        for name, value in list(element.attrib.items()):
            element.set(name, _attribute(name, value, key))
    root.attrib |= {"class": "picture", "aria-hidden": "true", "focusable": "false"}
    root.attrib.pop("height", None), root.attrib.pop("width", None)
    return ET.tostring(root, encoding="unicode")


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
        text = re.sub(r"font: (.*?)('DejaVu Sans')", r"font: \1\2", text)
    return text


def _relabelled(ax: Axes, said: dict[str, str]) -> None:
    """Leave out the title, and say labels in the language of the page where it has words."""
    ax.set_title("")
    texts = ax.figure.findobj(Text)
    for text in texts:
        if text.get_text() in said:
            text.set_text(said[text.get_text()])
    use_readable_fonts(texts)
