"""What tests and examples in docstrings share: strict warnings in CI, and pictures that close."""

import os
import sys
from collections.abc import Iterator

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make warnings errors where CEMKIT_WARNINGS asks for it, before the exceptions of the ini."""
    if os.environ.get("CEMKIT_WARNINGS") == "error":
        config.getini("filterwarnings").insert(0, "error")


@pytest.fixture(autouse=True)
def _figures_are_closed() -> Iterator[None]:
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
