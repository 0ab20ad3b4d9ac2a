"""English: what the sentences of several rooms share."""

from cemkit.formats import level_text


def no_share(share: str, whole: str) -> str:
    """Why a share is missing, as the end of a sentence."""
    return f"no {share}, because {whole} is not clearly above 0"


def interval_text(level: float, lower: str, upper: str) -> str:
    """A confidence interval with its level."""
    return f"{level_text(level)} CI {lower} to {upper}"
