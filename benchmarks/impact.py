"""Placebos of detectable_lift against the whole analysis of each window, which people re-run."""

import time

import numpy as np
import pandas as pd
from rows import peak_megabytes, report

from cemkit.impact import detectable_lift, promotion_effect

SAMPLE = 15  # windows of the peer, scaled up


def sales() -> pd.Series:
    rng = np.random.default_rng(0)
    noise = np.zeros(156)
    for week in range(1, 156):
        noise[week] = 0.5 * noise[week - 1] + rng.normal(0, 0.06)
    return pd.Series(np.exp(7 + noise), pd.period_range("2021-01-04", periods=156, freq="W-SUN"))


def main() -> None:
    series = sales()
    detectable_lift(series, 7, after=2)  # warm-up
    start = time.process_time()
    found = detectable_lift(series, 7, after=2)
    ours = time.process_time() - start
    errors, start = [], time.process_time()
    rows = found.table.iloc[:: len(found.table) // SAMPLE]
    for row in rows.itertuples():
        end = row.start_date + pd.Timedelta(days=6)
        one = pd.DataFrame({"name": ["x"], "start_date": [row.start_date], "end_date": [end]})
        effect = promotion_effect(series, one, after=2, placebos=0)
        errors.append(np.log1p(effect.lift_upper) - np.log1p(effect.lift_lower))
    peer = (time.process_time() - start) / len(rows) * found.placebos
    # Both answers: a detectable lift is 2.8 standard errors, an interval is 3.9.
    ratio = np.log1p(rows["detectable_lift"]) / (2.82 * np.array(errors) / 3.95)
    assert 0.8 < ratio.median() < 1.25, ratio.median()
    report(
        f"`detectable_lift`, {found.placebos} placebos",
        "156 weeks, simulated",
        ours,
        megabytes=peak_megabytes(),
        peer=f"`promotion_effect` of each window, {SAMPLE} windows scaled up",
        peer_seconds=peer,
        agreed=True,
    )


if __name__ == "__main__":
    main()
