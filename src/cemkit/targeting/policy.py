"""policy_value: what a policy would have earned, from an experiment that did not follow it."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t

from cemkit.arrays import Floats
from cemkit.checks import (
    by_customer,
    check_columns,
    check_fraction,
    check_frame,
    check_list,
    check_same_ids,
    finite_values,
    meant,
    normal_ids,
)
from cemkit.checks.engine_tables import kind_of
from cemkit.checks.options import shown
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.results import Result
from cemkit.targeting.propensities import check_shares, propensity_column, stated_shares
from cemkit.targeting.treatment import group_codes, hashed_order, outcome_numbers

N_FOLDS = 5
LEAST_PER_FOLD = 2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PolicyValue(Result):
    """Value of a policy per customer, compared with each variant given to everyone.

    Attributes:
        value: Doubly robust estimate of the value, with `value_lower, value_upper`.
        ipw_value: Inverse-propensity estimate of the value, with `ipw_lower, ipw_upper`.
        best_constant: Variant with the highest value when everyone gets it.
        advantage: Value of the policy minus that of `best_constant`, with `advantage_lower,
            advantage_upper`.
        n, matched: Number of customers, and of those whose assigned variant is that of the policy.
        is_constant: Whether the policy gives every customer the same variant.
        table: One row for the policy and for each variant given to everyone: `policy, value,
            value_lower, value_upper, ipw_value, ipw_lower, ipw_upper, advantage, advantage_lower,
            advantage_upper`. The advantage is that of the policy over this row.

    Examples:
        >>> experiment = pd.DataFrame(
        ...     {
        ...         "customer_id": range(40),
        ...         "variant": ["none", "offer"] * 20,
        ...         "amount": [1.0, 2.0] * 20,
        ...     }
        ... )
        >>> policy_value(pd.Series("offer", index=range(40)), experiment, 0.5).best_constant
        'offer'
    """

    _pictures = ("targeting.policy_value",)

    value: float
    value_lower: float
    value_upper: float
    ipw_value: float
    ipw_lower: float
    ipw_upper: float
    best_constant: str
    advantage: float
    advantage_lower: float
    advantage_upper: float
    n: int
    matched: int
    is_constant: bool
    confidence_level: float
    table: pd.DataFrame

    @property
    def verdict(self) -> int:
        """Whether the policy is better than each variant for everyone (1), worse than one (-1).

        0 where the intervals of the advantages do not decide it.
        """
        better = (self.table["advantage_lower"].iloc[1:] > 0).all()
        return int(better) - int(self.advantage_upper < 0)

    @property
    def best_value(self) -> tuple[float, float, float]:
        """The value of the best variant given to everyone, with its bounds."""
        of_best = self.table["policy"] == f"everyone {self.best_constant}"
        value, lower, upper = (
            float(self.table.loc[of_best, name].iloc[0])
            for name in ("value", "value_lower", "value_upper")
        )
        return value, lower, upper


def policy_value(
    policy: pd.Series,
    experiment: pd.DataFrame,
    propensity: float | str | Mapping[Any, float],
    *,
    outcome: str = "amount",
    positive: Any = None,
    covariates: Iterable[str] = (),
    confidence_level: float = 0.95,
) -> PolicyValue:
    """Estimate what a policy would earn per customer, on a randomised hold-out.

    With w = 1 / propensity where the customer got what the policy says and 0 elsewhere, and q the
    expected outcome under the policy, a linear regression on the covariates within each variant,
    fitted on the other folds (the variant's mean where there are none):

        inverse propensity   sum(w * y) / sum(w)
        doubly robust        mean(q + w * (y - q))

    The intervals are Student's t intervals from the influence function. Each is for one comparison.
    The sentence calls the policy better only if its advantage over every single variant is above 0;
    otherwise it says that this is undecided.

    Args:
        policy: Series with the variant that the policy gives each customer of the experiment, by
            `customer_id`. The policy must not have been trained on these outcomes.
        experiment: Experiment table with `customer_id, variant`, the outcome and the covariates.
        propensity: Probability of the variant that each customer got: one number for an equal
            split, a dict by variant, or the name of a column.
        outcome: Column to maximise, such as `"amount"`. Costs of offers must be subtracted from it.
        positive: Label of the outcome that means success, if it holds two labels. None for numbers.
        covariates: Numeric columns known before the experiment, such as `["pre_amount"]`. They
            narrow the interval. Empty for no covariates.
        confidence_level: Confidence level of the intervals, as a fraction.

    Raises:
        ValueError: A propensity is not strictly between 0 and 1, or a variant has none.
        DataError: A customer of the experiment is not in the policy, the policy has a variant that
            is not in the experiment, or a column holds propensities of 0 or 1.
        NotEnoughDataError: A variant has too few customers for the folds.

    References:
        Dudík, Langford, Li (2011), Doubly robust policy evaluation and learning, ICML.

    Examples:
        >>> experiment = pd.DataFrame(
        ...     {
        ...         "customer_id": range(40),
        ...         "variant": ["none", "offer"] * 20,
        ...         "amount": [1.0, 2.0, 3.0, 1.0] * 10,
        ...     }
        ... )
        >>> policy = pd.Series(["offer", "offer", "none", "none"] * 10, index=range(40))
        >>> result = policy_value(policy, experiment, propensity=0.5)
        >>> result.ipw_value, result.matched
        (2.5, 20)
    """
    check_fraction(confidence_level, "confidence_level")
    covariates = [_name(name, "covariates") for name in check_list(covariates, "covariates")]
    experiment = by_customer(check_frame(experiment, "experiment"), "experiment")
    check_columns(experiment.columns, ["variant", _name(outcome, "outcome"), *covariates])
    # The folds go by a hash of the id, so the order of the rows does not matter.
    experiment = experiment.iloc[hashed_order(experiment.index)]
    variant, variants = _variants(experiment["variant"])
    target = _target(policy, experiment.index, variants)
    chance = _chances(propensity, experiment, variant, variants)
    y = outcome_numbers(experiment[outcome], outcome, positive)
    expected = _expected(variant, len(variants), y, _design(experiment, covariates))
    constants = [np.full(len(y), number) for number in range(len(variants))]
    estimates = [_estimate(t, variant, chance, y, expected) for t in (target, *constants)]
    names = ["policy", *(f"everyone {name}" for name in variants)]
    table = pd.DataFrame([_row(estimate, estimates[0], confidence_level) for estimate in estimates])
    table.insert(0, "policy", names)
    best = 1 + int(table["value"].iloc[1:].to_numpy().argmax())
    advantage = table.loc[best, ["advantage", "advantage_lower", "advantage_upper"]]
    values = table.loc[0].drop(["policy", *advantage.index])
    return PolicyValue(
        **{name: float(value) for name, value in (*values.items(), *advantage.items())},
        best_constant=str(variants[best - 1]),
        n=len(y),
        matched=int((target == variant).sum()),
        is_constant=bool((target == target[0]).all()),
        confidence_level=confidence_level,
        table=table,
    )


def _name(name: Any, argument: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"{argument} must name columns of experiment, not {shown(name)}")
    return name


@dataclasses.dataclass(frozen=True, slots=True)
class _Estimate:
    weight: Floats
    outcome: Floats
    robust: Floats  # each customer's part of the doubly robust value

    def inverse_propensity(self) -> tuple[float, float]:
        total = self.weight.sum()
        value = float(self.weight @ self.outcome / total)
        residual = self.weight * (self.outcome - value)
        return value, float(np.sqrt(residual @ residual) / total)

    def matched(self) -> int:
        return int(np.count_nonzero(self.weight))


def _estimate(
    target: npt.NDArray[np.intp],
    variant: npt.NDArray[np.intp],
    chance: Floats,
    outcome: Floats,
    expected: Floats,
) -> _Estimate:
    weight = np.where(target == variant, 1 / chance, 0.0)
    if np.count_nonzero(weight) < 2:
        raise NotEnoughDataError(
            "customers who got what the policy says", have=int(np.count_nonzero(weight)), need=2
        )
    model = expected[target, np.arange(len(outcome))]
    return _Estimate(weight, outcome, model + weight * (outcome - model))


def _row(estimate: _Estimate, policy: _Estimate, level: float) -> dict[str, float]:
    row = {}
    ipw, ipw_error = estimate.inverse_propensity()
    difference = policy.robust - estimate.robust
    quantities = {
        "value": (float(estimate.robust.mean()), _standard_error(estimate.robust)),
        "ipw": (ipw, ipw_error),
        "advantage": (float(difference.mean()), _standard_error(difference)),
    }
    fewest = min(estimate.matched(), policy.matched())
    quantile = float(t.ppf(0.5 + level / 2, fewest - 1))
    for name, (value, error) in quantities.items():
        row["ipw_value" if name == "ipw" else name] = value
        row[f"{name}_lower"] = value - quantile * error
        row[f"{name}_upper"] = value + quantile * error
    return row


def _standard_error(parts: Floats) -> float:
    return float(parts.std(ddof=1) / np.sqrt(len(parts)))


def _variants(column: pd.Series) -> tuple[npt.NDArray[np.intp], list[Any]]:
    codes, names = group_codes(column, "variant")
    counts = np.bincount(codes)
    if len(counts) < 2:
        raise NotEnoughDataError(
            "variants in the experiment",
            have=len(counts),
            need=2,
            hint="a policy can only be compared between variants",
        )
    if counts.min() < N_FOLDS * LEAST_PER_FOLD:
        raise NotEnoughDataError(
            f"customers with variant {names[int(counts.argmin())]!r}",
            have=int(counts.min()),
            need=N_FOLDS * LEAST_PER_FOLD,
        )
    return codes, names


def _target(policy: pd.Series, ids: pd.Index, variants: list[Any]) -> npt.NDArray[np.intp]:
    if not isinstance(policy, pd.Series):
        raise TypeError(f"policy must be a Series by customer_id, not {kind_of(policy)}")
    policy = policy.set_axis(normal_ids(policy.index, "the index of policy"))
    if not policy.index.is_unique:
        raise DataError("policy has repeated ids; give one variant per customer")
    check_same_ids(policy.index, ids, "policy", "experiment")
    missing = ids.difference(policy.index)
    if len(missing):
        raise DataError(
            f"{count_text(len(missing), 'customers of the experiment are')} not in the policy, "
            f"such as {missing.tolist()[0]!r}; say what they get, as in "
            "policy.reindex(ids, fill_value='control')"
        )
    try:
        target = pd.Index(variants).get_indexer(pd.Index(policy.loc[ids]))
    except TypeError as error:
        raise DataError(f"policy must hold variants such as {variants[0]!r}: {error}") from error
    if (target < 0).any():
        untried = policy.loc[ids].tolist()[int(np.argmax(target < 0))]
        raise DataError(
            f"the policy gives {untried!r}{meant(untried, variants)}, but the experiment "
            f"has only {variants}; use one of these"
        )
    return np.asarray(target, dtype=np.intp)


def _chances(
    propensity: float | str | Mapping[Any, float],
    experiment: pd.DataFrame,
    variant: npt.NDArray[np.intp],
    variants: list[Any],
) -> Floats:
    """The probability of what each customer got."""
    if isinstance(propensity, str):
        check_columns(experiment.columns, [propensity], "propensity names a column of experiment")
        return propensity_column(experiment[propensity])
    shares = stated_shares(propensity, variants, "variant")
    check_shares(np.bincount(variant), shares, variants)
    return shares[variant]


def _design(experiment: pd.DataFrame, covariates: Sequence[str]) -> Floats:
    columns = [finite_values(experiment[name], name) for name in covariates]
    scaled = [(c - c.mean()) / (c.std() or 1.0) for c in columns]
    return np.column_stack([np.ones(len(experiment)), *scaled])


def _expected(
    variant: npt.NDArray[np.intp], n_variants: int, outcome: Floats, design: Floats
) -> Floats:
    """Shape (variants, n): each customer's expected outcome, from the customers of other folds."""
    expected = np.empty((n_variants, len(outcome)))
    for number in range(n_variants):
        fold = np.empty(len(outcome), dtype=np.intp)
        for arm in (variant == number, variant != number):
            fold[arm] = np.arange(np.count_nonzero(arm)) % N_FOLDS
        for held_out in range(N_FOLDS):
            learnt = (variant == number) & (fold != held_out)
            coefficients, *_ = np.linalg.lstsq(design[learnt], outcome[learnt], rcond=None)
            expected[number, fold == held_out] = design[fold == held_out] @ coefficients
    return expected
