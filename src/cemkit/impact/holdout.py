"""holdout_effect: what a promotion did, from an experiment."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import stdtrit

from cemkit.arrays import Floats, symmetric_root
from cemkit.checks import (
    check_columns,
    check_fraction,
    check_frame,
    check_ids,
    check_list,
    check_random_state,
    check_spellings,
    finite_values,
    is_missing_text,
    meant,
    one_label_a_row,
)
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.experiments.covariates import adjusted_metric
from cemkit.experiments.effects import Effects, mean_metric
from cemkit.experiments.table import check_control
from cemkit.formats import count_text
from cemkit.impact.effects import PromotionEffect, effect_from_draws

N_DRAWS = 4000
OTHER_COSTS = ("gift_cost", "contact_cost")
OUTCOMES = {
    "amount",
    "after_amount",
    "converted",
    "orders",
    "variant",
    "discount_cost",
    *OTHER_COSTS,
}


def holdout_effect(
    experiment: pd.DataFrame,
    *,
    control: object = "control",
    covariates: str | Sequence[str] | None = None,
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> PromotionEffect:
    """Measure a promotion by comparing treated customers with a hold-out.

    The baseline is the mean amount of the hold-out, for each customer treated. The interval of the
    amount is Welch's and that of the relative lift Fieller's, as in `compare_variants`. The lift is
    missing if the mean of the hold-out is not clearly above 0. Covariates reduce the variance by
    CUPED.

    Args:
        experiment: `customer_id, variant, amount`, and `after_amount`, what each spent in the time
            after the promotion, where a dip is to be measured. Every variant but the control
            counts as treated. The realised costs that `audience_experiment` adds go into the
            effect, for `promotion_profit`.
        control: The variant that was held out.
        covariates: Columns from before the promotion, such as `pre_amount`; never what the
            promotion can change.
        confidence_level: Confidence level of the intervals, as a fraction.
        random_state: Seed of the random draws.

    Raises:
        MissingColumnsError: `variant` or `amount` is not there.
        DataError: A variant or an amount is missing, or a customer has several rows.
        NotEnoughDataError: Fewer than two customers were treated or held out.
        ValueError: A covariate is an outcome of the experiment.

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
    control = check_control(control)
    check_columns(experiment.columns, ["variant", "amount"])
    _check_variants(experiment)
    held_out = (experiment["variant"] == control).to_numpy(dtype=bool)
    counts = int((~held_out).sum()), int(held_out.sum())
    _check_counts(counts, control, experiment["variant"])
    generator = np.random.default_rng(check_random_state(random_state))
    columns = ["amount", *(["after_amount"] if "after_amount" in experiment else [])]
    spent = np.column_stack([finite_values(experiment[name], name) for name in columns])
    before = _covariate_values(experiment, covariates)
    found = _compared(spent[:, 0], before, held_out)
    adjusted = _adjusted(spent, before, held_out)
    treated, control_means = _mean_draws(adjusted[~held_out], adjusted[held_out], generator)
    effects = counts[0] * (treated - control_means)
    effects[1:, 0] = _as_welch(effects[:, 0], found, counts[0])
    actual = np.full(N_DRAWS + 1, float(spent[~held_out, 0].sum()))
    part = {
        "actual": actual,
        "baseline": actual - effects[:, 0],
        "lift": effects[:, 0],
        "dip": effects[:, 1] if len(columns) > 1 else np.zeros(N_DRAWS + 1),
        # Relative to the hold-out's own mean, whose error is not that of the difference.
        "whole": counts[0] * control_means[:, 0],
    }
    effect = effect_from_draws(
        {"holdout": part}, method="holdout", scale="additive", confidence_level=level
    )
    lift = _lift(found, level)
    return dataclasses.replace(
        effect,
        table=effect.table.assign(**lift),
        **lift,
        **_costs(experiment[~held_out]),
    )


def _check_variants(experiment: pd.DataFrame) -> None:
    """Raise where a row has no variant, a customer two rows, or a variant two spellings."""
    variants = experiment["variant"]
    missing = int((variants.isna() | variants.map(is_missing_text).astype(bool)).sum())
    if missing:
        raise DataError(
            f"variant is missing in {count_text(missing, 'rows')}; leave them out, or name them"
        )
    check_ids(experiment, "experiment")  # one draw each: a second row would add none
    with one_label_a_row("variant"):
        check_spellings(variants.unique(), "variant")


def _check_counts(counts: tuple[int, int], control: object, variants: pd.Series) -> None:
    """Raise where fewer than two customers were treated, or held out."""
    if min(counts) < 2:
        raise NotEnoughDataError(
            "customers treated and held out",
            have=min(counts),
            need=2,
            hint=f"{count_text(counts[0], 'were')} treated and "
            f"{count_text(counts[1], 'are')} {control!r}"
            + ("" if counts[1] else meant(control, variants.unique())),
        )


