"""How well an uplift score ranks: the uplift curve and the Qini score, with their uncertainty."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm

from cemkit.checks import check_choice, check_fraction, check_integer, finite_values
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.results import Language, Result

Floats = npt.NDArray[np.float64]
SHARES = np.linspace(0, 1, 101)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UpliftCurve(Result):
    """What treating the highest scores first brings.

    Attributes:
        average_uplift: The end of the curve: the effect of treating everyone, per customer.
        n, treated: Customers, and those treated.
        table: `share` of customers, highest scores first; `incremental`, the outcomes that treating
            them adds, per customer of the whole, with `incremental_lower, incremental_upper`
            (pointwise); `random`, the same for a random order.

    Examples:
        >>> curve = uplift_curve([2, 1, 2, 1], outcome=[1, 0, 0, 0], treatment=[1, 1, 0, 0])
        >>> curve.average_uplift
        0.5
    """

    average_uplift: float
    n: int
    treated: int
    confidence_level: float
    table: pd.DataFrame


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class QiniScore(Result):
    """How much better than random a score ranks customers by uplift.

    Attributes:
        qini: 1 for the order that knew every outcome, 0 for a random one, below 0 for worse; with
            `qini_lower, qini_upper`.
        p_value: Of the null hypothesis that the order is random, against a better one.
        n, treated: Customers, and those treated.

    Examples:
        >>> score = qini_score([2, 1, 2, 1], outcome=[1, 0, 0, 0], treatment=[1, 1, 0, 0])
        >>> round(score.qini, 4)
        0.6667
    """

    qini: float
    qini_lower: float
    qini_upper: float
    p_value: float
    n: int
    treated: int
    confidence_level: float

    def sentence(self, language: Language = "en") -> str:
        """The verdict in words."""
        check_choice(language, "language", ["en", "zh"])
        better = self.p_value < 1 - self.confidence_level
        if language == "zh":
            verdict = "优于随机排序" if better else "未检测到优于随机排序"
            return (
                f"Qini 为 {self.qini:.3f}（{self.confidence_level:.0%} 区间 "
                f"{self.qini_lower:.3f} 至 {self.qini_upper:.3f}，"
                f"p = {self.p_value:.3g}）：{verdict}。"
            )
        verdict = "better than a random order" if better else "no better order than random detected"
        return (
            f"Qini {self.qini:.3f} ({self.confidence_level:.0%} interval {self.qini_lower:.3f} to "
            f"{self.qini_upper:.3f}, p = {self.p_value:.3g}): {verdict}."
        )


def uplift_curve(
    uplift: Any,
    outcome: Any,
    treatment: Any,
    *,
    n_resamples: int = 500,
    confidence_level: float = 0.95,
    random_state: int = 0,
    progress: bool = False,
) -> UpliftCurve:
    """The outcomes gained by treating the highest uplift scores first.

    Among those whose score is at least that of a share of customers, with Y1, N1 the outcomes and
    number of treated ones and Y0, N0 of the others,

        incremental = (Y1 - Y0 * N1 / N0) / (number of treated customers in all)

    (Y0 counts as 0 while N0 is 0). Customers of equal score count at once, and the curve runs
    straight across them, so neither the order of rows nor that of ties matters. The bounds come
    from resampling customers within each arm.

    Args:
        uplift: The score of each customer; take it from customers the model did not learn from.
        outcome: What they did, such as `converted` or `amount`. Series must hold the same ids.
        treatment: 1 or True for those treated, who were so at random.
        n_resamples: Bootstrap samples.
        confidence_level: Of the bounds.
        random_state: Seed of the samples.
        progress: Whether to show a progress bar.

    Returns:
        The curve at 0, 1, ..., 100 % of the customers.

    Raises:
        DataError: The inputs differ in length or ids, or hold missing values.
        NotEnoughDataError: Nobody was treated, or everybody.

    References:
        Radcliffe (2007), Using control groups to target on predicted lift, Direct Marketing
        Analytics Journal.

    Examples:
        >>> curve = uplift_curve([2, 1, 2, 1], outcome=[1, 0, 0, 0], treatment=[1, 1, 0, 0])
        >>> curve.table.loc[50, ["share", "incremental", "random"]].tolist()
        [0.5, 0.5, 0.25]
    """
    check_fraction(confidence_level, "confidence_level")
    ranked = _ranked(uplift, outcome, treatment)
    curve = np.interp(SHARES, *_curve(ranked, np.ones(len(ranked.outcome))))
    weights = _bootstrap(ranked, n_resamples, random_state, progress)
    samples = np.array([np.interp(SHARES, *_curve(ranked, weight)) for weight in weights])
    tail = (1 - confidence_level) / 2
    lower, upper = np.quantile(samples, [tail, 1 - tail], axis=0)
    table = {
        "share": SHARES,
        "incremental": curve,
        "incremental_lower": lower,
        "incremental_upper": upper,
        "random": SHARES * curve[-1],
    }
    return UpliftCurve(
        average_uplift=float(curve[-1]),
        n=len(ranked.outcome),
        treated=int(ranked.treated.sum()),
        confidence_level=confidence_level,
        table=pd.DataFrame(table),
    )


def qini_score(
    uplift: Any,
    outcome: Any,
    treatment: Any,
    *,
    n_resamples: int = 999,
    confidence_level: float = 0.95,
    random_state: int = 0,
    progress: bool = False,
) -> QiniScore:
    """The Qini score of an uplift ranking, its interval, and a test against a random order.

    The area between the curve of `uplift_curve` and the straight line, as a fraction of that area
    for the order that knows the outcomes (treated customers by outcome from the highest, then the
    others by outcome from the lowest). The interval resamples the customers within each arm, with
    that latter area held; the test permutes the scores among the customers, so its p value is
    exact whatever the outcome's distribution.

    Args:
        uplift: The score of each customer; take it from customers the model did not learn from.
        outcome: What they did. Series must hold the same ids.
        treatment: 1 or True for those treated, who were so at random.
        n_resamples: Bootstrap samples, and permutations.
        confidence_level: Of the interval.
        random_state: Seed of both.
        progress: Whether to show a progress bar.

    Raises:
        DataError: The inputs differ in length or ids, hold missing values, or the order that knows
            the outcomes is no better than random.
        NotEnoughDataError: Nobody was treated, or everybody.

    References:
        Radcliffe (2007); the normalisation is scikit-uplift's `qini_auc_score`.

    Examples:
        >>> score = [0, 0.1, 0.2, 0.3, 0.4] * 2
        >>> outcome = [0, 0, 0, 0, 1, 0, 0, 1, 1, 1]
        >>> round(qini_score(score, outcome, treatment=[0] * 5 + [1] * 5).qini, 6)
        0.133333
    """
    check_fraction(confidence_level, "confidence_level")
    ranked = _ranked(uplift, outcome, treatment)
    ones = np.ones(len(ranked.outcome))
    area = _area(ranked, ones)
    known = _area(_perfect(ranked), ones)
    if not known > 0:
        raise DataError(
            "the order that knows these outcomes is no better than random (are they all 0, or "
            "negative?), so a Qini score says nothing"
        )
    weights = _bootstrap(ranked, n_resamples, random_state, progress)
    areas = np.array([_area(ranked, weight) for weight in weights]) / known
    tail = (1 - confidence_level) / 2
    lower, upper = np.quantile(areas, [tail, 1 - tail])
    shuffled = np.array([_area(one, ones) for one in _shuffled(ranked, n_resamples, random_state)])
    as_good = np.count_nonzero(shuffled >= area - 1e-12 * known)
    return QiniScore(
        qini=area / known,
        qini_lower=float(lower),
        qini_upper=float(upper),
        p_value=float((1 + as_good) / (1 + n_resamples)),
        n=len(ranked.outcome),
        treated=int(ranked.treated.sum()),
        confidence_level=confidence_level,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Ranked:
    """Customers from the highest score down; `ends` are the last rows of equal scores."""

    outcome: Floats
    treated: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.intp]


def _ranked(uplift: Any, outcome: Any, treatment: Any) -> _Ranked:
    score, y, t = _aligned(uplift, outcome, treatment)
    if not np.isin(t, (0, 1)).all():
        raise DataError(f"treatment must be 0 or 1, not {t[~np.isin(t, (0, 1))][0]:g}")
    for group, arm in (("untreated", 0), ("treated", 1)):
        if not (t == arm).any():
            raise NotEnoughDataError(
                f"{group} customers", have=0, need=1, hint="uplift compares the two groups"
            )
    return _by_score(score, y, t == 1)


def _by_score(score: Floats, outcome: Floats, treated: npt.NDArray[np.bool_]) -> _Ranked:
    # Rows equal in all three are interchangeable, so resampling sees no order of the rows either.
    order = np.lexsort((outcome, treated, -score))
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    return _Ranked(outcome[order], treated[order], ends)


def _perfect(ranked: _Ranked) -> _Ranked:
    signed = np.where(ranked.treated, ranked.outcome, -ranked.outcome)
    return _by_score(signed, ranked.outcome, ranked.treated)


def _aligned(uplift: Any, outcome: Any, treatment: Any) -> tuple[Floats, Floats, Floats]:
    named = {"uplift": uplift, "outcome": outcome, "treatment": treatment}
    others = [values.index for values in (outcome, treatment) if isinstance(values, pd.Series)]
    if not isinstance(uplift, pd.Series) and len(others) == 2 and not others[0].equals(others[1]):
        raise DataError(
            "outcome and treatment hold different ids, or in another order, and uplift has none to "
            "match them by; give uplift as a Series by customer_id"
        )
    columns = {}
    for name, values in named.items():
        series = values if isinstance(values, pd.Series) else pd.Series(np.asarray(values).ravel())
        if isinstance(values, pd.Series) and isinstance(uplift, pd.Series):
            series = _same_ids(uplift, values, name)
        numeric = series.astype(float) if pd.api.types.is_bool_dtype(series.dtype) else series
        columns[name] = finite_values(numeric, name)
        if len(columns[name]) != len(columns["uplift"]):
            raise DataError(
                f"uplift has {len(columns['uplift'])} values but {name} has {len(series)}"
            )
    return columns["uplift"], columns["outcome"], columns["treatment"]


def _same_ids(uplift: pd.Series, values: pd.Series, name: str) -> pd.Series:
    if values.index.equals(uplift.index):
        return values
    both_unique = uplift.index.is_unique and values.index.is_unique
    if not both_unique or len(values) != len(uplift) or not values.index.isin(uplift.index).all():
        raise DataError(f"uplift and {name} must hold the same ids, each once")
    return values.loc[uplift.index]


def _curve(ranked: _Ranked, weight: Floats) -> tuple[Floats, Floats]:
    """Share of the customers, and incremental outcome, at the end of each run of equal scores."""
    treated = weight * ranked.treated
    other = weight - treated
    n1, n0, y1, y0 = (
        np.cumsum(values)[ranked.ends]
        for values in (treated, other, treated * ranked.outcome, other * ranked.outcome)
    )
    per_treated = np.divide(n1, n0, out=np.zeros_like(n1), where=n0 > 0)
    gained = (y1 - y0 * per_treated) / n1[-1]
    share = (n1 + n0) / (n1[-1] + n0[-1])
    return np.append(0.0, share), np.append(0.0, gained)


def _area(ranked: _Ranked, weight: Floats) -> float:
    share, gained = _curve(ranked, weight)
    trapezoids = (gained[1:] + gained[:-1]) / 2
    return float(trapezoids @ np.diff(share) - gained[-1] / 2)


def _bootstrap(
    ranked: _Ranked, n_resamples: int, random_state: int, progress: bool
) -> Iterator[Floats]:
    check_integer(n_resamples, "n_resamples", minimum=1)
    rng = np.random.default_rng(random_state)
    arms = [np.flatnonzero(ranked.treated), np.flatnonzero(~ranked.treated)]
    for _ in tqdm(range(n_resamples), disable=not progress, desc="resamples"):
        weight = np.zeros(len(ranked.outcome))
        for arm in arms:
            weight[arm] = np.bincount(rng.integers(0, len(arm), len(arm)), minlength=len(arm))
        yield weight


def _shuffled(ranked: _Ranked, n_resamples: int, random_state: int) -> Iterator[_Ranked]:
    rng = np.random.default_rng(random_state)
    for _ in range(n_resamples):
        order = rng.permutation(len(ranked.outcome))
        yield _Ranked(ranked.outcome[order], ranked.treated[order], ranked.ends)
