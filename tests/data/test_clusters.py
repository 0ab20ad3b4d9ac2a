"""Fits, cohorts, indicators and scores on clusters of processes, equal to pandas."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.exhaustive
NEEDS = {"dask": "distributed", "spark": "pyspark"}


@pytest.mark.parametrize("engine", NEEDS)
def test_a_cluster_gives_the_numbers_of_pandas(engine: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(NEEDS[engine]) is None:
        pytest.skip(f"{NEEDS[engine]} is not installed")
    if engine == "spark" and shutil.which("java") is None:
        pytest.skip("PySpark needs Java, which is not installed")
    run = subprocess.run(
        [sys.executable, Path(__file__).with_name("clusters.py"), engine],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,  # where Spark leaves the files of its workers
        env=os.environ | {"SPARK_WORKER_DIR": str(tmp_path), "SPARK_LOG_DIR": str(tmp_path)},
    )
    assert run.returncode == 0, run.stdout + run.stderr[-3000:]
    assert "scored in" in run.stdout
    assert int(run.stdout.rpartition("scored in ")[2].split()[0]) >= 1
