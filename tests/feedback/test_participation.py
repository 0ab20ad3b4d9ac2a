"""response_rates: answers matched to the contacts before them, by brute force."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import CemkitWarning, DataError, MissingColumnsError
from cemkit.feedback import response_rates
from cemkit.proportions import proportion_interval


def drawn(n=400):
    rng = np.random.default_rng(0)
    start = np.datetime64("2024-01-01")
    contacts = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 120, n),
            "contact_date": start + rng.integers(0, 90, n),
            "channel": rng.choice(["email", "微信"], n),
        }
    )
    responses = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 120, 150),
            "response_date": start + rng.integers(0, 100, 150),
            "score": rng.integers(0, 11, 150),
        }
    )
    return responses, contacts


@pytest.mark.filterwarnings("ignore:.*was not contacted")
def test_rates_are_those_of_brute_force() -> None:
    responses, contacts = drawn()
    answered = set()
    for customer, day in zip(responses["customer_id"], responses["response_date"], strict=True):
        before = contacts[(contacts["customer_id"] == customer) & (contacts["contact_date"] <= day)]
        if len(before):
            answered.add((customer, before["contact_date"].max()))
    keys = zip(contacts["customer_id"], contacts["contact_date"], strict=True)
    marked = contacts.assign(answered=[key in answered for key in keys])
    marked["period"] = marked["contact_date"].dt.to_period("M")
    for rows in (["channel"], ["channel", "period"]):
        each = marked.groupby([*rows, "customer_id"])["answered"].any()
        expected = each.groupby(rows).agg(["size", "sum"])
        period = "month" if "period" in rows else None
        found = response_rates(responses, contacts, by="channel", period=period)
        assert found["contacted"].tolist() == expected["size"].tolist()
        assert found["answered"].tolist() == expected["sum"].tolist()
    first = found.iloc[0]
    wilson = proportion_interval(int(first["answered"]), int(first["contacted"]))
    assert (first["rate"], first["lower"], first["upper"]) == pytest.approx(
        (wilson.rate, wilson.rate_lower, wilson.rate_upper)
    )


def test_answers_without_a_contact_are_warned_of() -> None:
    responses, contacts = drawn()
    with pytest.warns(
        CemkitWarning, match=r"of \d+ answers belong to no contact: .* they are left out"
    ):
        response_rates(responses, contacts)


@pytest.mark.filterwarnings("ignore:.*was not contacted")
def test_the_order_of_rows_never_matters() -> None:
    responses, contacts = drawn()
    found = response_rates(responses, contacts, by="channel", period="week")
    shuffled = response_rates(
        responses.sample(frac=1, random_state=1),
        contacts.sample(frac=1, random_state=2),
        by="channel",
        period="week",
    )
    pd.testing.assert_frame_equal(found, shuffled)


def test_the_rates_of_the_simulated_shop_are_near_the_truth(shop) -> None:
    rate = shop.truth["response_rates"]
    contacts = shop.contacts.merge(shop.people[["customer_id", "segment"]], on="customer_id")
    contacts["customer_id"] = contacts["customer_id"].astype(str) + contacts["contact_date"].astype(
        str
    )  # every request is one, as the truth counts them
    asked = contacts.assign(last=contacts["contact_date"] <= contacts["contact_date"].max())
    answers = shop.responses[shop.responses["question"] == "nps"]
    share = len(answers) / len(asked)
    expected = asked["segment"].map(rate).mean()
    assert share == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(
    ("column", "value", "error", "message"),
    [
        ("contact_date", None, DataError, "contact_date is missing in 400 of 400 rows"),
        ("channel", None, DataError, "channel is missing in 400 of 400 rows of contacts"),
        ("customer_id", "a", DataError, "numbers in responses and text in contacts"),
    ],
)
def test_contacts_that_are_none_are_refused(column, value, error, message) -> None:
    responses, contacts = drawn()
    with pytest.raises(error, match=message):
        response_rates(responses, contacts.assign(**{column: value}), by="channel")
    with pytest.raises(MissingColumnsError):
        response_rates(responses, contacts.drop(columns=column), by="channel")


def test_one_question_can_be_chosen(shop) -> None:
    found = response_rates(shop.responses, shop.contacts, question="nps")
    assert 0 < found["rate"].item() < 1
    with pytest.raises(DataError, match="not among"):
        response_rates(shop.responses, shop.contacts, question="other")
