"""What every test has: no display, and the reference data where they are at hand.

The network is blocked by pytest-socket; its options stand in pyproject.toml.
"""

import os
import sys
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator

import cemkit

os.environ.setdefault("MPLBACKEND", "Agg")
# PySpark's workers run the Python of the tests, and talk to it on the loopback interface alone.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Return the folder of published data sets that are too large, or not ours, to ship."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if not folder:
        pytest.skip("CEMKIT_REFERENCE_DATA does not name a folder of reference data")
    return Path(folder)


@pytest.fixture(scope="session")
def estimators() -> dict[str, type]:
    """Return every public estimator by its name."""
    rooms = [value for name in dir(cemkit) if hasattr(value := getattr(cemkit, name), "__all__")]
    public = {name: getattr(room, name) for room in rooms for name in room.__all__}
    return {
        name: value
        for name, value in public.items()
        if isinstance(value, type) and issubclass(value, BaseEstimator)
    }
