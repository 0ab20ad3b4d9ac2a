"""Recommendations scored by hand, and on real orders against popularity."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cemkit import CrossSell
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.recommendation import evaluate_recommendations

AS_OF = "2024-01-31"


def orders_of(baskets: dict[int, list[str]], day: str = "2024-01-31") -> pd.DataFrame:
    rows = [(customer, product) for customer, items in baskets.items() for product in items]
    table = pd.DataFrame(rows, columns=["customer_id", "product"])
    return table.assign(order_date=pd.Timestamp(day), amount=1.0)


BASKETS = {1: ["tea", "pot"], 2: ["tea", "pot"], 3: ["tea", "mug"], 4: ["tea"], 5: ["mug"]}


def test_scores_by_hand() -> None:
    later = orders_of({1: ["mug"], 4: ["pot", "mug"], 5: ["mug"]}, "2024-02-10")
    orders = pd.concat([orders_of(BASKETS), later])
    score = evaluate_recommendations(orders, AS_OF, 10, model=CrossSell(min_customers=1), k=1)
    # Customer 1 is offered mug and buys it, 4 pot and buys it and mug; 5 buys nothing new.
    assert (score.customers, score.hit_rate, score.recall) == (2, 1.0, pytest.approx(0.75))
    assert score.coverage == pytest.approx(2 / 3)
    # Most popular new product: mug for both, by name before pot.
    assert (score.popularity_hit_rate, score.popularity_recall) == (1.0, pytest.approx(0.75))
    assert score.advantage == 0
    # Wilson's interval of 2 of 2.
    assert score.hit_rate_lower == pytest.approx(2 / (2 + 1.959964**2), rel=1e-6)
    assert "Of 2 customers 100.0%" in score.sentence()
    assert "2 位客户" in score.sentence("zh")


def test_few_customers_who_agree_are_no_certainty() -> None:
    later = orders_of({1: ["mug"], 4: ["pot", "mug"], 5: ["pot"]}, "2024-02-10")
    orders = pd.concat([orders_of(BASKETS), later])
    score = evaluate_recommendations(orders, AS_OF, 10, model=CrossSell(min_customers=1), k=1)
    # Of 3 customers both rules serve two, and neither the third: (1 - 1) / 5 +- z sqrt(2 / 5 / 5).
    assert score.customers == 3
    assert score.advantage == 0
    assert score.advantage_upper == pytest.approx(1.959964 * np.sqrt(2) / 5, rel=1e-6)
    assert score.advantage_lower == -score.advantage_upper


def test_on_online_retail_it_beats_popularity(reference_data: Path) -> None:
    raw = pd.read_parquet(reference_data / "online_retail.parquet").dropna(subset=["CustomerID"])
    orders = pd.DataFrame(
        {
            "customer_id": raw["CustomerID"].astype(int),
            "order_date": pd.to_datetime(raw["InvoiceDate"]),
            "amount": raw["Quantity"] * raw["UnitPrice"],
            "product": raw["StockCode"],
        }
    )
    score = evaluate_recommendations(orders, "2011-09-09", 91)
    assert score.customers > 1800
    assert score.advantage_lower > 0.05
    assert score.coverage > score.popularity_coverage


def test_bad_input_is_refused() -> None:
    model = CrossSell(min_customers=1)
    again = pd.concat([orders_of(BASKETS), orders_of({1: ["tea"]}, "2024-02-10")])
    with pytest.raises(
        NotEnoughDataError,
        match="need at least 1 customer who bought a product that could be recommended,",
    ):
        evaluate_recommendations(again, AS_OF, 10, model=model)
    with pytest.raises(DataError, match="the window ends on 2024-02-11, after the last order on"):
        evaluate_recommendations(again, AS_OF, 11, model=model)
