"""observational_effect: what a treatment did that nobody randomised, given what is known before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_choice,
    check_fraction,
    check_integer,
    check_number,
    check_random_state,
)
from cemkit.formats import apart, p_text, signed
from cemkit.impact.balance import balance_table
from cemkit.impact.compared_rows import Names, Rows, check_clusters, rows_of
from cemkit.impact.crossfitting import cross_fitted, repeated_folds
from cemkit.impact.doubly_robust import Effect, weighted_effect, weights_of
from cemkit.impact.learners import Learners, is_binary
from cemkit.impact.overlap import (
    Overlap,
    check_effective_size,
    check_overlap,
    effective_size,
    trimmed,
    trimming_bound,
)
from cemkit.impact.sensitivity import e_values
from cemkit.results import Result

MOST_REPEATS = 100

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationalEffect(Result):
    """Mean effect of a treatment that was not randomised, from `observational_effect`.

    Attributes:
        binary_outcome: Whether the outcome is 0 or 1, so that the effect is one on a share.
        estimand: `"att"` (of those treated) or `"ate"` (of all rows).
        effect: Effect in units of the outcome, over the rows kept for overlap.
        unadjusted_difference: The plain difference in means of all rows.
        treated_mean: Mean outcome with the treatment of those the effect is about.
        control_mean: Estimated mean outcome of the same rows without the treatment.
        incomplete_rows: Rows in which a covariate is missing, and so not adjusted for.
        n_clusters: Independent units kept: clusters, customers or rows.
        trim: Rows with a propensity below it, or above 1 minus it, are left out.
        left_out_treated: Treated rows left out because hardly anyone like them is in the other
            group.
        left_out_control: Other rows left out for the same reason.
        effective_controls: Effective sample size of the controls, in rows of equal weight.
        effective_treated: Effective sample size of the treated, in rows of equal weight.
        largest_difference_before: Largest standardised difference of a covariate, all rows.
        largest_difference_after: Largest standardised difference after trimming and weighting.
        e_value: How strongly (as a risk ratio) a confounder that is not among the covariates must
            be tied to both the treatment and the outcome to explain the effect away. That of
            numbers other than 0 and 1 is an approximation.
        e_value_bound: E-value of the bound nearer to 0; 1 if the interval contains 0.
        placebo_effect: The effect on the placebo outcome, None without one.
        table: Balance, on the index `covariate`: means of both groups and their standardised
            differences, before and after.
        propensities: For each row, on the index of the table: `treated`, `propensity` (by learners
            that did not see the row's cluster) and `kept`.

    Examples:
        >>> ObservationalEffect.__dataclass_fields__.keys() >= {"effect", "e_value"}
        True
    """

    _pictures = ("impact.balance", "impact.overlap")

    treatment: str
    outcome: str
    binary_outcome: bool
    estimand: str
    confidence_level: float
    effect: float
    effect_lower: float
    effect_upper: float
    standard_error: float
    p_value: float
    unadjusted_difference: float
    treated_mean: float
    control_mean: float
    n_treated: int
    n_control: int
    n_covariates: int
    incomplete_rows: int
    n_clusters: int
    trim: float
    left_out_treated: int
    left_out_control: int
    effective_treated: float
    effective_controls: float
    largest_difference_before: float
    largest_difference_after: float
    e_value: float
    e_value_bound: float
    placebo_outcome: str | None
    placebo_effect: float | None
    placebo_lower: float | None
    placebo_upper: float | None
    placebo_p_value: float | None
    table: pd.DataFrame
    propensities: pd.DataFrame

    @property
    def figures(self) -> dict[str, Any]:
        """The numbers of the sentence, each in the words it has in every language."""
        scale = 100 if self.binary_outcome else 1  # percentage points
        given = (self.effect, self.effect_lower, self.effect_upper)
        effect, *ends = signed(*(scale * number for number in given))
        strength = apart(self.e_value, self.e_value_bound, spec=".3g", unlike=(1.0,))
        return {
            "effect": effect,
            "ends": ends,
            "p": p_text(self.p_value),
            "out_treated": f"{self.left_out_treated:,}",
            "out_control": f"{self.left_out_control:,}",
            "n_treated": f"{self.n_treated:,}",
            "n_control": f"{self.n_control:,}",
            "incomplete": f"{self.incomplete_rows:,}",
            "strength": strength[0],
            "strength_bound": strength[1],
        }

    @property
    def placebo_figures(self) -> tuple[str, list[str]]:
        """The effect on the placebo outcome and its bounds, as text."""
        given = (self.placebo_effect, self.placebo_lower, self.placebo_upper)
        effect, *ends = signed(*(number for number in given if number is not None))
        return effect, ends

    @property
    def parts(self) -> list[str]:
        """The parts of the sentence, by their names in the catalogue."""
        is_detected = not self.effect_lower <= 0 <= self.effect_upper
        parts = ["detected" if is_detected else "not detected", self.estimand]
        if self.left_out_treated + self.left_out_control:
            parts.append("left out")
        if self.incomplete_rows:
            parts.append("incomplete")
        if is_detected and math.isfinite(self.e_value):
            parts.append("e-value")
        if self.placebo_lower is not None and self.placebo_upper is not None:
            holds_none = self.placebo_lower <= 0 <= self.placebo_upper
            parts.append("placebo holds" if holds_none else "placebo fails")
        return parts


def observational_effect(
    table: pd.DataFrame,
    treatment: str,
    outcome: str,
    covariates: Sequence[str],
    *,
    estimand: Literal["att", "ate"] = "att",
    placebo_outcome: str | None = None,
    cluster: str | None = None,
    estimator: Any = None,
    propensity_estimator: Any = None,
    trim: float | None = None,
    n_folds: int = 5,
    n_repeats: int = 5,
    confidence_level: float = 0.95,
    random_state: int = 0,
    positive: Any = None,
    treated: Any = None,
) -> ObservationalEffect:
    """Estimate the effect of a treatment that was not randomised, from comparable customers.

    Use it if some customers got or chose something (joined the programme, were called) and the
    table contains what made them differ before. Cross-fitted learners predict the treatment and the
    outcome from the covariates. Together they give a doubly robust estimate, which is consistent if
    either prediction is correct.

    It assumes that

    - the covariates contain everything that affected both the treatment and the outcome (no
      unmeasured confounders),
    - all covariates were known before the treatment, and
    - each kind of customer is in both groups (overlap).

    Only overlap can be checked in the data, and an error is raised where it fails. The E-value
    measures how strong an unmeasured confounder must be to explain the effect. An effect on a
    placebo outcome, which the treatment cannot have changed, reveals a confounder.

    Args:
        table: One row per customer, or several; `customer_id` may be a column or the index.
        treatment: Column with 1 or True for those treated, or the label `treated`.
        outcome: Column with the outcome after the treatment, such as `"amount"`.
        covariates: Columns known before the treatment: numbers, flags or categories. A missing
            number counts as the mean, with a further covariate that says it is missing; in these
            rows the number itself is not adjusted for.
        estimand: `"att"` for the effect on those treated, `"ate"` for that on all rows.
        placebo_outcome: Column that the treatment cannot have changed, such as an amount of the
            time before, and that is not among the covariates.
        cluster: Column whose values are independent, such as `"shop"`; each customer by default
            where `customer_id` repeats, and else each row.
        estimator: Any scikit-learn regressor of the outcome, or classifier of a 0/1 outcome. Ridge
            regression on scaled covariates by default, logistic regression of a 0/1 outcome.
        propensity_estimator: Any scikit-learn classifier with `predict_proba`, for the probability
            of treatment. Logistic regression by default.
        trim: Leave out rows with a propensity below it or above 1 minus it. By default 5 / (sqrt(n)
            ln n), at most 0.1 (Gruber and others 2022).
        n_folds: Number of folds of the cross-fitting; clusters stay whole.
        n_repeats: Number of random splits into folds; predictions are means over them, so that the
            effect depends less on the seed. Each costs as much as the first.
        confidence_level: Confidence level of the intervals, as a fraction.
        random_state: Seed of the folds, which do not depend on the order of the rows.
        positive: The label of the outcome that means success, where it holds two labels.
        treated: The label of the treatment that means treated, where it holds two labels.

    Returns:
        An `ObservationalEffect`.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: There is no overlap: more than 10 % of those the effect is about are left out, or
            those kept count for fewer than 20 rows of equal weight. Or a covariate cannot be used
            (dates, identifiers, too many levels), or the treatment is not one of two.
        NotEnoughDataError: Fewer than `n_folds` clusters are treated, or are not.

    With e the propensity, m1 and m0 the outcomes expected with and without the treatment, w = 1 / e
    and 1 / (1 - e) for the ATE, and 1 and e / (1 - e) for the ATT, each mean is that of m over
    those the effect is about, plus the mean of y - m over the rows of its group, weighted by w. The
    error comes from influence functions, summed by cluster; intervals are of t.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> past = rng.gamma(2, 50, 2000)
        >>> joined = rng.random(2000) < 1 / (1 + np.exp(2 - past / 50))
        >>> table = pd.DataFrame({"past": past, "joined": joined})
        >>> table["amount"] = past + 20 * joined + rng.normal(0, 10, 2000)
        >>> found = observational_effect(table, "joined", "amount", ["past"])
        >>> round(found.unadjusted_difference), round(found.effect)
        (90, 21)
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_choice(estimand, "estimand", ["att", "ate"])
    check_integer(n_folds, "n_folds", minimum=2)
    check_integer(n_repeats, "n_repeats", minimum=1, maximum=MOST_REPEATS)
    check_random_state(random_state)
    others = {"placebo": placebo_outcome, "cluster": cluster}
    names = Names.of(table, treatment, outcome, covariates, **others)
    rows = rows_of(table, names, positive=positive, treated=treated)
    check_clusters(rows.treated, rows.cluster, n_folds)
    splits = repeated_folds(rows.treated, rows.cluster, n_folds, n_repeats, random_state)
    learners = Learners.of(estimator, propensity_estimator)
    propensity = _propensity_of(rows, learners, splits)
    bound = trimming_bound(len(propensity)) if trim is None else _checked_trim(trim)
    study = _Study.of(rows, splits, propensity, bound, estimand=estimand, level=level)
    effect = study.effect(rows.outcome, learners, outcome)
    placebo = _placebo_effect(study, learners, placebo_outcome)
    return ObservationalEffect(
        treatment=treatment,
        outcome=outcome,
        placebo_outcome=placebo_outcome,
        estimand=estimand,
        confidence_level=level,
        n_covariates=len(names.covariates),
        trim=bound,
        propensities=_propensities(table, rows, propensity, study.overlap),
        **_effect_fields(effect),
        **_placebo_fields(placebo),
        **_strength_fields(effect, study),
        **_count_fields(study),
        **_balance_fields(study),
    )


def _propensity_of(rows: Rows, learners: Learners, splits: Places) -> Floats:
    """The probability of treatment of each row, by learners that did not see it."""
    return cross_fitted(
        learners.propensity,
        rows.features,
        rows.treated.astype(np.float64),
        splits,
        np.ones(len(rows.treated), dtype=bool),
        what="rows",
    )


def _placebo_effect(
    study: "_Study", learners: Learners, placebo_outcome: str | None
) -> Effect | None:
    """The effect on what the treatment cannot have changed, None without such an outcome."""
    if study.rows.placebo is None:
        return None
    return study.effect(study.rows.placebo, learners, str(placebo_outcome))


def _effect_fields(effect: Effect) -> dict[str, Any]:
    """The effect as the result has it."""
    return {
        "effect": effect.value,
        "effect_lower": effect.lower,
        "effect_upper": effect.upper,
        "standard_error": effect.error,
        "p_value": effect.p_value,
        "treated_mean": effect.treated_mean,
        "control_mean": effect.control_mean,
    }


def _placebo_fields(placebo: Effect | None) -> dict[str, Any]:
    """The effect on the placebo outcome as the result has it."""
    return {
        "placebo_effect": None if placebo is None else placebo.value,
        "placebo_lower": None if placebo is None else placebo.lower,
        "placebo_upper": None if placebo is None else placebo.upper,
        "placebo_p_value": None if placebo is None else placebo.p_value,
    }


def _strength_fields(effect: Effect, study: "_Study") -> dict[str, Any]:
    """How strong a confounder must be to explain the effect, and that its interval holds 0."""
    outcome, binary = study.rows.outcome, is_binary(study.rows.outcome)
    e_value, e_value_bound = e_values(
        effect.value,
        effect.lower,
        effect.upper,
        baseline=effect.control_mean,
        deviation=float(outcome[study.overlap.kept].std()),
        binary=binary,
    )
    return {"binary_outcome": binary, "e_value": e_value, "e_value_bound": e_value_bound}


def _count_fields(study: "_Study") -> dict[str, Any]:
    """Rows of both groups, those left out, and what those kept count for."""
    rows, kept = study.rows, study.overlap.kept
    treated, control = rows.treated, ~rows.treated
    return {
        "n_treated": int(treated.sum()),
        "n_control": int(control.sum()),
        "incomplete_rows": rows.incomplete,
        "n_clusters": len(np.unique(rows.cluster[kept])),
        "left_out_treated": int((treated & ~kept).sum()),
        "left_out_control": int((control & ~kept).sum()),
        "effective_treated": effective_size(study.weights[treated]),
        "effective_controls": effective_size(study.weights[control]),
    }


def _balance_fields(study: "_Study") -> dict[str, Any]:
    """How the groups differ, in the outcome and in what is known from before."""
    rows = study.rows
    balance = balance_table(rows.features, rows.terms, rows.treated, study.weights)
    means = [float(rows.outcome[arm].mean()) for arm in (rows.treated, ~rows.treated)]
    return {
        "unadjusted_difference": means[0] - means[1],
        "largest_difference_before": float(balance["difference_before"].abs().max()),
        "largest_difference_after": float(balance["difference_after"].abs().max()),
        "table": balance,
    }


class _Study(NamedTuple):
    """What outcomes are compared with: the rows kept, and their weights."""

    rows: Rows
    splits: Places  # shape (repeats, rows)
    weights: Floats
    overlap: Overlap
    estimand: str
    level: float

    @classmethod
    def of(
        cls,
        rows: Rows,
        splits: Places,
        propensity: Floats,
        bound: float,
        *,
        estimand: str,
        level: float,
    ) -> "_Study":
        """The rows within the bound, when they overlap enough, and what each of them weighs."""
        overlap = trimmed(propensity, bound)
        check_overlap(overlap, rows.treated, estimand)
        check_clusters(rows.treated[overlap.kept], rows.cluster[overlap.kept], 2)
        inner = weights_of(_inner(propensity), rows.treated, estimand)
        weights = np.where(overlap.kept, inner, 0.0)
        for arm, name in ((rows.treated, "treated"), (~rows.treated, "untreated")):
            check_effective_size(effective_size(weights[arm]), name)
        return cls(rows, splits, weights, overlap, estimand, level)

    def effect(self, outcome: Floats, learners: Learners, name: str) -> Effect:
        rows, kept = self.rows, self.overlap.kept
        learner = learners.of_outcome(outcome, name)
        models = [np.zeros(int(kept.sum())) for _ in range(2)]
        for place, arm in enumerate((rows.treated, ~rows.treated)):
            if place == 0 and self.estimand == "att":
                continue  # the outcome of those treated was seen
            models[place] = cross_fitted(
                learner,
                rows.features[kept],
                outcome[kept],
                self.splits[:, kept],
                arm[kept],
                what=f"{'treated' if place == 0 else 'untreated'} rows",
            )
        _, cluster = np.unique(rows.cluster[kept], return_inverse=True)
        return weighted_effect(
            outcome[kept],
            rows.treated[kept],
            self.weights[kept],
            (models[0], models[1]),
            cluster=cluster.reshape(-1),
            level=self.level,
            estimand=self.estimand,
        )


def _checked_trim(trim: float) -> float:
    number = check_number(trim, "trim", minimum=0)
    if number >= 0.5:
        raise ValueError(f"trim must be below 0.5, not {number:g}; at 0.5 no customer is left")
    return number


def _inner(propensity: Floats) -> Floats:
    """Propensities between 0 and 1, so that the weights of rows that are left out are finite."""
    return np.where((propensity > 0) & (propensity < 1), propensity, 0.5)


def _propensities(
    table: pd.DataFrame, rows: Rows, propensity: Floats, overlap: Overlap
) -> pd.DataFrame:
    """What each row got, in the order of the table."""
    back = np.argsort(rows.order)
    return pd.DataFrame(
        {
            "treated": rows.treated[back],
            "propensity": propensity[back],
            "kept": overlap.kept[back],
        },
        index=table.index,
    )
