"""How long cemkit takes to start, each time in a new process: against the imports it needs anyway.

`import cemkit` against `import pandas`, and the first RFM segmentation against importing pandas
and scikit-learn. Each process reports its own CPU seconds, and all of them take turns.
"""

import subprocess
import sys
from statistics import median

from rows import report, sized

ROUNDS = sized(5, 2)
TABLE = (
    "import pandas as pd\n"
    "table = pd.DataFrame({'recency_days': range(1, 101), 'order_count': range(100, 0, -1), "
    "'total_amount': [float(k * k) for k in range(100)]})\n"
)
CODE = {
    "import cemkit": "import cemkit",
    "import pandas": "import pandas",
    "first fit": TABLE + "import cemkit\ncemkit.RFMSegmenter().fit(table)",
    "imports": TABLE + "import sklearn.base, sklearn.utils.validation",
}


def seconds(code: str) -> tuple[float, float]:
    """Return CPU seconds and peak megabytes of a new process, without Python's own start."""
    before = "import time, resource\nstart = time.process_time()\n"
    after = (
        "\nprint(time.process_time() - start, "
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    run = [sys.executable, "-c", before + code + after]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    taken, memory = map(float, done.stdout.split())
    return taken, memory


def main() -> None:
    """Report the rows."""
    turns = [{name: seconds(code) for name, code in CODE.items()} for _ in range(ROUNDS + 1)][1:]
    times = {name: median(turn[name][0] for turn in turns) for name in CODE}
    memory = {name: median(turn[name][1] for turn in turns) for name in CODE}
    for job, ours, peer, theirs in (
        ("`import cemkit`", "import cemkit", "`import pandas`", "import pandas"),
        (
            "first `RFMSegmenter().fit`, all imports included",
            "first fit",
            "the same table and importing pandas and scikit-learn's base classes",
            "imports",
        ),
    ):
        report(
            job,
            "a new process",
            times[ours],
            megabytes=memory[ours],
            peer=peer,
            peer_seconds=times[theirs],
            peer_megabytes=memory[theirs],
        )


if __name__ == "__main__":
    main()
