"""check_consent: the latest record counts, and where there is none nobody consented."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cemkit
from cemkit.data import check_consent
from cemkit.errors import DataError, MissingColumnsError

DAY = "2024-03-01"


def records(*rows: tuple) -> pd.DataFrame:
    columns = ["customer_id", "channel", "purpose", "granted", "since"]
    table = pd.DataFrame(list(rows), columns=columns)
    return table.assign(since=pd.to_datetime(table["since"], format="mixed"))


def actions(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["customer_id", "channel", "purpose"])


def consented(asked: pd.DataFrame, consent: pd.DataFrame) -> list[bool]:
    return check_consent(asked, consent, DAY).table["consented"].tolist()


ASKED = actions((1, "email", "marketing"))


@pytest.mark.parametrize(
    ("history", "answer"),
    [
        ([(True, "2024-01-01")], True),
        ([(False, "2024-01-01")], False),
        ([(True, "2024-01-01"), (False, "2024-02-01")], False),
        ([(False, "2024-01-01"), (True, "2024-02-01")], True),
        ([(True, "2024-03-01")], True),
        ([(True, "2024-03-01 23:59")], True),
        ([(True, "2024-03-02")], False),
        ([(True, "2024-01-01"), (False, "2024-03-02")], True),
        ([(True, "2024-01-01 09:00"), (False, "2024-01-01 10:00")], False),
        ([(False, "2024-01-01 09:00"), (True, "2024-01-01 10:00")], True),
        ([(True, "2024-01-01"), (False, "2024-01-01")], False),
        ([(True, None)], False),
        ([(True, "2024-01-01"), (False, None)], False),
        ([(None, "2024-02-01"), (True, "2024-01-01")], False),
        ([], False),
    ],
)
def test_the_latest_record_up_to_the_day_counts(history: list, answer: bool) -> None:
    rows = [(1, "email", "marketing", granted, since) for granted, since in history]
    for consent in (records(*rows), records(*reversed(rows))):
        assert consented(ASKED, consent) == [answer]


def test_consent_is_for_one_channel_and_one_purpose() -> None:
    consent = records((1, "email", "marketing", True, "2024-01-01"))
    asked = actions(
        (1, "email", "marketing"),
        (1, "邮件", " Marketing"),
        (1, "sms", "marketing"),
        (1, "email", "research"),
        (2, "email", "marketing"),
        (1, None, "marketing"),
        (1, "email", None),
        (1, "", "marketing"),
    )
    assert consented(asked, consent) == [True, True, *[False] * 6]


def test_a_record_without_channel_or_purpose_grants_nothing() -> None:
    consent = records((1, None, "marketing", True, DAY), (1, "email", None, True, DAY))
    assert consented(actions((1, "email", "marketing"), (1, None, None)), consent) == [False, False]


def test_the_counts() -> None:
    consent = records(
        (1, "email", "marketing", True, "2024-01-01"),
        (1, "email", "marketing", False, "2024-01-02"),
        (1, "email", "marketing", True, "2024-01-03"),
        (2, "email", "marketing", True, "2024-01-01"),
        (2, "email", "marketing", True, "2024-01-02"),
        (2, "email", "marketing", False, "2024-04-02"),
    )
    check = check_consent(actions((1, "email", "marketing"), (2, "email", "x")), consent, DAY)
    assert (check.actions, check.consented, check.contradictions, check.later_records) == (
        2,
        1,
        1,
        1,
    )
    assert check.sentence() == "Consent holds for 1 of 2 actions."
    assert check.sentence("zh") == "2 项行动中有 1 项已获同意。"


def test_the_index_is_kept_and_nothing_is_changed() -> None:
    asked = pd.concat([ASKED, ASKED]).set_axis(["x", "x"])
    consent = records((1, "email", "marketing", True, "2024-01-01"))
    copy = consent.copy()
    assert check_consent(asked, consent, DAY).table.index.tolist() == ["x", "x"]
    pd.testing.assert_frame_equal(consent, copy)


@pytest.mark.parametrize("held", ["date32", "timestamp"])
def test_arrow_days_are_days(held: str) -> None:
    arrow = pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    kind = {"date32": arrow.date32(), "timestamp": arrow.timestamp("us")}[held]
    consent = records((1, "email", "marketing", True, "2024-01-01"))
    consent = consent.assign(since=consent["since"].astype(pd.ArrowDtype(kind)))
    assert check_consent(ASKED, consent, DAY).consented == 1
    zoned = consent.assign(since=pd.Timestamp("2024-01-01", tz="UTC"))
    arrow_zoned = zoned["since"].astype(pd.ArrowDtype(arrow.timestamp("us", tz="UTC")))
    for since in (zoned["since"], arrow_zoned):
        with pytest.raises(DataError, match="since must hold local dates"):
            check_consent(ASKED, consent.assign(since=since), DAY)


def test_empty_tables() -> None:
    assert consented(ASKED, records()) == [False]
    assert consented(ASKED[:0], records((1, "email", "marketing", True, DAY))) == []


def test_bad_tables() -> None:
    good = records((1, "email", "marketing", True, "2024-01-01"))
    with pytest.raises(DataError, match="granted must be True or False, not 'yes'"):
        check_consent(ASKED, good.assign(granted="yes"), DAY)
    with pytest.raises(DataError, match="since must hold local dates"):
        check_consent(ASKED, good.assign(since=20240101), DAY)
    with pytest.raises(DataError, match="since must hold local dates"):
        check_consent(ASKED, good.assign(since=good["since"].dt.tz_localize("UTC")), DAY)
    with pytest.raises(DataError, match="numbers in actions and text in consent"):
        check_consent(ASKED, good.assign(customer_id="1"), DAY)
    with pytest.raises(MissingColumnsError, match="'granted'"):
        check_consent(ASKED, good.drop(columns="granted"), DAY)
    with pytest.raises(DataError, match="consent has 1 row without a customer_id"):
        check_consent(ASKED, good.assign(customer_id=None), DAY)


record = st.tuples(
    st.integers(1, 3),
    st.sampled_from(["email", "sms"]),
    st.just("marketing"),
    st.booleans(),
    st.sampled_from(["2024-01-01", "2024-02-01", "2024-03-01", "2024-03-02"]),
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(record, max_size=15))
def test_against_a_loop(rows: list[tuple]) -> None:
    asked = actions(*[(c, ch, "marketing") for c in (1, 2, 3, 4) for ch in ("email", "sms")])
    expected = []
    for customer, channel, _ in asked.itertuples(index=False):
        mine = [(r[4], not r[3]) for r in rows if r[:2] == (customer, channel) and r[4] <= DAY]
        expected.append(bool(mine) and not max(mine)[1])  # of one day the refusal is the larger
    assert consented(asked, records(*rows)) == expected


CONSENT = pd.DataFrame(
    [
        ("ann", "email", "offers", True, "2024-01-01"),
        ("ann", "sms", "offers", False, "2024-03-01"),
        ("bob", "email", "offers", True, "2024-01-01"),
        ("bob", "email", "offers", False, "2024-02-01"),
        ("cid", "email", "surveys", True, "2024-01-01"),
        ("dee", "email", "offers", True, "2024-06-01"),
        ("eve", "email", "offers", None, "2024-01-01"),
        ("fay", "email", "offers", True, "2024-02-01"),
        ("fay", "email", "offers", False, "2024-02-01"),
    ],
    columns=["customer_id", "channel", "purpose", "granted", "since"],
).assign(since=lambda table: pd.to_datetime(table["since"]))
PEOPLE = pd.DataFrame({"customer_id": ["zoe", "fay", "eve", "dee", "cid", "bob", "ann"]})


def who_consented(
    as_of: str, people: pd.DataFrame = PEOPLE, consent: pd.DataFrame = CONSENT
) -> set[str]:
    answer = cemkit.data.consented(people, consent, channel="email", purpose="offers", as_of=as_of)
    assert answer.dtype == np.bool_
    assert answer.index.equals(people.index)
    ids = people.get("customer_id", people.index)
    return set(ids[answer.to_numpy()])


@pytest.mark.parametrize(
    ("as_of", "who"),
    [
        ("2023-12-31", set()),
        ("2024-01-15", {"ann", "bob"}),
        ("2024-02-01", {"ann"}),
        ("2024-06-01", {"ann", "dee"}),
    ],
)
def test_consent_holds_from_its_day_until_it_is_withdrawn(as_of: str, who: set[str]) -> None:
    assert who_consented(as_of) == who
    assert who_consented(as_of, PEOPLE.set_index("customer_id")) == who


def test_without_records_there_is_no_consent() -> None:
    assert who_consented("2024-06-01", consent=CONSENT.head(0)) == set()


def test_bad_consent_is_refused() -> None:
    with pytest.raises(DataError, match="granted must be True or False, not 'yes'"):
        who_consented("2024-06-01", consent=CONSENT.assign(granted="yes"))
    with pytest.raises(DataError, match="since must hold local dates"):
        who_consented("2024-06-01", consent=CONSENT.assign(since=20240101))
    with pytest.raises(MissingColumnsError, match="missing column 'purpose'"):
        who_consented("2024-06-01", consent=CONSENT.drop(columns="purpose"))


@pytest.mark.parametrize("word", ["nan", "None", "", " "])
def test_a_word_for_a_missing_channel_is_no_channel(word: str) -> None:
    consent = records((1, word, "marketing", True, "2024-01-01"))
    assert consented(actions((1, word, "marketing")), consent) == [False]
    consent = records((1, "email", word, True, "2024-01-01"))
    assert consented(actions((1, "email", word)), consent) == [False]


@pytest.mark.parametrize("value", [5, True, pd.Timestamp(0), b"sms", ["sms"]])
def test_a_channel_is_text(value: object) -> None:
    consent = records((1, "email", "marketing", True, "2024-01-01"))
    with pytest.raises(DataError, match="channel must hold text"):
        check_consent(ASKED.assign(channel=[value]), consent, DAY)
    who = pd.DataFrame({"customer_id": [1]})
    with pytest.raises(TypeError, match="channel must be text"):
        cemkit.data.consented(who, consent, channel=[value], purpose="marketing", as_of=DAY)


@pytest.mark.parametrize("granted", ["no", "True", 2, 0.5, 1j, pd.Timestamp(0), [True]])
def test_granted_is_true_or_false(granted: object) -> None:
    consent = records((1, "email", "marketing", True, "2024-01-01"))
    spoilt = consent.assign(granted=pd.Series([granted], dtype=object))
    with pytest.raises(DataError, match="granted must"):
        check_consent(ASKED, spoilt, DAY)


def test_matching_records_are_counted() -> None:
    consent = records(*[(i, "email", "marketing", True, "2024-01-01") for i in (1, 1, 2)])
    assert check_consent(ASKED, consent, DAY).matching_records == 2
    with pytest.raises(ValueError, match="language must be one of"):
        check_consent(ASKED, consent, DAY).sentence("fr")


@pytest.mark.parametrize("column", ["channel", "purpose"])
@pytest.mark.parametrize("word", [None, " ", "nan", "all", " ALL ", "全部"])
def test_a_refusal_of_everything_is_never_passed_over(column: str, word: str | None) -> None:
    grant = records((1, "email", "marketing", True, "2024-01-01"))
    refusal = grant.assign(granted=False, since=pd.Timestamp("2024-02-01"), **{column: word})
    with pytest.raises(DataError, match=f"1 refusals without a {column} .* suppression list"):
        check_consent(ASKED, pd.concat([grant, refusal]), DAY)
    vague = grant.assign(**{column: word})
    assert consented(ASKED, vague) == [False]
