"""What an outcome is called: as a word, as the label of customers who have it, as a probability."""

import dataclasses
from typing import Any, Self

from cemkit.checks.options import shown

NOUNS = {  # by the label that cemkit gives it
    "churned": "churn",
    "upgraded": "upgrade",
    "repurchased": "repurchase",
    "first_purchased": "first_purchase",
}
UNNAMED = "outcome"


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome by its names."""

    noun: str
    label: str

    @classmethod
    def named(cls, name: Any) -> Self:
        """The outcome of a name or of the name of a column of labels; unnamed where it is None."""
        if name is None:
            return cls(UNNAMED, UNNAMED)
        if not isinstance(name, str):
            raise TypeError(f"outcome must be a word such as 'upgrade', not {shown(name)}")
        word = name.strip()
        if not word:
            raise ValueError("outcome must be a word such as 'upgrade', not blank")
        labels = {noun: label for label, noun in NOUNS.items()}
        return cls(NOUNS.get(word, word), labels.get(word, word))

    @classmethod
    def of(cls, values: Any) -> Self:
        """The outcome that a column of labels is named after."""
        name = getattr(values, "name", None)
        return cls.named(name if isinstance(name, str) and name.strip() else None)

    @property
    def probability(self) -> str:
        """The name of the column of its probability."""
        return f"{self.noun}_probability"

    @property
    def rate(self) -> str:
        """The name of the share of customers who have it."""
        return f"{self.noun}_rate"

    @property
    def taken(self) -> frozenset[str]:
        """Names of columns that hold what is to be predicted."""
        return frozenset({self.noun, self.label, self.probability})


CHURN = Outcome("churn", "churned")
