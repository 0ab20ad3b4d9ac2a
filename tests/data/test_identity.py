"""One person under several ids is found, and two persons are not made one."""

from typing import Any

import pandas as pd
import pytest

from cemkit import merge_channels
from cemkit.data.identity import normalised
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

WEB = pd.DataFrame(
    {
        "customer_id": [2, 1, 3, 4],
        "email": ["bob@x.org", "Ann@X.org", "cid@x.org", None],
        "phone": ["13800000002", None, None, "13800000004"],
    }
)
APP = pd.DataFrame(
    {
        "customer_id": ["u1", "u2", "u3"],
        "email": ["bob@x.org", " ann@x.org", None],
        "phone": [None, "+86 138-0000-0009", "0138 0000 0004"],
        "city": ["Lyon", "Kiel", "Oslo"],
    }
)
SHOP = pd.DataFrame({"customer_id": [9], "phone": ["0086 13800000009"]})


def merge(**changes: Any) -> Any:
    sources = {"web": WEB, "app": APP, "shop": SHOP, **changes}
    return merge_channels(sources, country_code="86")


def test_people_are_found_by_exact_and_normalised_keys_and_through_others() -> None:
    merged = merge()
    people = merged.table.set_index(["channel", "source_customer_id"])["customer_id"].to_dict()
    assert people == {
        ("web", 1): "web:1",
        ("web", 2): "web:2",
        ("web", 3): "web:3",
        ("web", 4): "web:4",
        ("app", "u1"): "web:2",
        ("app", "u2"): "web:1",
        ("app", "u3"): "web:4",
        ("shop", 9): "web:1",
    }
    assert merged.links.to_dict("index") == {
        "email": {"exact": 1, "normalised": 1, "shared_values": 0},
        "phone": {"exact": 0, "normalised": 2, "shared_values": 0},
    }
    assert (merged.source_customers, merged.customers) == (8, 4)
    assert merged.sentence("zh") == "8 个渠道客户合并为 4 位客户。"
    assert list(merged.table.columns[:3]) == ["customer_id", "channel", "source_customer_id"]


def test_row_order_within_a_source_changes_no_person() -> None:
    names = ["channel", "source_customer_id"]
    straight = merge().table.set_index(names)["customer_id"]
    turned = merge(web=WEB.iloc[::-1], app=APP.iloc[::-1]).table.set_index(names)["customer_id"]
    assert straight.to_dict() == turned.to_dict()


def test_a_value_that_many_share_joins_nobody() -> None:
    many = pd.DataFrame({"customer_id": range(5), "email": ["none@none.org"] * 5})
    merged = merge_channels({"web": many}, keys=["email"], max_shared=4)
    assert merged.customers == 5
    assert merged.links.loc["email", "shared_values"] == 1
    assert merge_channels({"web": many}, keys=["email"], max_shared=5).customers == 1


def test_ids_are_the_same_person_only_where_asked() -> None:
    sources = {"web": WEB[["customer_id"]], "till": WEB[["customer_id"]]}
    assert merge_channels(sources, keys=[]).customers == 8
    assert merge_channels(sources, keys=["customer_id"]).customers == 4


def test_any_engine_can_be_a_source(quick_engine: Any) -> None:
    assert merge_channels({"web": WEB, "app": quick_engine(APP)}, country_code="86").customers == 4


@pytest.mark.parametrize(
    ("value", "country_code", "plain"),
    [
        ("+33 (0)1 23", None, "330123"),
        ("0049 170 1", None, "491701"),
        ("0170-1", "49", "491701"),
        ("１３８", "86", "86138"),
        ("n/a", "86", ""),
    ],
)
def test_telephone_numbers_are_their_digits(
    value: str, country_code: str | None, plain: str
) -> None:
    assert normalised(value, "phone", country_code) == plain


def test_bad_sources_are_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 source, got 0"):
        merge_channels({})
    with pytest.raises(MissingColumnsError, match="missing column 'phone'"):
        merge_channels({"web": WEB[["customer_id", "email"]]})
    with pytest.raises(MissingColumnsError, match="customers of source 'web'"):
        merge_channels({"web": WEB[["email", "phone"]]})
    with pytest.raises(DataError, match="source 'web' has 4 repeated customer_id"):
        merge_channels({"web": pd.concat([WEB, WEB])})


