"""What the benchmarks share: how a row is measured, and the one way to report it.

A script calls `report` for each row. The row is printed, and added to the file that the environment
variable CEMKIT_BENCHMARK_ROWS names, where `run.py` collects it. CEMKIT_BENCHMARK_SIZE=small makes
`sized` give the small number of rows.
"""

import json
import os
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

Call = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One job on one table, and the peer on the same table.

    `rows` counts the rows of the table. Memory is the peak of the process in megabytes. `agreed` is
    whether both answers were compared and agreed, and None where there is nothing to compare.
    """

    job: str
    data: str
    seconds: float
    form: str = ""
    rows: int | None = None
    megabytes: float | None = None
    peer: str = ""
    peer_seconds: float | None = None
    peer_megabytes: float | None = None
    agreed: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """cemkit's time over the peer's."""
        return self.seconds / self.peer_seconds if self.peer_seconds else None

    def printed(self) -> str:
        """The row as one line of text."""
        cells = [self.job, self.data, self.form, f"cemkit {self.seconds:.3g} s"]
        if self.peer_seconds:
            cells += [f"{self.peer} {self.peer_seconds:.3g} s", f"ratio {self.ratio:.2g}"]
        if self.megabytes:
            cells.append(f"{self.megabytes:,.0f} MB")
        return " | ".join(cell for cell in [*cells, self.note] if cell)


def small() -> bool:
    """Whether a quick run of small tables is asked for."""
    return os.environ.get("CEMKIT_BENCHMARK_SIZE") == "small"


def sized(full: int, few: int) -> int:
    """The number of rows of the chosen size."""
    return few if small() else full


def report(job: str, data: str, seconds: float, **further: Any) -> None:
    """Print a row, and write it down where run.py asks for it."""
    row = Row(job=job, data=data, seconds=seconds, **further)
    print(row.printed(), flush=True)
    path = os.environ.get("CEMKIT_BENCHMARK_ROWS")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def in_turns(*calls: Call, rounds: int = 5, clock: Callable[[], float] = time.process_time) -> Any:
    """Return the median seconds of each call, run in turns after one warm-up."""
    taken: list[list[float]] = [[] for _ in calls]
    for turn in range(rounds + 1):
        for call, seconds in zip(calls, taken, strict=True):
            start = clock()
            call()
            if turn or rounds == 0:
                seconds.append(clock() - start)
    return [median(seconds) for seconds in taken]


def peak_megabytes() -> float:
    """The peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
