"""When money has a share: the one rule for every lift, dip and break-even of a mean or total."""

import numpy as np
import numpy.typing as npt

from cemkit.results import Language

Floats = npt.NDArray[np.float64]


def clearly_above_zero(value: Floats, error: Floats, critical: Floats) -> npt.NDArray[np.bool_]:
    """Whether a share of this value has a meaning: its interval lies above 0.

    Args:
        value: Estimates of a mean or a total.
        error: Their standard errors.
        critical: The quantile that the intervals of the shares reach to.

    Examples:
        >>> clearly_above_zero(np.array([-10.0, 10.0]), np.ones(2), np.full(2, 1.96))
        array([False,  True])
    """
    return np.asarray(value > np.maximum(critical, 0.0) * error)


def draws_above_zero(values: Floats, level: float) -> bool:
    """The same of an estimate, which comes first, and its draws.

    Args:
        values: The estimate, then draws of it.
        level: Confidence level of the shares' intervals.

    Examples:
        >>> draws_above_zero(np.array([5.0, 4.0, 5.0, 6.0]), 0.95)
        True
    """
    return bool(values[0] > 0 and np.quantile(values[1:], (1 - level) / 2) > 0)


def no_share(share: str, whole: str, language: Language) -> str:
    """Why a share is missing, as the end of a sentence.

    Args:
        share: What is missing, such as `"lift"`.
        whole: What it would be a share of.
        language: `"en"` or `"zh"`.

    Examples:
        >>> no_share("lift", "the mean of A", "en")
        'no lift, because the mean of A is not clearly above 0'
    """
    if language == "zh":
        return f"{whole}并不明显大于 0，故不计算{share}"
    return f"no {share}, because {whole} is not clearly above 0"
