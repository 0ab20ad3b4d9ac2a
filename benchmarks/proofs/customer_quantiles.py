"""Coverage of quantiles of single customers, and of intervals of totals, by simulated shops.

Run from the repository: `python benchmarks/proofs/customer_quantiles.py [shops] [file]`; it writes
its table to the file after each shop. That of the last run is in
`benchmarks/proofs/customer_quantiles.md`. Each shop has 1,000 customers who joined
over 100 days and are seen for 200 to 300 days, drawn purchase by purchase from known parameters; a
model is fitted to what was seen, and asked about the next 180 days. `purchases p90` is the share of
customers who buy at most (spend at most) their 0.9 quantile: at least 0.9, as counts are discrete.
`distance` is the mean distance of Kolmogorov between the randomised probability integral transform
and the uniform distribution; for 1,000 customers it is 0.027 by chance alone. The interval of the
total adds the chance of single customers and the errors of the parameters.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit import BetaGeoModel, CustomerLifetimeValue, GammaGammaModel, ParetoNBDModel
from cemkit.clv import ModifiedBetaGeoModel
from cemkit.clv.purchases.predictive import purchase_chances
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.clv.purchases.uncertainty import _slope, covariance_moves
from cemkit.errors import CemkitWarning

CUSTOMERS, HORIZON, LEVELS = 1_000, 180, [0.5, 0.8, 0.9, 0.95]
P, Q, GAMMA = 4.0, 4.5, 25.0
TRUTHS = (
    ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.61, beta=82),
    BetaGeoModel.from_parameters(r=0.6, alpha=40, a=0.79, b=2.43),
    ModifiedBetaGeoModel.from_parameters(r=0.6, alpha=40, a=0.79, b=2.43),
)


def shop(truth: PurchaseModel, random: np.random.Generator) -> pd.DataFrame:
    """Customers with their past, and their purchases and spend in the horizon."""
    n, theta = CUSTOMERS, dict(truth.params_)
    tenure = random.uniform(200, 300, n)
    rate = random.gamma(theta["r"], 1 / theta["alpha"], n)
    life, leaves = np.full(n, np.inf), np.zeros(n)
    if "s" in theta:
        life = random.standard_exponential(n) / random.gamma(theta["s"], 1 / theta["beta"], n)
    else:
        leaves = random.beta(theta["a"], theta["b"], n)
        if isinstance(truth, ModifiedBetaGeoModel):
            life[random.random(n) < leaves] = 0.0
    own = random.gamma(Q, 1 / GAMMA, n)
    x, later, last, now, spent, earlier = np.zeros((6, n))
    going = np.arange(n)
    while len(going):
        now[going] += random.exponential(1 / rate[going])
        going = going[now[going] < np.minimum(life[going], tenure[going] + HORIZON)]
        past, amount = now[going] <= tenure[going], random.gamma(P, 1 / own[going])
        x[going] += past
        later[going] += ~past
        earlier[going] += past * amount
        spent[going] += ~past * amount
        last[going] = np.where(past, now[going], last[going])
        going = going[random.random(len(going)) >= leaves[going]]
    return pd.DataFrame(
        {
            "repeat_count": x,
            "recency_days": tenure - last,
            "tenure_days": tenure,
            "repeat_mean_amount": np.where(x > 0, earlier / np.maximum(x, 1), 0.0),
            "later": later,
            "spent": spent,
        }
    )


def total_covered(model: PurchaseModel, table: pd.DataFrame) -> float:
    """Whether the purchases of all lie in their 95 % interval; missing without errors."""
    if model.standard_errors_.isna().any():
        return np.nan
    histories = model._read(table)

    def total(at: PurchaseModel) -> np.ndarray:
        return np.array([histories.counts @ at._expected(histories, 0.0, HORIZON)])

    chance = histories.counts @ purchase_chances(model, histories, HORIZON).variance()
    errors = sum(_slope(model, total, move)[0] ** 2 for move in covariance_moves(model))
    return abs(table["later"].sum() - total(model)[0]) <= 1.96 * np.sqrt(chance + errors)


def transform_distance(
    model: PurchaseModel, table: pd.DataFrame, random: np.random.Generator
) -> float:
    """Distance of Kolmogorov of the randomised transform from the uniform distribution."""
    histories = model._read(table)
    chances, later = purchase_chances(model, histories, HORIZON), table["later"].astype(int)
    at_least = np.stack([chances.at_least(n) for n in range(later.max() + 2)], axis=1)
    above, here = (at_least[histories.row, later + more] for more in (1, 0))
    transform = np.sort(above + random.random(len(table)) * (here - above))
    return float(np.abs(transform - np.arange(1, len(table) + 1) / len(table)).max())


def one_shop(truth: PurchaseModel, seed: int) -> dict[str, float]:
    random = np.random.default_rng(seed)
    table = shop(truth, random)
    value = CustomerLifetimeValue(type(truth)(), GammaGammaModel(), horizon_days=HORIZON).fit(table)
    model = value.purchases_
    bought = model.purchase_quantiles(table, HORIZON, LEVELS).to_numpy()
    spent = value.spend_quantiles(table, LEVELS).to_numpy()
    found = {"distance": transform_distance(model, table, random)}
    for at, level in enumerate(LEVELS):
        found[f"purchases p{100 * level:.0f}"] = (table["later"] <= bought[:, at]).mean()
        found[f"spend p{100 * level:.0f}"] = (table["spent"] <= spent[:, at]).mean()
    return found | {"total covered": total_covered(model, table)}


def report(rows: dict[str, list[dict[str, float]]]) -> str:
    """Means over the shops of each model, as Markdown."""
    tables = {name: pd.DataFrame(found) for name, found in rows.items()}
    table = pd.DataFrame({name: found.mean() for name, found in tables.items()})
    shops = len(next(iter(tables.values())))
    lines = [
        "Quantiles of single customers and intervals of totals; written by",
        "`benchmarks/proofs/customer_quantiles.py`. Distances of 0.027 come by chance alone.",
        "",
        f"{shops:,} shops of {CUSTOMERS:,} customers for each model, {HORIZON} days ahead",
        "",
        "| mean over shops | " + " | ".join(table) + " |",
        "|---" * (len(tables) + 1) + "|",
    ]
    for name, cells in table.iterrows():
        lines.append(f"| {name} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    identified = [str(found["total covered"].notna().sum()) for found in tables.values()]
    lines.append("| shops with errors of all parameters | " + " | ".join(identified) + " |")
    return "\n".join(lines) + "\n"


def main(shops: int, file: str | None) -> None:
    """Print one column per model, and keep the table in a file as it grows."""
    warnings.simplefilter("ignore", CemkitWarning)
    rows: dict[str, list[dict[str, float]]] = {truth.display_name: [] for truth in TRUTHS}
    for seed in range(shops):
        for truth in TRUTHS:
            rows[truth.display_name].append(one_shop(truth, seed))
        if file is not None:
            Path(file).write_text(report(rows), encoding="utf-8")
    print(report(rows))


if __name__ == "__main__":
    shops, table = [*sys.argv[1:], None, None][:2]
    main(int(shops or 1_000), table)
