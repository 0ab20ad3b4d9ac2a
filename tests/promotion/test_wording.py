"""Templates: checked before they are filled, and filled once."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.wording import (
    check_templates,
    fill,
    kind_of,
    missing_place,
    standard_templates,
)

OWN = pd.DataFrame(
    {"channel": ["app"], "language": ["en"], "subject": ["Hi {name}"], "body": ["{terms}"]}
)


def test_our_own_templates_pass_our_own_checks() -> None:
    ours = standard_templates()
    table, own = check_templates(ours)
    assert (len(table), own) == (2 * len(ours), len(ours))
    assert not ours.duplicated(["kind", "channel", "language"]).any()
    assert not ours["body"].str.endswith("\n").any()


def test_own_templates_come_before_ours() -> None:
    table, own = check_templates(OWN.assign(channel="短信", action="greet"))
    assert own == 1
    assert table["channel"][0] == "sms"
    assert table["action"][0] == "greet"
    assert table["action"][1:].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"body": "{nam} {terms}"}, r"unknown placeholder \{nam\} \(did you mean 'name'\?\)"),
        ({"body": "{customer.__class__} {terms}"}, r"unknown placeholder \{customer.__class__\}"),
        ({"body": "{name.upper} {terms}"}, r"unknown placeholder \{name.upper\}"),
        ({"body": "{name[0]} {terms}"}, r"unknown placeholder \{name\[0\]\}"),
        ({"body": "{} {terms}"}, r"unknown placeholder \{\}"),
        ({"body": "{0} {terms}"}, r"unknown placeholder \{0\}"),
        ({"body": "{name!r} {terms}"}, r"formats \{name\}; write the name without a format"),
        ({"body": "{name:>10} {terms}"}, r"formats \{name\}; write the name without a format"),
        ({"body": "} {terms}"}, r"Single '}' .*; write \{\{ or \}\} for a brace"),
        ({"body": "{name"}, r"write \{\{ or \}\} for a brace"),
        ({"body": "Dear {name}"}, r"lacks \{terms\} in its body"),
        ({"body": None}, r"lacks \{terms\} in its body"),
        ({"subject": "{terms}", "body": "x"}, r"lacks \{terms\} in its body"),
        ({"subject": "a\nb"}, "has a subject of two lines"),
        ({"language": "French"}, "language of a template must be a code such as .*, not 'French'"),
    ],
)
def test_templates_that_cannot_be_used(change: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_templates(OWN.assign(**change))


def test_bad_tables() -> None:
    with pytest.raises(MissingColumnsError, match="'body'"):
        check_templates(OWN.drop(columns="body"))
    with pytest.raises(DataError, match="two templates are for 'app' in 'en'"):
        check_templates(pd.concat([OWN, OWN]))


def test_lines_with_nothing_to_say_are_left_out() -> None:
    template = "Dear {name},\n{history}\n\n{code}\n{terms}"
    text, places = fill(template, {"history": "", "code": "", "terms": "T"}, ["name"])
    assert (text % tuple("A" for _ in places)) == "Dear A,\n\nT"
    inline, _ = fill("Hi {history}!", {"history": ""}, [])
    assert inline % () == "Hi !"


@given(st.text(), st.text())
def test_what_is_filled_in_is_never_read_again(name: str, scope: str) -> None:
    text, places = fill("100% {{ok}} {name} $x {scope}", {"scope": scope}, ["name"])
    assert places == ["name"]
    assert text % (name,) == f"100% {{ok}} {name} $x {scope}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"purpose": "x"}, "templates has an unknown column .purpose.; use columns among"),
        ({"channel": None}, "a template has no channel"),
        ({"channel": 5}, "channel must hold text, not 5"),
        ({"body": 5}, "body must hold text, not 5"),
    ],
)
def test_what_is_not_read_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_templates(OWN.assign(**change))


def test_a_column_is_a_place_and_the_nearest_is_named() -> None:
    own = OWN.assign(body="{tier} {terms}")
    assert check_templates(own, {"tier", "name"})[1] == 1
    with pytest.raises(
        ValueError,
        match=r"the unknown placeholder \{tier\} \(did you mean 'tiers'\?\); use .*'ti",
    ):
        check_templates(own, {"tiers"})


def test_templates_for_a_kind_stand_beside_those_for_all() -> None:
    both = pd.concat([OWN, OWN.assign(kind="none")])
    assert check_templates(both)[1] == 2
    with pytest.raises(DataError, match="two templates are for 'app' in 'en'"):
        check_templates(pd.concat([both, OWN.assign(kind=" None ".lower())]))
    with pytest.raises(DataError, match="a template has no language"):
        check_templates(OWN.assign(language=None))


def test_a_place_that_is_empty_where_it_is_needed() -> None:
    fixed = {"name": "A", "code": "", "discount": "", "tier": ""}
    assert missing_place("Hi {name}\n{code}\n{tier}", fixed, []) is None
    assert missing_place("Hi {name}, {code}", fixed, []) is None
    assert missing_place("{discount}", fixed, []) == "discount"
    assert missing_place("Your {tier}", fixed, []) == "tier"
    assert missing_place("Your {tier}", fixed, ["tier"]) is None
    assert missing_place("{valid_until}", fixed, []) == "valid_until"


def test_the_kind_of_message_of_a_channel() -> None:
    assert [kind_of(channel) for channel in ("email", "sms", "pigeon")] == [
        "letter",
        "short",
        "short",
    ]