def test_numbers_beside_missing_ones_are_the_numbers_they_were() -> None:
    shops = {
        "web": pd.DataFrame({"customer_id": [1, 2], "phone": [13800000001, None]}),
        "app": pd.DataFrame({"customer_id": [7.0, 8.0], "phone": ["138 0000 0001", None]}),
    }
    merge = merge_channels(shops, keys=["phone"])
    assert merge.table["customer_id"].tolist() == ["web:1", "web:2", "web:1", "app:8"]


def test_large_ids_beside_small_ones_stay_whole() -> None:
    shops = {
        "web": pd.DataFrame({"customer_id": [2**60 + 1], "phone": ["1"]}),
        "app": pd.DataFrame({"customer_id": [5.0], "phone": ["2"]}),
    }
    table = merge_channels(shops, keys=["phone"]).table
    assert table["customer_id"].tolist() == [f"web:{2**60 + 1}", "app:5"]
    assert table["source_customer_id"].tolist() == [2**60 + 1, 5]


@pytest.mark.parametrize(
    ("change", "arguments", "error", "message"),
    [
        ({}, {"keys": "phone"}, TypeError, "keys must be a list, as in keys="),
        ({}, {"country_code": "+86"}, ValueError, r"country_code='\+86' must be digits only"),
        ({"phone": 1.5}, {}, DataError, "numbers in phone that are not whole, or above 2"),
        ({"phone": 2.0**60}, {}, DataError, "numbers in phone that are not whole, or above 2"),
        ({"source_customer_id": 1}, {}, DataError, "'web' has a column 'source_customer_id'"),
    ],
)
def test_what_would_join_the_wrong_people_is_refused(
    change: dict[str, Any], arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    web = pd.DataFrame({"customer_id": [1], "phone": ["1"]}).assign(**change)
    with pytest.raises(error, match=message):
        merge_channels({"web": web}, **{"keys": ["phone"], **arguments})


def test_a_colon_in_a_channel_would_make_two_customers_one() -> None:
    shop = pd.DataFrame({"customer_id": ["c"], "phone": ["1"]})
    with pytest.raises(ValueError, match="channel 'a:b' has a colon"):
        merge_channels({"a:b": shop}, keys=["phone"])


def test_nothing_that_a_source_holds_is_lost() -> None:
    web = pd.DataFrame({"customer_id": [1, 2], "channel": ["ad", "search"], "card": [2**60 + 1, 5]})
    app = pd.DataFrame({"customer_id": [9]}, index=pd.Index(["a@x.org"], name="email"))
    merge = merge_channels({"web": web, "app": app}, keys=["email"])
    assert merge.table["source_channel"].tolist()[:2] == ["ad", "search"]
    assert merge.table["card"].iloc[0] == 2**60 + 1
    assert merge.table["email"].iloc[2] == "a@x.org"
    with pytest.raises(DataError, match="source 'web' has a column 'source_channel'; rename it"):
        merge_channels({"web": web.assign(source_channel="x")}, keys=["customer_id"])


def test_keys_are_read_once() -> None:
    shops = {
        "web": pd.DataFrame({"customer_id": [1], "email": ["a@x.org"], "phone": ["1"]}),
        "app": pd.DataFrame({"customer_id": [2], "email": ["b@x.org"], "phone": ["1"]}),
    }
    merge = merge_channels(shops, keys=(key for key in ("email", "phone")))
    assert merge.customers == 1
    assert merge.links.equals(merge_channels(shops, keys=["email", "phone"]).links)


@pytest.mark.parametrize("key", ["email", "phone", "member"])
@pytest.mark.parametrize("word", ["nan", " NaN", "None", "<NA>", "null", "", "-", "--", "?", "－"])
def test_texts_of_missing_values_join_nobody(key: str, word: str) -> None:
    sources = {name: pd.DataFrame({"customer_id": [1], key: [word]}) for name in ("web", "app")}
    merge = merge_channels(sources, keys=[key])
    assert merge.customers == 2
    many = pd.DataFrame({"customer_id": range(30), key: word})
    assert merge_channels({"web": many}, keys=[key]).links.loc[key].tolist() == [0, 0, 0]


@pytest.mark.parametrize("key", ["phone", "member"])
def test_numbers_that_became_text_as_floats_are_the_numbers_they_were(key: str) -> None:
    web = pd.DataFrame({"customer_id": [1, 2], key: pd.Series([13800000001.0, None]).astype(str)})
    app = pd.DataFrame({"customer_id": [1], key: ["13800000001"]})
    merge = merge_channels({"web": web, "app": app}, keys=[key])
    assert merge.table["customer_id"].tolist() == ["web:1", "web:2", "web:1"]
