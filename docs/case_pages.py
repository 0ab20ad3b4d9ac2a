"""Pages and notebooks of the case studies, which docs/cases keeps as text."""

from __future__ import annotations

import ast
import base64
import importlib.util
import logging
import os
import re
import tempfile
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "docs/cases"
LOG = logging.getLogger("mkdocs.cases")
SECONDS = 600  # of one cell, on a busy machine too
LINK = re.compile(r"\[([^\]]+)\]\((?![a-z]+:)[^)]+\)")
HANDLE = re.compile(r"<(Axes|Figure)|(\[|array\()+<Axes")  # what drawing returns
STYLE = re.compile(r"<style.*?</style>\s*", re.DOTALL)
LISTED = "<!-- the cases -->"
# What a kernel runs first. An audit hook cannot be removed. Which fonts this machine has, and in
# which weights, is nothing that a page should say.
GUARD = """
import logging
import sys

logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

def _only_this_machine(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = str(args[1][0])
    elif event == "socket.getaddrinfo":
        host = str(args[0])
    else:
        return
    if host not in ("localhost", "::1", "None") and not host.startswith("127."):
        raise ConnectionRefusedError(f"a case study may not reach the network: {host}")

sys.addaudithook(_only_this_machine)
"""


def sources() -> dict[str, str]:
    """Return the text of each case by its name."""
    return {path.stem: path.read_text("utf-8") for path in sorted(CASES.glob("*.py"))}


def title(source: str) -> str:
    """Return the first heading of a case."""
    found = re.search(r"^# # (.+)$", source, re.MULTILINE)
    return found[1] if found else ""


def question(source: str) -> str:
    """Return the first paragraph below the heading of a case."""
    found = re.search(r"^# # .+\n#\n((?:# \S.*\n)+)", source, re.MULTILINE)
    return " ".join(line[2:] for line in found[1].splitlines()) if found else ""


def imported(source: str) -> set[str]:
    """Return the top packages that a case imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def data_files(source: str) -> list[str]:
    """Return the files that a case reads: every `DATA / "name"` in its code."""
    return sorted(
        {
            node.right.value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Div)
            and isinstance(node.left, ast.Name)
            and node.left.id == "DATA"
            and isinstance(node.right, ast.Constant)
        }
    )


def data_folder() -> Path:
    """Return the folder that has the data of the cases."""
    return Path(os.environ.get("CEMKIT_REFERENCE_DATA", ROOT / "data")).resolve()


def missing(source: str) -> list[str]:
    """Return the files and packages that a case needs and that are not here."""
    packages = sorted(name for name in imported(source) if importlib.util.find_spec(name) is None)
    return packages + [name for name in data_files(source) if not (data_folder() / name).exists()]


def parsed(source: str) -> Any:
    """Return a case as a notebook, without outputs."""
    import jupytext

    case = jupytext.reads(source, fmt="py:percent")
    case.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    return case


@cache
def notebook(source: str) -> Any:
    """Return a case with its outputs where its data are here; a cell that raises is an error."""
    return parsed(source) if missing(source) else executed(parsed(source))


def executed(case: Any) -> Any:
    """Run a notebook from top to bottom in a folder of its own, without a network."""
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            case,
            timeout=SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            extra_arguments=[f"--IPKernelApp.exec_lines={GUARD}", "--log-level=ERROR"],
        )
        client.execute(
            env=os.environ
            | {
                "CEMKIT_REFERENCE_DATA": str(data_folder()),
                "IPYTHONDIR": folder,
                "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            }
        )
    for cell in case.cells:
        cell.metadata.pop("execution", None)  # times, which differ from build to build
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if shown(output)]
    return case


def shown(output: Any) -> bool:
    """Return whether an output is for readers; what drawing returns beside its picture is not."""
    data = output.get("data", {})
    return "image/png" in data or not HANDLE.match(data.get("text/plain", ""))


def file_content(case: Any) -> str:
    """Return the file of a notebook; links between pages of the site become plain words."""
    import nbformat

    case = nbformat.from_dict(case)
    for cell in case.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(r"\1", cell.source)
    return str(nbformat.writes(case)) + "\n"


def output_text(output: Any, name: str, alt: str) -> tuple[str, bytes | None]:
    """Return an output as Markdown, and its picture where it is one."""
    data = output.get("data", {})
    if "image/png" in data:
        return f"![{alt}]({name}.png)", base64.b64decode(data["image/png"])
    if "text/html" in data:
        html = STYLE.sub("", data["text/html"]).replace(' border="1" class="dataframe"', "")
        return f'<div class="output">\n{html}\n</div>', None
    text = escape(data.get("text/plain", output.get("text", "")).rstrip(), quote=False)
    return f'<pre style="white-space: pre-wrap"><code>{text}</code></pre>', None


def header(name: str, source: str) -> str:
    """Return what stands below the title: downloads, and what is missing in this build."""
    links = f"[Download as a notebook]({name}.ipynb) · [as a script]({name}.py)"
    needed = missing(source)
    if not needed:
        return links
    return (
        f"{links}\n\n!!! note\n"
        "    The code below was not run in this build, so it has no outputs. Missing: "
        f"{', '.join(f'`{one}`' for one in needed)}. "
        "[How to get the data](index.md#the-data)."
    )


def cell_texts(cell: Any, name: str, alt: str) -> tuple[list[str], dict[str, bytes]]:
    """Return a cell of code with its outputs as Markdown, and its pictures by their names."""
    texts, pictures = [f"```python\n{cell.source}\n```"], {}
    for number, output in enumerate(cell.outputs):
        if output.get("name") == "stderr":
            LOG.warning("%s writes to stderr: %s", name, output["text"])
        text, picture = output_text(output, f"{name}_{number}", alt)
        texts.append(text)
        if picture is not None:
            pictures[f"{name}_{number}.png"] = picture
    return texts, pictures


def files_of(name: str, source: str) -> dict[str, str | bytes]:
    """Return the page of a case, its pictures and its notebook by their paths in the site."""
    case = notebook(source)
    head, _, rest = case.cells[0].source.partition("\n")
    parts, heading = [head, header(name, source), rest.strip()], title(source)
    files: dict[str, str | bytes] = {f"cases/{name}.ipynb": file_content(case)}
    for place, cell in enumerate(case.cells[1:], 1):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            heading = [heading, *re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE)][-1]
        else:
            texts, pictures = cell_texts(cell, f"{name}_{place}", heading)
            parts += texts
            files |= {f"cases/{path}": picture for path, picture in pictures.items()}
    return files | {f"cases/{name}.md": "\n\n".join(parts) + "\n"}


def on_files(files: Any, config: Any) -> Any:
    """Add the page of each case, its pictures and its notebook to the site."""
    from mkdocs.structure.files import File

    for name, source in sources().items():
        for path, content in files_of(name, source).items():
            files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Put the list of the cases into their overview, in the order of the navigation."""
    if page.file.src_uri != "cases/index.md":
        return markdown
    texts = sources()
    rows = [
        f"| [{title(texts[name])}]({name}.md) | {question(texts[name])} |"
        for name in in_navigation(config.nav)
    ]
    return markdown.replace(LISTED, "\n".join(["| case | question |", "|---|---|", *rows]))


def in_navigation(nav: list[Any]) -> list[str]:
    """Return the names of the cases that a navigation has, in its order."""
    return re.findall(r"cases/(?!index)(\w+)\.md", str(nav))
