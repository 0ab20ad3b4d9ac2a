"""Contact caps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.caps import contact_caps, over_cap

DAY = pd.Timestamp("2024-01-31")


def contacted(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=["customer_id", "channel", "contact_date"])
    return table.assign(contact_date=pd.to_datetime(table["contact_date"], format="mixed"))


def test_the_window_holds_as_of_and_not_the_day_before_it() -> None:
    caps = pd.DataFrame({"max_contacts": [9], "window_days": [7]})
    contacts = contacted(
        (1, "sms", "2024-01-24"),
        (1, "sms", "2024-01-25"),
        (1, "sms", "2024-01-31 23:00"),
        (1, "sms", "2024-02-01"),
        (3, "sms", "2024-01-31"),
    )
    counted = contact_caps(caps, contacts, pd.Index([2, 1]), DAY)
    assert counted.used.tolist() == [[0, 2]]
    assert counted.later_contacts == 1


def test_caps_of_one_channel_and_of_all() -> None:
    caps = pd.DataFrame({"max_contacts": [9, 9], "window_days": [7, 7], "channel": ["短信", None]})
    contacts = contacted((1, "SMS", "2024-01-31"), (1, "email", "2024-01-31"))
    assert contact_caps(caps, contacts, pd.Index([1]), DAY).used.tolist() == [[1], [2]]


def test_bad_caps() -> None:
    good, none = pd.DataFrame({"max_contacts": [1], "window_days": [7]}), contacted()
    ids = pd.Index([1])
    with pytest.raises(ValueError, match="caps need contacts"):
        contact_caps(good, None, ids, DAY)
    with pytest.raises(ValueError, match="caps need contacts"):
        contact_caps(None, none, ids, DAY)
    with pytest.raises(DataError, match="max_contacts must be whole numbers from 0 .*, not -1"):
        contact_caps(good.assign(max_contacts=-1), none, ids, DAY)
    with pytest.raises(DataError, match=r"window_days must be whole numbers from 1 .* not 0.5"):
        contact_caps(good.assign(window_days=0.5), none, ids, DAY)
    with pytest.raises(DataError, match="contact_date is missing in 1 row"):
        contact_caps(good, contacted((1, "sms", None), (1, "sms", "2024-01-01")), ids, DAY)
    text = contacted((1, "sms", "2024-01-01")).assign(contact_date="01.01.2024")
    with pytest.raises(DataError, match="contact_date holds '01.01.2024', which is not"):
        contact_caps(good, text, ids, DAY)
    with pytest.raises(MissingColumnsError, match="'window_days'"):
        contact_caps(good[["max_contacts"]], none, ids, DAY)
    with pytest.raises(DataError, match="numbers in actions and text in contacts"):
        contact_caps(good, contacted(("a", "sms", "2024-01-01")), ids, DAY)


channels = st.sampled_from(["sms", "email"])
cap = st.tuples(st.integers(0, 3), st.integers(1, 9), st.sampled_from(["sms", "email", None]))


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(1, 3), channels, st.booleans()), min_size=1, max_size=12),
    past=st.lists(st.tuples(st.integers(1, 3), channels, st.integers(0, 10)), max_size=10),
    limits=st.lists(cap, min_size=1, max_size=3),
)
def test_against_a_loop(rows: list[tuple], past: list[tuple], limits: list[tuple]) -> None:
    contacts = contacted(*[(c, ch, DAY - pd.Timedelta(days=d)) for c, ch, d in past])
    caps = pd.DataFrame(limits, columns=["max_contacts", "window_days", "channel"])
    ids = pd.Index([c for c, _, _ in rows])
    turn = pd.Series(0, index=ids).groupby(level=0).cumcount().to_numpy()
    open_ = np.array([o for *_, o in rows])
    over = over_cap(
        contact_caps(caps, contacts, ids, DAY), ids, pd.Series([c for _, c, _ in rows]), turn, open_
    )
    sent = [(c, ch, d) for c, ch, d in past]
    for (customer, channel, is_open), got in zip(rows, over, strict=True):
        full = is_open and any(
            only in (None, channel)
            and sum(c == customer and only in (None, ch) and d < window for c, ch, d in sent)
            >= most
            for most, window, only in limits
        )
        assert got == full
        if is_open and not full:
            sent.append((customer, channel, 0))


def test_a_contact_without_a_channel_counts_for_every_cap() -> None:
    caps = pd.DataFrame({"max_contacts": [1, 1], "window_days": 7, "channel": ["sms", None]})
    contacts = contacted((1, None, "2024-01-31"), (2, "nan", "2024-01-31"))
    assert contact_caps(caps, contacts, pd.Index([1, 2]), DAY).used.tolist() == [[1, 1], [1, 1]]


def test_the_time_of_day_of_a_contact_does_not_matter() -> None:
    caps = pd.DataFrame({"max_contacts": [1], "window_days": [7]})
    dates = ("2024-01-31 23:59", "2024-01-25 00:01", "2024-01-24 23:59", "2024-02-01 00:01")
    for place, date in enumerate(dates):
        found = contact_caps(caps, contacted((1, "sms", date)), pd.Index([1]), DAY)
        assert found.used.item() == (place < 2)
        assert found.later_contacts == (place == 3)


def test_a_column_that_a_cap_does_not_read_is_refused() -> None:
    caps = pd.DataFrame({"max_contacts": [1], "window_days": [7], "purpose": ["marketing"]})
    with pytest.raises(DataError, match="caps has an unknown column .purpose.; use columns among"):
        contact_caps(caps, contacted(), pd.Index([1]), DAY)
