"""Chinese: what the sentences of several rooms share."""

from cemkit.formats import level_text


def no_share(share: str, whole: str) -> str:
    """Why a share is missing, as the end of a sentence."""
    return f"{whole}并不明显大于 0，故不计算{share}"


def interval_text(level: float, lower: str, upper: str) -> str:
    """A confidence interval with its level."""
    return f"{level_text(level)} 置信区间 {lower} 至 {upper}"
