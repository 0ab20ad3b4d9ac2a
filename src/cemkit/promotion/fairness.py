"""selection_parity: whether the customers of every group are selected alike."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, check_fraction, check_spellings, meant
from cemkit.checks.options import shown
from cemkit.data.columns import distinct_values
from cemkit.errors import NotEnoughDataError
from cemkit.promotion.audience import Audience
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.proportions.score import koopman


def selection_parity(
    audience: Audience, by: str, *, reference: object = None, confidence_level: float = 0.95
) -> pd.DataFrame:
    """Return the selection rate of each group, and its ratio to that of a reference group.

    A customer is selected if at least one action is kept. The hold-out is random and counts as not
    selected, in every group alike.

    Args:
        audience: Result of `build_audience`.
        by: Column of its people that defines the groups, such as a legally protected attribute.
            Missing values are a group.
        reference: Group to compare with; None for the largest group. A comparison with the group
            selected most often would show differences even where there is only chance.
        confidence_level: Confidence level of the intervals, as a fraction.

    Returns:
        One row per group: `customers, selected`; `selection_rate` with its Wilson interval
        `selection_rate_lower, selection_rate_upper`; `ratio` to the reference group's rate with its
        score interval `ratio_lower, ratio_upper`, all 1 for the reference group. Under the
        four-fifths rule of US employment law, a lowest rate below 0.8 of the highest needs an
        explanation.

    Raises:
        TypeError: The audience is not a result of `build_audience`.
        MissingColumnsError: The people lack the column.
        ValueError: There is no such group.
        NotEnoughDataError: Nobody of the reference group is selected.

    References:
        Wilson (1927), JASA 22. Koopman (1984), Confidence intervals for the ratio of two binomial
        proportions, Biometrics 40.

    Examples:
        >>> from cemkit import build_audience
        >>> people = pd.DataFrame({"customer_id": range(4), "region": list("NNSS")})
        >>> actions = pd.DataFrame({"customer_id": [0, 1, 2], "action": "greet"})
        >>> actions = actions.assign(channel="sms", purpose="marketing")
        >>> consent = actions.assign(granted=True, since=pd.Timestamp("2024-01-01"))
        >>> audience = build_audience(
        ...     actions=actions, people=people, consent=consent, as_of="2024-01-31"
        ... )
        >>> selection_parity(audience, "region", reference="N")[["customers", "selected", "ratio"]]
                customers  selected  ratio
        region
        N               2         2    1.0
        S               2         1    0.5
    """
    if not isinstance(audience, Audience):
        raise TypeError(f"audience must be a result of build_audience, not {shown(audience)}")
    if not isinstance(by, str | int):
        raise TypeError(f"by must name a column of the people, not {shown(by)}")
    level = check_fraction(confidence_level, "confidence_level")
    check_columns(audience.people.columns, [by], "add it to the people of build_audience")
    chosen = audience.selected().get_indexer(audience.people.index) >= 0
    selected = pd.Series(chosen, name="selected")
    labels = audience.people[by].reset_index(drop=True)
    check_spellings(distinct_values(labels, str(by))[1], str(by))
    groups = selected.groupby(labels, dropna=False, observed=True)
    counts = groups.agg(["size", "sum"]).to_numpy(dtype=np.int64)
    n, x = counts[:, 0], counts[:, 1]
    names = groups.size().index
    of = _reference(names, n, x, reference)
    z = np.full(len(n), critical_value(level))
    successes, trials = x.astype(np.float64), n.astype(np.float64)
    rates = rate_bounds(successes, trials, z)
    base = np.full_like(trials, successes[of]), np.full_like(trials, trials[of])
    ratios = np.array(koopman(*base, successes, trials, z))
    ratios[:, of] = 1.0
    return pd.DataFrame(
        {
            "customers": n,
            "selected": x,
            "selection_rate": x / n,
            "selection_rate_lower": rates[0],
            "selection_rate_upper": rates[1],
            "ratio": (x / n) / (x[of] / n[of]),
            "ratio_lower": ratios[0],
            "ratio_upper": ratios[1],
        },
        index=names,
    )


def _reference(
    names: pd.Index, n: npt.NDArray[np.int64], x: npt.NDArray[np.int64], reference: object
) -> int:
    of = int(np.argmax(n)) if reference is None else _place(names, reference)
    if x[of] == 0:
        hint = "name a group with some in reference=, or look at the actions' ledger"
        what = f"selected customers in {names.tolist()[of]!r}"
        raise NotEnoughDataError(what, have=0, need=1, hint=hint)
    return of


def _place(names: pd.Index, reference: object) -> int:
    one = pd.Index([reference]) if pd.api.types.is_scalar(reference) else pd.Index([None])
    place = int(names.get_indexer(one)[0])
    if place < 0 or not pd.api.types.is_scalar(reference):
        hint = meant(reference, names.tolist())
        raise ValueError(
            f"reference={shown(reference)} is not one of the groups {names.tolist()}{hint}"
        )
    return place
