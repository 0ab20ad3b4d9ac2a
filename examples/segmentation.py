"""Who are my customers? Segments, clusters, stages and cohorts of CDNOW, and what they are worth.

Run it with `python examples/segmentation.py`; it reads the CDNOW orders that come with lifetimes.
With a folder (`python examples/segmentation.py pictures`) it also draws pictures there.
"""

import sys
from pathlib import Path

import pandas as pd

import cemkit.plots
from cemkit import (
    CustomerClusters,
    LifecycleStages,
    RFMSegmenter,
    choose_k,
    cohort_table,
    customer_table,
    evaluate_segments,
    load_cdnow,
    prepare_orders,
    segment_migration,
)
from cemkit.segmentation import future_amount

pd.set_option("display.width", 120)
pd.set_option("display.max_columns", 20)
pd.set_option("display.max_colwidth", 60)
pd.set_option("display.float_format", "{:,.2f}".format)

FEATURES = ["recency_days", "order_count", "total_amount"]


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def main(folder: Path | None = None) -> None:
    """Run every step once."""
    orders = prepare_orders(load_cdnow())
    customers = customer_table(orders, as_of="1997-09-30")
    spent = future_amount(orders, as_of="1997-09-30", window_days=182)

    heading("1. RFM segments, learnt on 1997-09-30")
    segmenter = RFMSegmenter().fit(customers)
    segments = segmenter.predict(customers)
    profile = segmenter.profile(customers)
    print(profile.drop(columns=[name for name in profile if name.startswith("mean_")]))

    heading("2. How many clusters are there?")
    count = choose_k(customers[FEATURES], range(1, 7), skew="log")
    print(count.sentence(), "\n")
    print(pd.Series(count.picks, name="picked").to_frame().T.to_string(), "\n")
    groups = count.convenient_cut or count.n_clusters
    clusters = CustomerClusters(groups, features=FEATURES, skew="log").fit(customers)
    described = clusters.profile(customers)
    print(described[["name", "customers", "revenue_share"]], "\n")
    rules = clusters.rules(customers, max_depth=2)
    print(rules.table.to_string(), "\n", rules.sentence())

    heading("3. Stages")
    stages = LifecycleStages().fit(customers)
    print(stages.profile(customers))

    heading("4. What each says about the next 182 days")
    answers = {
        "RFM segments": evaluate_segments(segments, spent),
        "clusters": evaluate_segments(clusters.add_to(customers)["cluster"], spent),
        "stages": evaluate_segments(stages.predict(customers), spent),
    }
    columns = ["segments", "variance_explained_adjusted", "rank_effect_size", "separation"]
    rows = {name: answer.to_dict() for name, answer in answers.items()}
    print(pd.DataFrame(rows).T[columns], "\n")
    print(answers["RFM segments"].sentence())

    heading("5. Who moved between segments until 1998-06-30")
    later = customer_table(orders, as_of="1998-06-30")
    moved = segment_migration(segments, segmenter.predict(later))
    print(moved.matrix().round(2), "\n")
    print(moved.sentence())

    heading("6. Cohorts by month of the first order")
    cohorts = cohort_table(orders, as_of="1998-06-30")
    print(cohorts.average().head(7), "\n")
    print(cohorts.sentence())

    if folder is not None:
        folder.mkdir(exist_ok=True)
        plots = cemkit.plots.segmentation
        pictures = {
            "rfm_heatmap": plots.rfm_heatmap(segmenter.transform(customers)),
            "segment_bars": plots.segment_bars(profile),
            "cluster_count": count.plot(),
            "cluster_profiles": plots.cluster_profiles(described),
            "cohort_table": cohorts.plot(),
            "segment_migration": moved.plot(),
        }
        for name, ax in pictures.items():
            ax.figure.savefig(folder / f"segmentation_{name}.png", dpi=80)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
