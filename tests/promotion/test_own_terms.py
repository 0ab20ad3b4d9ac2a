"""An action with terms of its own, such as a coupon, gets no message that states others."""

import pandas as pd
import pytest

from cemkit import issue_coupons, render_messages
from cemkit.errors import DataError

DAY = "2024-03-10"
OFFERS = pd.DataFrame(
    {
        "offer": ["spring", "all"],
        "discount": [0.2, 0.1],
        "scope": ["shoes", None],
        "extras": ["free returns", None],
        "valid_from": ["2024-03-01", None],
        "valid_until": "2024-03-31",
    }
)
PEOPLE = pd.DataFrame({"customer_id": [1, 2], "language": "en", "preferred_channel": "sms"})


def rendered(offer: str = "spring", **columns: object) -> pd.DataFrame:
    actions = pd.DataFrame({"customer_id": [1, 2], "offer": offer, **columns})
    return render_messages(actions, OFFERS, PEOPLE, as_of=DAY)


@pytest.mark.parametrize(
    ("offer", "column", "value", "message"),
    [
        (
            "spring",
            "discount",
            [None, 0.5],
            r"1 action .* discount than .*: 0.5 .* against 0.2 of",
        ),
        ("spring", "scope", "boots", "2 actions have another scope .*: 'boots' .* against 'shoes'"),
        ("all", "scope", "boots", "'boots' of the action against none of 'all'"),
        ("spring", "extras", "free gift", "'free gift' of the action against 'free returns'"),
        ("spring", "valid_from", "2024-03-20", "2024-03-20.* against 2024-03-01"),
        ("spring", "valid_from", pd.Timestamp("2024-03-20"), "2024-03-20 .* against 2024-03-01"),
        ("all", "valid_from", "2024-03-20", "2024-03-20' .* against 2024-03-10"),
        ("spring", "valid_until", "2024-04-30", "2024-04-30' .* against 2024-03-31"),
        ("spring", "valid_until", ["2024-03-31", "2024-03-30"], "1 action .* valid_until"),
    ],
)
def test_other_terms_are_refused(offer: str, column: str, value: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        rendered(offer, **{column: value})


def test_the_same_terms_and_missing_ones_are_fine() -> None:
    plain = rendered()
    same = rendered(
        discount=pd.Series([0.2, None], dtype="float32"),
        scope=[" shoes", None],
        extras="free returns",
        valid_from=["2024-03-01", "2024-03-05"],  # both past
        valid_until=pd.to_datetime(["2024-03-31 12:00", None]),
    )
    assert same["body"].tolist() == plain["body"].tolist()
    again = render_messages(plain, OFFERS, PEOPLE, as_of=DAY)
    assert again["body"].tolist() == plain["body"].tolist()


def test_issued_coupons_of_half_the_price_get_no_message_of_a_fifth() -> None:
    actions = pd.DataFrame({"customer_id": [1, 2], "offer": "spring", "discount": [0.2, 0.5]})
    actions = actions.assign(valid_from="2024-03-10", valid_until="2024-03-31")
    coupons = issue_coupons(actions, b"a key of sixteen bytes or more!!")
    with pytest.raises(
        DataError,
        match=r"another discount than their offer: 0.5 of the action against 0.2 of 'spring'",
    ):
        render_messages(coupons, OFFERS, PEOPLE, as_of=DAY)
    assert len(render_messages(coupons[:1], OFFERS, PEOPLE, as_of=DAY)) == 1


def test_terms_of_every_kind_are_compared() -> None:
    offers = pd.DataFrame(
        {
            "offer": ["50 off"],
            "kind": "amount_off",
            "amount_off": 50,
            "min_spend": 300,
            "valid_from": "2024-03-11 12:00",
            "valid_until": "2024-03-31 14:00",
        }
    )
    actions = pd.DataFrame({"customer_id": [1], "offer": "50 off"})

    def render(**columns: object) -> pd.DataFrame:
        return render_messages(actions.assign(**columns), offers, PEOPLE, as_of=DAY)

    same = offers.drop(columns="offer").iloc[0].to_dict()
    plain = render()
    assert render(**same)["body"].tolist() == plain["body"].tolist()
    assert (
        render(valid_until="2024-03-31", min_spend=None)["body"].tolist() == plain["body"].tolist()
    )
    for column, value in (
        ("kind", "gift"),
        ("amount_off", 60),
        ("min_spend", 200),
        ("discount", 0.2),
        ("valid_until", "2024-03-31 13:00"),
        ("valid_from", "2024-03-11 11:00"),
    ):
        with pytest.raises(DataError, match=f"1 action has another {column} than their offer"):
            render(**{column: value})


def test_a_coupon_of_a_level_has_the_terms_of_that_level() -> None:
    offers = pd.DataFrame({"offer": ["tiers"], "kind": "percentage", "valid_until": "2024-03-31"})
    levels = pd.DataFrame(
        {"offer": "tiers", "by": "tier", "level": ["gold", "silver"], "discount": [0.2, 0.1]}
    )
    actions = pd.DataFrame({"customer_id": [1, 2], "offer": "tiers", "discount": [0.1, 0.2]})
    assert len(render_messages(actions, offers, PEOPLE, DAY, levels=levels)) == 2
    with pytest.raises(DataError, match="1 action has another discount .*: 0.3 of the action"):
        render_messages(actions.assign(discount=[0.3, None]), offers, PEOPLE, DAY, levels=levels)
