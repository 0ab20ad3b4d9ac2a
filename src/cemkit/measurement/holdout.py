"""holdout_effect: what a promotion did, from an experiment."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, check_fraction, check_frame, finite_values
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.measurement.effects import FloatArray, PromotionEffect, effect_from_draws

N_DRAWS = 4000


def holdout_effect(
    experiment: pd.DataFrame,
    *,
    control: object = "control",
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> PromotionEffect:
    """The effect of a promotion in an experiment: those who got it against those held out.

    The baseline is the mean amount of the hold-out for each customer treated; the intervals are
    those of differences of means with unequal variances.

    Args:
        experiment: `customer_id, variant, amount`, and `after_amount`, what each spent in the time
            after the promotion, where a dip is to be measured. Every variant but the control
            counts as treated.
        control: The variant that was held out.
        confidence_level: Of the intervals.
        random_state: Seed of the draws.

    Raises:
        MissingColumnsError: `variant` or `amount` is not there.
        DataError: A variant or an amount is missing.
        NotEnoughDataError: Fewer than two customers were treated or held out.

    Examples:
        >>> experiment = pd.DataFrame(
        ...     {
        ...         "variant": ["control"] * 50 + ["offer"] * 50,
        ...         "amount": [4.0, 6.0] * 25 + [7.0, 5.0] * 25,
        ...     }
        ... )
        >>> round(holdout_effect(experiment).lift, 3)
        0.2
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_frame(experiment, "experiment")
    check_columns(experiment.columns, ["variant", "amount"])
    missing = int(experiment["variant"].isna().sum())
    if missing:
        raise DataError(f"variant is missing in {missing:,} rows; leave them out, or name them")
    held_out = (experiment["variant"] == control).to_numpy(dtype=bool)
    counts = int((~held_out).sum()), int(held_out.sum())
    if min(counts) < 2:
        raise NotEnoughDataError(
            "customers treated and held out",
            have=min(counts),
            need=2,
            hint=f"{counts[0]:,} were treated and {counts[1]:,} are {control!r}",
        )
    generator = np.random.default_rng(random_state)
    spent = finite_values(experiment["amount"], "amount")
    lift, base = _difference_of_means(spent, held_out, generator)
    dip = np.zeros(N_DRAWS + 1)
    if "after_amount" in experiment:
        later = finite_values(experiment["after_amount"], "after_amount")
        dip, _ = _difference_of_means(later, held_out, generator)
    part = {
        "actual": np.full(N_DRAWS + 1, float(spent[~held_out].sum())),
        "baseline": base,
        "lift": lift,
        "dip": dip,
    }
    return effect_from_draws(
        {"hold-out": part}, method="hold-out", scale="additive", confidence_level=level
    )


def _difference_of_means(
    values: FloatArray, held_out: npt.NDArray[np.bool_], generator: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """The difference times those treated, and the baseline; the estimate first, then draws."""
    treated, control = values[~held_out], values[held_out]
    n = len(treated)
    means = n * treated.mean(), n * control.mean()
    errors = [n * group.std(ddof=1) / math.sqrt(len(group)) for group in (treated, control)]
    noise: FloatArray = np.vstack([np.zeros(2), generator.standard_normal((N_DRAWS, 2))])
    lift = means[0] - means[1] + noise @ np.array([errors[0], -errors[1]])
    return lift, means[0] - lift
