"""Run the benchmarks, store their rows in one JSON file, and render docs/benchmarks.md from it.

    python benchmarks/run.py                     all scripts
    python benchmarks/run.py clv journey         these alone
    python benchmarks/run.py segmentation:sql    one part of a script that has parts
    python benchmarks/run.py --size small        quick, on small tables, into results_small.json
    python benchmarks/run.py --render            the page alone, from the stored rows

A measured row replaces the stored row of the same script, job, table and peer. Each script is a
process of its own; one whose peer or data is not installed is left out with its reason.
"""

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
PAGE = FOLDER.parent / "docs/benchmarks.md"
HELPERS = {"rows", "run", "tables"}
PARTS = {
    "journey": ["duckdb", "retentioneering"],
    "forecasting": ["classical", "weekly", "stores", "panel", "pmdarima", "statsmodels"],
    "recommendation": ["retail", "simulated"],
    "experiments": ["ids", "pairs", "memory", "engines", "comparisons"],
    "segmentation": ["rfm", "kmeans", "inertia", "choose_k", "cohorts", "sql"],
}
PACKAGES = (
    *("numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "narwhals", "polars", "pyarrow"),
    *("duckdb", "dask", "pyspark", "lifetimes", "statsforecast", "pmdarima", "tea-tasting"),
    *("spotify-confidence", "diff-diff", "differences", "csdid", "retentioneering"),
)
IDENTITY = ("subject", "job", "data", "form", "peer")
TITLES = {"as_given": "Tables as users have them", "clv": "CLV", "startup": "Start-up"}
HEAD = """# Benchmarks

This page is written by `python benchmarks/run.py` from the rows in `benchmarks/results.json`;
[benchmarks/README.md](../benchmarks/README.md) explains how each is measured.

The ratio is always cemkit's time over the peer's: below 1, cemkit is faster. The machine is
virtual, and its speed changes by as much as a half from hour to hour: compare within a row, not
between rows. A letter after a row names the conditions, which stand below its table.
"""


def subjects() -> list[str]:
    """The scripts that measure something."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in HELPERS)


def machine(note: str) -> dict[str, Any]:
    """Where and with what the rows of this run are measured."""
    versions = {}
    for name in ("cemkit", *PACKAGES):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "memory_gigabytes": round(memory / 1e9),
        "os": operating_system(),
        "python": platform.python_version(),
        "versions": versions,
        "load": os.getloadavg()[0],
        "note": note,
    }


def operating_system() -> str:
    """Its name and version."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform(terse=True)


def measured(chosen: str, size: str) -> tuple[list[dict[str, Any]], str]:
    """Run one script, or one part of it; return its rows, and where it stopped early."""
    rows, failed = [], ""
    subject, _, one = chosen.partition(":")
    for part in [one] if one else PARTS.get(subject, [""]):
        with tempfile.NamedTemporaryFile("r", encoding="utf-8", suffix=".jsonl") as file:
            asked = {"CEMKIT_BENCHMARK_ROWS": file.name, "CEMKIT_BENCHMARK_SIZE": size}
            command = [sys.executable, str(FOLDER / f"{subject}.py"), *([part] if part else [])]
            done = subprocess.run(command, env={**os.environ, **asked}, check=False)
            rows += [{"subject": subject, **json.loads(line)} for line in file]
        if done.returncode:
            failed = f"{subject} {part}".strip() + f" stopped with code {done.returncode}"
    return rows, failed


def stored(path: Path) -> dict[str, Any]:
    """The results so far."""
    if path.exists():
        return dict(json.loads(path.read_text("utf-8")))
    return {"runs": [], "rows": []}


def with_rows(
    results: dict[str, Any], rows: list[dict[str, Any]], run: dict[str, Any]
) -> dict[str, Any]:
    """The results with the rows of a run, which replace rows of the same identity."""
    ratio = [row["seconds"] / row["peer_seconds"] if row["peer_seconds"] else None for row in rows]
    runs = [*results["runs"], run]
    new = {
        identity(row): {**row, "ratio": value, "run": len(runs) - 1}
        for row, value in zip(rows, ratio, strict=True)
    }
    kept = [new.pop(identity(row), row) for row in results["rows"]]
    return without_idle_runs({"runs": runs, "rows": [*kept, *new.values()]})


def without_idle_runs(results: dict[str, Any]) -> dict[str, Any]:
    """The results without runs all of whose rows have been measured again."""
    used = sorted({row["run"] for row in results["rows"]})
    rows = [{**row, "run": used.index(row["run"])} for row in results["rows"]]
    return {"runs": [results["runs"][place] for place in used], "rows": rows}


def identity(row: dict[str, Any]) -> tuple[str, ...]:
    """What makes a row the same measurement."""
    return tuple(row[name] for name in IDENTITY)


def rendered(results: dict[str, Any]) -> str:
    """The page: one table for each script, in the order of their names."""
    sections = [HEAD]
    for subject in sorted({row["subject"] for row in results["rows"]}):
        rows = [row for row in results["rows"] if row["subject"] == subject]
        sections.append(section(subject, rows, results["runs"]))
    return "\n".join(sections)


def section(subject: str, rows: list[dict[str, Any]], runs: list[dict[str, Any]]) -> str:
    """One table, and the conditions of its rows."""
    used = sorted({row["run"] for row in rows})
    letters = {run: chr(ord("a") + place) for place, run in enumerate(used)}
    name = Path(subject).name
    title = TITLES.get(name, name.replace("_", " ").capitalize())
    lines = [f"## {title}", "", f"Script: [{subject}.py](../benchmarks/{subject}.py)", ""]
    lines += ["| job | cemkit | peer | ratio |", "|---|---|---|---|"]
    lines += [line(row, letters[row["run"]]) for row in rows]
    lines += ["", *(f"- ({letters[run]}) {conditions(runs[run])}" for run in used), ""]
    return "\n".join(lines)


def line(row: dict[str, Any], letter: str) -> str:
    """One row of a table."""
    table = ", ".join(text for text in (row["data"], row["form"]) if text)
    note = f"<br>*{row['note']}*" if row["note"] else ""
    agreed = {True: "; same answer", False: "; **another answer**", None: ""}[row["agreed"]]
    peer = row["peer"]
    if row["peer_seconds"] is not None:
        peer += f": {amounts(row['peer_seconds'], row['peer_megabytes'])}{agreed}"
    ratio = "" if row["ratio"] is None else figure(row["ratio"], 2)
    job = f"**{row['job']}**<br>{table} ({letter}){note}"
    return f"| {job} | {amounts(row['seconds'], row['megabytes'])} | {peer} | {ratio} |"


def amounts(seconds: float, megabytes: float | None) -> str:
    """Time and memory in words."""
    memory = "" if megabytes is None else f", {figure(megabytes / 1000, 2)} GB"
    return f"{figure(seconds, 3)} s{memory}"


def figure(value: float, digits: int) -> str:
    """A number to so many significant digits, without an exponent; whole digits stay."""
    if abs(value) >= 10**digits:
        return f"{value:,.0f}"
    return f"{float(f'{value:.{digits}g}'):,.10f}".rstrip("0").rstrip(".")


def conditions(run: dict[str, Any]) -> str:
    """Where, when and with what a run was measured."""
    if "under" in run:
        return f"Published {run['date']}, not remeasured since: {run['under']}."
    names = ("cemkit", *PACKAGES)
    packages = ", ".join(
        f"{name} {run['versions'][name]}" for name in names if name in run["versions"]
    )
    note = f" {run['note']}" if run["note"] else ""
    return (
        f"{run['date']}, {run['cores']} cores, {run['memory_gigabytes']} GB, {run['os']}, "
        f"{run['machine']}, load {run['load']:.0f}, CPU seconds.{note} "
        f"Python {run['python']}, {packages}."
    )


def run_all(chosen: list[str], size: str, path: Path, note: str) -> list[str]:
    """Measure the chosen scripts one after the other, storing after each; return what failed."""
    failures, run = [], machine(note)
    for subject in chosen or subjects():
        rows, failed = measured(subject, size)
        failures += [failed] if failed else []
        if rows:
            save(with_rows(stored(path), rows, run), path)
    return failures


def save(results: dict[str, Any], path: Path) -> None:
    """Write the results, one row a line."""
    parts = [
        f'"{name}": [\n'
        + ",\n".join(json.dumps(item, ensure_ascii=False) for item in results[name])
        + "\n]"
        for name in ("runs", "rows")
    ]
    path.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


def main() -> None:
    """Run or render, as asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("subjects", nargs="*", metavar="script")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--note", default="", help="what else the machine did at the time")
    parser.add_argument("--render", action="store_true", help="write the page and measure nothing")
    asked = parser.parse_args()
    unknown = [name for name in asked.subjects if name.partition(":")[0] not in subjects()]
    if unknown:
        parser.error(f"no script {unknown[0]!r}; choose among {', '.join(subjects())}")
    name = "results.json" if asked.size == "full" else "results_small.json"
    path = asked.results or FOLDER / name
    failures = [] if asked.render else run_all(asked.subjects, asked.size, path, asked.note)
    if asked.size == "full" and asked.results is None:
        PAGE.write_text(rendered(stored(path)), encoding="utf-8")
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
