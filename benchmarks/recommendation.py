"""Next products: scored on Online Retail, and timed on many simulated customers and products.

`python benchmarks/recommendation.py retail` or `simulated` runs one of them. `retail` needs the
reference data: set CEMKIT_REFERENCE_DATA to the folder with `online_retail.parquet`. The peer of
`simulated` is the same cosine in sparse matrices of scipy; both must recommend the same products.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized, small
from scipy import sparse

from cemkit import CrossSell
from cemkit.recommendation import evaluate_recommendations

CUSTOMERS, PRODUCTS = sized(1_000_000, 2_000), sized(50_000, 300)
LINES = 10  # of each customer on average
ASKED = sized(5_000, 500)  # customers who are recommended something


def online_retail(folder: Path) -> pd.DataFrame:
    """Return the orders of known customers."""
    raw = pd.read_parquet(folder / "online_retail.parquet").dropna(subset=["CustomerID"])
    return pd.DataFrame(
        {
            "customer_id": raw["CustomerID"].astype(int),
            "order_date": pd.to_datetime(raw["InvoiceDate"]),
            "amount": raw["Quantity"] * raw["UnitPrice"],
            "product": raw["StockCode"],
        }
    )


def retail() -> None:
    """Report the row of Online Retail."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if not folder:
        sys.exit(print("CEMKIT_REFERENCE_DATA does not name the folder of reference data"))
    orders = online_retail(Path(folder)).iloc[:: 20 if small() else 1]
    model = CrossSell().fit(orders, as_of="2011-12-09")
    (seconds,) = in_turns(
        lambda: CrossSell().fit(orders, as_of="2011-12-09").recommend(k=10), rounds=3
    )
    report(
        "next products (`CrossSell`), fit and recommend 10",
        f"Online Retail, {len(model.customers_):,} customers, {len(model.products_):,} products",
        seconds,
        rows=len(orders),
        megabytes=peak_megabytes(),
        note=evaluate_recommendations(orders, "2011-09-09", window_days=91).sentence(),
    )


def simulated() -> None:
    """Report fit and recommendations of many customers and products; each call runs once."""
    orders = simulated_orders(CUSTOMERS, PRODUCTS)
    model, found = CrossSell(half_life_days=None), {}

    def hand_fit() -> None:
        found["weights"], found["products"] = by_hand(orders)
        found["similar"] = affinity(found["weights"])

    def recommend() -> None:
        found["ours"] = model.recommend(model.customers_[:ASKED], k=10)

    def hand_recommend() -> None:
        found["theirs"] = recommended(found["weights"], found["products"], found["similar"])

    fits = in_turns(lambda: model.fit(orders, as_of="2024-12-31"), hand_fit, rounds=0)
    asked = in_turns(recommend, hand_recommend, rounds=0)
    first = found["ours"][found["ours"]["rank"] == 1].set_index("customer_id")["product"]
    same = first.reindex(model.customers_[:ASKED]).to_numpy() == found["theirs"].to_numpy()
    kinds, lines = len(model.products_), len(orders)
    for job, (mine, peer), name in (
        ("fit", fits, "scipy's sparse matrices by hand"),
        (f"10 for each of {ASKED:,} customers", asked, "the best one by hand, from the same"),
    ):
        report(
            f"next products (`CrossSell`), {job}",
            f"{CUSTOMERS:,} customers, {kinds:,} products, {lines:,} order lines",
            mine,
            rows=lines,
            megabytes=peak_megabytes(),
            peer=name,
            peer_seconds=peer,
            agreed=bool(same.mean() > 0.999),  # ties may go another way
            note=f"One run. {100 * same.mean():.2f} % have the same best product. Memory of both.",
        )


def simulated_orders(customers: int, products: int) -> pd.DataFrame:
    """Return order lines whose products are as popular as 1 / sqrt(rank)."""
    rng = np.random.default_rng(0)
    n = customers * LINES
    popularity = 1 / np.sqrt(np.arange(1, products + 1))
    chosen = np.searchsorted(np.cumsum(popularity) / popularity.sum(), rng.random(n))
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, customers, n),
            "order_date": np.datetime64("2024-01-01") + rng.integers(0, 366, n),
            "amount": 1.0,
            "product": np.minimum(chosen, products - 1),
        }
    )


def by_hand(orders: pd.DataFrame) -> tuple[sparse.csr_array, pd.Index]:
    """Return who bought what, as a sparse matrix, and the products."""
    pairs = orders[["customer_id", "product"]].drop_duplicates()
    who = pd.factorize(pairs["customer_id"], sort=True)[0]
    what, products = pd.factorize(pairs["product"], sort=True)
    return sparse.csr_array((np.ones(len(pairs), np.float32), (who, what))), pd.Index(products)


def affinity(weights: sparse.csr_array) -> sparse.csr_array:
    """Return the cosine of all pairs of products, sparse."""
    length = np.sqrt(weights.sum(axis=0)).astype(np.float32)
    scaled = weights @ sparse.diags_array(1 / length).tocsr()
    similar = sparse.csr_array(scaled.T @ scaled)
    similar.setdiag(0)
    return similar


def recommended(
    weights: sparse.csr_array, products: pd.Index, similar: sparse.csr_array
) -> pd.Index:
    """Return the best product of each customer asked, among those not bought."""
    best = []
    for start in range(0, ASKED, 1_000):
        rows = weights[start : min(start + 1_000, ASKED)]
        scores = (rows @ similar).toarray()
        seen = rows.tocoo()
        scores[seen.row, seen.col] = -1
        best.append(scores.argmax(axis=1))
    return products[np.concatenate(best)]


PARTS = {"retail": retail, "simulated": simulated}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
