"""Which template an action has: the caller's first, the most particular, or the fallback's."""

import numpy as np
import pandas as pd
import pytest

from cemkit import render_messages
from cemkit.errors import DataError
from cemkit.promotion import render_message
from cemkit.promotion.template_choice import templates_of

SALE = {"offer": "sale", "discount": 0.2, "valid_until": "2023-12-31"}


@pytest.mark.parametrize("channel", [None, "", "飞鸽"])
def test_a_channel_that_is_missing_or_unknown_is_an_error_or_the_fallback(channel: object) -> None:
    person = {"customer_id": 1, "name": "张三", "preferred_channel": channel, "language": "zh"}
    with pytest.raises(DataError, match=r"missing channel|the channel '飞鸽'"):
        render_message(person, SALE, as_of="2023-12-01")
    found = render_message(person, SALE, as_of="2023-12-01", fallback_channel="邮件")
    assert found.channel == "email"
    with pytest.raises(DataError, match=r"there are .*'email', .*'sms', .*'wechat'"):
        render_message(person, SALE, as_of="2023-12-01", fallback_channel="fax")


def test_the_callers_template_comes_first_and_the_most_particular_before_others() -> None:
    templates = pd.DataFrame(
        [
            ("win back", "gift", "sms", "en"),
            ("win back", None, "sms", "en"),
            (None, None, "sms", "en"),  # these three are the caller's
            (None, "gift", "sms", "en"),
            (None, None, "email", "en"),
        ],
        columns=["action", "kind", "channel", "language"],
        dtype=object,
    )
    asked = pd.DataFrame(
        [("win back", "gift", "sms"), ("win back", "points", "sms"), ("thank", "gift", "email")],
        columns=["action", "kind", "channel"],
        dtype=object,
    ).assign(language="en")
    channel, row = templates_of(asked, templates, 3, None)
    assert channel.tolist() == ["sms", "sms", "email"]
    assert row.tolist() == [0, 1, 4]
    other = asked.assign(action="thank")[:2]
    assert templates_of(other, templates, 3, None)[1].tolist() == [2, 2]


def test_an_action_is_matched_whatever_its_case() -> None:
    own = pd.DataFrame(
        {"channel": "sms", "language": "en", "subject": "", "body": ["A {terms}", "B {terms}"]}
    ).assign(action=["Win back", None])
    actions = pd.DataFrame({"customer_id": [1, 1], "offer": "sale", "action": [" win BACK", None]})
    people = pd.DataFrame({"customer_id": [1], "preferred_channel": "sms"})
    offers = pd.DataFrame([{**SALE, "valid_until": pd.Timestamp("2023-12-31")}])
    written = render_messages(actions, offers, people, "2023-12-01", templates=own, language="en")
    assert np.array([body[0] for body in written["body"]]).tolist() == ["A", "B"]
