"""Writing messages: places that are empty for some, and text that looks like a place."""

import pandas as pd
import pytest

from cemkit import render_messages
from cemkit.errors import DataError

OFFERS = pd.DataFrame(
    {"offer": ["sale"], "discount": 0.2, "valid_until": pd.Timestamp("2023-12-31")}
)
ACTIONS = pd.DataFrame({"customer_id": [1, 7], "offer": "sale"})
PEOPLE = pd.DataFrame(
    {
        "customer_id": [1, 7],
        "name": ["{terms} %s", "王"],
        "preferred_channel": "sms",
        "language": "en",
        "tier": ["Gold", None],
    }
)


def bodies(body: str) -> list[str]:
    """Return the messages that a template of this body makes."""
    own = pd.DataFrame({"channel": ["sms"], "language": "en", "subject": "", "body": body})
    written = render_messages(ACTIONS, OFFERS, PEOPLE, "2023-12-01", templates=own)
    return written["body"].tolist()


def test_an_empty_column_is_refused_but_on_a_line_of_its_own() -> None:
    with pytest.raises(
        DataError, match=r"\{tier\}, which is empty for 1 action, the first of customer 7; fill"
    ):
        bodies("Your tier: {tier}\n{terms}")
    with_tier, without = bodies("Hi\n{tier}\n{terms}")
    assert with_tier.startswith("Hi\nGold\nTerms")
    assert without.startswith("Hi\nTerms")


def test_what_customers_typed_is_text() -> None:
    first, second = bodies("{name}, {benefit}\n{terms}")
    assert first.startswith("{terms} %s, 20% off")
    assert second.startswith("王, 20% off")
