"""Confidence sequences for means: they hold at every look together, and one look is worth less."""

import numpy as np
import pandas as pd
import pytest

from cemkit import compare_variants
from cemkit.experiments import always_valid_interval

LOOKS = np.arange(200, 4001, 50)


@pytest.mark.parametrize("kind", ["normal", "gamma"])
def test_all_looks_together_cover(kind) -> None:
    # 600 sequences of 77 looks; usual intervals miss the mean at some look in a third of them.
    rng, missed, usual = np.random.default_rng(0), [], []
    for _ in range(600):
        values = rng.normal(2, 3, 4000) if kind == "normal" else rng.gamma(1, 2, 4000)
        mean = np.cumsum(values)[LOOKS - 1] / LOOKS
        deviation = np.sqrt(np.cumsum(values**2)[LOOKS - 1] / LOOKS - mean**2)
        lower, upper = always_valid_interval(mean, deviation, LOOKS)
        missed.append(((lower > 2) | (upper < 2)).any())
        usual.append((np.abs(mean - 2) > 1.96 * deviation / np.sqrt(LOOKS)).any())
    assert np.mean(missed) < 0.05
    assert np.mean(usual) > 0.2


def test_the_read_out_has_these_intervals() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"variant": np.repeat(["A", "B"], [400, 600]), "x": rng.gamma(2, 5, 1000)})
    row = compare_variants(data, {"x": "mean"}, "A", looks="any").table.iloc[0]
    n = 400 * 600 / 1000
    variances = data.groupby("variant")["x"].var()
    deviation = np.sqrt(n * (variances["A"] / 400 + variances["B"] / 600))
    lower, upper = always_valid_interval(row["difference"], deviation, n)
    assert row["difference_lower"] == pytest.approx(float(lower))
    assert row["difference_upper"] == pytest.approx(float(upper))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, -1.0, 10), "standard_deviation must not be negative, not -1"),
        ((1.0, 1.0, 0), "n must be above 0, not 0"),
        ((1.0, 0.0, 1), "all values so far are equal"),
        ((1.0, [1.0, 0.0], [10, 20]), "all values so far are equal"),
        (([1.0, 2.0, 3.0], 4.0, [10, 20]), r"shapes \(3,\), \(\) and \(2,\); give one value"),
    ],
)
def test_bad_input(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        always_valid_interval(*arguments)
