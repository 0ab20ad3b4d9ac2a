"""What the tests of feedback share: a shop, and answers with known counts."""

from collections.abc import Callable

import pandas as pd
import pytest

from cemkit.data import SimulatedShop, simulate_shop


@pytest.fixture(scope="session")
def shop() -> SimulatedShop:
    return simulate_shop(1500, random_state=3)


@pytest.fixture(scope="session")
def answered() -> Callable[..., pd.DataFrame]:
    """Make answers with so many promoters, passives and detractors in each group."""

    def made(*cells: tuple[object, int, int, int]) -> pd.DataFrame:
        rows = [
            (label, score)
            for label, promoters, passives, detractors in cells
            for score, count in ((10, promoters), (8, passives), (3, detractors))
            for _ in range(count)
        ]
        table = pd.DataFrame(rows, columns=["group", "score"])
        return table.assign(customer_id=range(len(table)))

    return made
