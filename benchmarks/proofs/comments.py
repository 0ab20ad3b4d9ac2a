"""What is found in random groups of comments, how near adjusted counts are, and what is masked.

`python benchmarks/proofs/comments.py` prints the tables of comments.md; about 2 minutes on one
core. Needs the reference data: set CEMKIT_REFERENCE_DATA to the folder with the reviews.
"""

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import chi2

from cemkit.data import mask_personal_data
from cemkit.feedback import CommentSentiment, distinctive_terms, sentiment_shares
from cemkit.feedback.comments.terms import TermRules
from cemkit.proportions import adjust_p_values

REVIEWS = {
    "hotels": "hotel_reviews_zh",
    "takeaways": "takeaway_reviews_zh",
    "foods": "food_reviews_en",
}
RUNS = {"hotels": 10, "takeaways": 40, "foods": 20}
SPLITS = 3
NUMBERS = 10_000


def reviews(folder: Path, name: str) -> pd.DataFrame:
    """Return different comments with their label."""
    table = pd.read_parquet(folder / f"{REVIEWS[name]}.parquet")
    table = table.rename(columns={"review": "comment"})
    if "label" not in table:
        table["label"] = (table["score"] == "great").astype(int)
    return table[["comment", "label"]].dropna().drop_duplicates("comment")


def null_runs(table: pd.DataFrame, runs: int) -> tuple[float, float]:
    """Return how often a random fifth has a distinctive term: by comments, and by chi2 on words."""
    rng = np.random.default_rng(0)
    found = np.zeros(2)
    for _ in range(runs):
        chosen = table.sample(2000, random_state=int(rng.integers(2**31)))
        side = (rng.random(2000) < 0.2).astype(int)
        chosen = chosen.assign(side=side)
        found[0] += not distinctive_terms(chosen, group="side", first=0, second=1).table.empty
        words = CountVectorizer(analyzer=TermRules((2, 4), (1, 2)).terms, min_df=10)
        p_values = chi2(words.fit_transform(chosen["comment"]), side)[1]
        found[1] += (adjust_p_values(p_values, "benjamini-hochberg") < 0.05).any()
    return found[0] / runs, found[1] / runs


def shares(table: pd.DataFrame, split: int) -> pd.DataFrame:
    """Return true, mean, counted and adjusted shares of mixtures the model has not seen."""
    table = table.sample(frac=1, random_state=split)
    sides = [table[table["label"] == label] for label in (1, 0)]
    half = min(map(len, sides)) // 2
    learnt = pd.concat([side[:half] for side in sides])
    model = CommentSentiment(0, 1).fit(learnt["comment"], learnt["label"])
    rows = []
    for true in (0.1, 0.3, 0.7, 0.9):
        rest = [side[half:] for side in sides]
        n = min(len(rest[0]) / true, len(rest[1]) / (1 - true))
        mixed = pd.concat([rest[0][: round(n * true)], rest[1][: round(n * (1 - true))]])
        found = sentiment_shares(model, mixed).iloc[0]
        mean = model.predict_proba(mixed["comment"])[:, 1].mean()
        inside = found["lower"] <= true <= found["upper"]
        counted = found["counted"] / found["comments"]
        rows.append((true, mean, counted, found["share"], inside))
    return pd.DataFrame(rows, columns=["true", "mean probability", "counted", "adjusted", "inside"])


def digits(rng: np.random.Generator, count: int) -> str:
    """Return a random number of so many digits."""
    return str(rng.integers(1, 10)) + "".join(map(str, rng.integers(0, 10, count - 1)))


def isbn(rng: np.random.Generator) -> str:
    """Return a random ISBN-13."""
    body = "978" + "".join(map(str, rng.integers(0, 10, 9)))
    total = sum(int(digit) * (1 + 2 * (k % 2)) for k, digit in enumerate(body))
    return body + str(-total % 10)


OTHER_NUMBERS: dict[str, Callable[[np.random.Generator], str]] = {
    **{
        f"{n} digits": lambda rng, n=n: f"订单{digits(rng, n)}"
        for n in (10, 11, 12, 16, 18, 19, 20)
    },
    "ISBN-13": isbn,
    "dates and times": lambda rng: str(pd.Timestamp(int(rng.integers(10**18, 2 * 10**18)))),
    "prices": lambda rng: f"{rng.integers(1, 10**9) / 100:,.2f}元",
}


def main() -> None:
    """Print the tables."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if not folder:
        sys.exit(print("CEMKIT_REFERENCE_DATA does not name the folder of reference data"))
    warnings.simplefilter("ignore")
    tables = {name: reviews(Path(folder), name) for name in REVIEWS}
    print("Random groups with a distinctive term, of runs with 2,000 comments\n")
    print("| reviews | runs | distinctive_terms | chi2 on words |\n|---|---|---|---|")
    for name, table in tables.items():
        ours, theirs = null_runs(table, RUNS[name])
        print(f"| {name} | {RUNS[name]} | {ours:.3f} | {theirs:.3f} |", flush=True)
    print(f"\nShares of positive comments, trained at 50 %, mean of {SPLITS} splits\n")
    print("| reviews | true | mean probability | counted | adjusted | mean error | inside |")
    print("|---|---|---|---|---|---|---|")
    for name, table in tables.items():
        found = pd.concat([shares(table, split) for split in range(SPLITS)])
        found["mean error"] = (found["adjusted"] - found["true"]).abs()
        for true, row in found.groupby("true").mean().iterrows():
            ends = [*(f"{row[k]:.3f}" for k in found.columns[1:4]), f"{row['mean error']:.3f}"]
            print(f"| {name} | {true} | {' | '.join(ends)} | {row['inside']:.2f} |", flush=True)
    print(f"\nOther numbers that are masked, of {NUMBERS:,} random ones\n")
    print("| numbers | masked |\n|---|---|")
    rng = np.random.default_rng(0)
    for name, draw in OTHER_NUMBERS.items():
        texts = pd.Series([draw(rng) for _ in range(NUMBERS)])
        print(f"| {name} | {(mask_personal_data(texts) != texts).mean():.2%} |", flush=True)


if __name__ == "__main__":
    main()