def _costs(treated: pd.DataFrame) -> dict[str, Any]:
    """What the offers cost, as far as the experiment says it."""
    found: dict[str, Any] = {}
    if "discount_cost" in treated:
        found["discount_cost"] = math.fsum(finite_values(treated["discount_cost"], "discount_cost"))
    there = [name for name in OTHER_COSTS if name in treated]
    if there:
        found["offer_cost"] = math.fsum(
            math.fsum(finite_values(treated[name], name)) for name in there
        )
    return found


def _covariate_values(experiment: pd.DataFrame, covariates: str | Sequence[str] | None) -> Floats:
    """The covariates, a column each; none where none were named."""
    given = (
        [covariates] if isinstance(covariates, str) else check_list(covariates or [], "covariates")
    )
    check_columns(experiment.columns, given)
    for name in given:
        if name in OUTCOMES:
            raise ValueError(
                f"covariate {name!r} is an outcome of the experiment, so adjusting for it "
                "would remove the effect; use a column from before it"
            )
    columns = [finite_values(experiment[name], name) for name in dict.fromkeys(given)]
    return np.column_stack(columns) if columns else np.empty((len(experiment), 0))


def _compared(amounts: Floats, before: Floats, held_out: npt.NDArray[np.bool_]) -> Effects:
    """The amounts of treated and held out, as `compare_variants` compares them."""
    names = ["amount", *(f"covariate {at}" for at in range(before.shape[1]))]
    columns: dict[str, float] = {}
    for side, group in (("", ~held_out), ("control ", held_out)):
        values = np.column_stack([amounts[group], before[group]])
        covariance = np.atleast_2d(np.cov(values, rowvar=False))
        columns[f"{side}rows"] = float(len(values))
        for i, one in enumerate(names):
            columns[f"{side}{one} mean"] = float(values[:, i].mean())
            columns[f"{side}{one} var"] = float(covariance[i, i])
            columns |= {
                f"{side}{one} {b} cov": float(covariance[i, j]) for j, b in enumerate(names)
            }
    pairs = pd.DataFrame([columns])
    return (
        adjusted_metric(pairs, "amount", names[1:]) if names[1:] else mean_metric(pairs, "amount")
    )


def _adjusted(spent: Floats, before: Floats, held_out: npt.NDArray[np.bool_]) -> Floats:
    """The amounts less what the covariates explain within the groups."""
    if not before.shape[1]:
        return spent
    within = [group - group.mean(axis=0) for group in (before[~held_out], before[held_out])]
    outcomes = [group - group.mean(axis=0) for group in (spent[~held_out], spent[held_out])]
    slopes = np.linalg.lstsq(np.vstack(within), np.vstack(outcomes), rcond=None)[0]
    return np.asarray(spent - (before - before.mean(axis=0)) @ slopes)


def _lift(found: Effects, level: float) -> dict[str, Any]:
    """The relative lift with Fieller's interval; missing without a hold-out clearly above 0."""
    critical = -stdtrit(found.degrees_of_freedom, (1 - level) / 2)
    _, _, lower, upper = (float(bound[0]) for bound in found.bounds(critical))
    if not math.isfinite(lower):
        return dict.fromkeys(("lift", "lift_lower", "lift_upper"), math.nan)
    lift = float(found.value[0] / found.control_value[0] - 1)
    return {"lift": lift, "lift_lower": lower, "lift_upper": upper}


def _as_welch(effects: Floats, found: Effects, treated: int) -> Floats:
    """The draws of the effect, in their order, moved to the quantiles of Welch's t."""
    if found.error[0] == 0:
        return effects[1:]
    # Percentiles of as many draws lie at these shares, so that they are exact.
    shares = np.clip(np.arange(N_DRAWS) / (N_DRAWS - 1), 0.5 / N_DRAWS, 1 - 0.5 / N_DRAWS)
    quantiles = stdtrit(found.degrees_of_freedom[0], shares)
    moved = np.empty(N_DRAWS)
    order = np.argsort(effects[1:], kind="stable")
    moved[order] = effects[0] + treated * found.error[0] * quantiles
    return moved


def _mean_draws(
    treated: Floats, held_out: Floats, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """The means of both groups, a column per amount: the estimates first, then draws."""
    means, errors, shares = [], [], []
    for group in (treated, held_out):
        covariance = np.atleast_2d(np.cov(group, rowvar=False)) / len(group)
        normal = generator.standard_normal((N_DRAWS, len(covariance)))
        means.append(group.mean(axis=0))
        errors.append(normal @ symmetric_root(covariance))
        shares.append((covariance[0, 0], len(group) - 1))
    variance = sum(share for share, _ in shares)
    spread = sum(share**2 / degrees for share, degrees in shares)
    scale = np.ones((N_DRAWS, 1))
    if spread > 0:
        degrees = variance**2 / spread
        scale = np.sqrt(degrees / generator.chisquare(degrees, (N_DRAWS, 1)))
    first, second = (
        np.vstack([mean, mean + scale * error]) for mean, error in zip(means, errors, strict=True)
    )
    return first, second
