"""merge_channels: one customer for the several ids that one person has in several channels."""

import dataclasses
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cemkit.checks import by_customer, check_columns, check_integer, check_list
from cemkit.checks.ids import MISSING_TEXTS, WHOLE_FLOAT
from cemkit.checks.options import shown
from cemkit.data.engines import collect, scan
from cemkit.data.problems import LARGEST_EXACT_INTEGER
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.results import Result

# Columns of the result that a source may not have.
OWN = ("source_customer_id", "source_channel")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChannelMerge(Result):
    """One roster of all channels in which each person has one id, from `merge_channels`.

    `table` has every row of every source: `customer_id` (the merged id: the `channel:id` under
    which the person first occurs), `channel`, `source_customer_id`, then the columns of the
    sources. `links` has one row per key. It counts the source customers that the key linked to an
    earlier one (by the exact value, or only by the normalised one), and the values left out because
    too many customers share them.

    Examples:
        >>> shops = {
        ...     "web": pd.DataFrame({"customer_id": [1], "email": ["Ann@x.org"]}),
        ...     "app": pd.DataFrame({"customer_id": [9], "email": ["ann@x.org "]}),
        ... }
        >>> merge_channels(shops, keys=["email"]).sentence()
        '2 source customers are 1 customer.'
    """

    source_customers: int
    customers: int
    table: pd.DataFrame
    links: pd.DataFrame

    def _scalars(self) -> dict[str, Any]:
        return {"source_customers": self.source_customers, "customers": self.customers}


def merge_channels(
    sources: Mapping[str, Any],
    keys: Sequence[str] = ("email", "phone"),
    *,
    country_code: str | None = None,
    max_shared: int = 10,
) -> ChannelMerge:
    """Merge the customer rosters of several channels, giving each person one id.

    Two source customers count as one person if they share the value of a key, exactly or after
    normalising, directly or through a third customer. Normalising strips outer blanks and lowers
    capitals; a telephone number keeps only its digits, with the country code where one is given.
    Texts that mean a missing value, such as "nan" and "None", and texts without a letter or digit,
    such as "-", never link customers. The `.0` of numbers that were floats is dropped.

    Args:
        sources: Roster of each channel, as in `{"web": web, "app": app}`: a unique `customer_id`,
            and any of the keys. Equal ids in two channels link customers only if `"customer_id"` is
            among the keys.
        keys: Columns to match on. Each is in at least one source.
        country_code: Country code to put before national telephone numbers: digits only, as in
            `"86"`. None leaves numbers as they are.
        max_shared: Largest number of source customers that may share a value. A more common value
            (a shop's telephone, "none@none") identifies nobody and is left out.

    Returns:
        A `ChannelMerge` with the merged roster `table` and the counts `links`. The order of rows
        within a source does not matter.

    Raises:
        MissingColumnsError: A source lacks `customer_id`, or all lack a key.
        NotEnoughDataError: No source is given.
        DataError: A source has a column `source_customer_id` or `source_channel`, or ids or keys
            that are fractional numbers.
        TypeError, ValueError: `keys` is a single text, `country_code` has other characters than
            digits, or a channel's name has a colon.

    Examples:
        >>> shops = {
        ...     "web": pd.DataFrame({"customer_id": [1, 2], "phone": ["+86 138-0000 0001", None]}),
        ...     "app": pd.DataFrame({"customer_id": [1], "phone": ["13800000001"]}),
        ... }
        >>> merge_channels(shops, keys=["phone"], country_code="86").table[
        ...     ["customer_id", "channel", "source_customer_id"]
        ... ]
          customer_id channel  source_customer_id
        0       web:1     web                   1
        1       web:2     web                   2
        2       web:1     app                   1
    """
    check_integer(max_shared, "max_shared", minimum=1)
    keys = check_list(keys, "keys")
    for key in keys:
        if not isinstance(key, str):
            raise TypeError(f"keys must name columns, as in keys=['email'], not {shown(key)}")
    if country_code is not None and not _is_digits(country_code):
        raise ValueError(f"country_code={shown(country_code)} must be digits only, as in '86'")
    people = _together(sources, keys)
    check_columns(people.columns, keys, "at least one source needs each key")
    person, links = _matched(people, keys, country_code, max_shared)
    # Sources in the order given, ids within them sorted: the first row of a person names them.
    channel = people["channel"].map({name: k for k, name in enumerate(sources)})
    ids = people["customer_id"].astype("string")
    ranked = pd.DataFrame({"channel": channel, "id": ids, "person": person})
    first = ranked.sort_values(["channel", "id"]).drop_duplicates("person")
    names = (people["channel"] + ":" + ids)[first.index].set_axis(first["person"])
    table = people.rename(columns={"customer_id": "source_customer_id"})
    table.insert(0, "customer_id", names.reindex(person).to_numpy(dtype=object))
    return ChannelMerge(
        source_customers=len(table),
        customers=len(names),
        table=table.infer_objects(),
        links=links,
    )


def _is_digits(code: object) -> bool:
    return isinstance(code, str | int) and not isinstance(code, bool) and str(code).isdigit()


def _together(sources: Mapping[str, Any], keys: Sequence[str]) -> pd.DataFrame:
    if not isinstance(sources, Mapping):
        raise TypeError(
            "sources must be rosters by channel, as in {'web': web, 'app': app}, "
            f"not {type(sources).__name__}"
        )
    if not sources:
        raise NotEnoughDataError("sources", have=0, need=1)
    parts = []
    for channel, source in sources.items():
        if not isinstance(channel, str):
            raise TypeError(f"the names of channels must be text, not {shown(channel)}")
        if ":" in channel:
            raise ValueError(
                f"channel {channel!r} has a colon, which separates channel and id in merged "
                "ids; rename the channel"
            )
        rows = _roster(source, channel)
        rows.insert(0, "channel", channel)
        for name in ["customer_id", *keys]:
            if name in rows.columns:
                rows[name] = _whole(rows[name], channel)
        parts.append(rows)
    return pd.concat(_with_room_for_missing(parts), ignore_index=True)


def _roster(source: Any, channel: str) -> pd.DataFrame:
    """The rows of one source; a channel of its own is kept beside the one of the merge."""
    rows = collect(scan(source, f"source {channel!r}"))
    if any(name not in (None, "customer_id") for name in rows.index.names):
        rows = rows.reset_index()  # by_customer would lose an index that says something else
    rows = rows.astype({name: "float32" for name in rows.columns if rows[name].dtype == "float16"})
    rows = by_customer(rows, f"source {channel!r}").reset_index()
    for name in OWN:
        if name in rows.columns:
            raise DataError(f"source {channel!r} has a column {name!r}; rename it")
    return rows.rename(columns={"channel": "source_channel"})


def _with_room_for_missing(parts: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Integers that not every source has as integers that can be missing, never as floats."""
    everywhere = set.intersection(*({*part.columns} for part in parts))
    for part in parts:
        for name in part.columns:
            if name not in everywhere and part[name].dtype.kind in "iu":
                part[name] = part[name].convert_dtypes()
    return parts


def _whole(values: pd.Series, channel: str) -> pd.Series:
    """Ids and numbers that missing ones among them have made floats, as integers."""
    if pd.api.types.is_complex_dtype(values.dtype):
        raise DataError(
            f"source {channel!r} has complex numbers in {values.name}; convert them to "
            "text or whole numbers"
        )
    if not pd.api.types.is_float_dtype(values.dtype):
        return values.astype(object)
    if (values.abs() > LARGEST_EXACT_INTEGER).any() or (values % 1 != 0)[values.notna()].any():
        raise DataError(
            f"source {channel!r} has numbers in {values.name} that are not whole, or above 2^53; "
            "read the column as text"
        )
    return values.astype("Int64").astype(object)


def _matched(
    people: pd.DataFrame, keys: Sequence[str], country_code: str | None, max_shared: int
) -> tuple[npt.NDArray[np.int64], pd.DataFrame]:
    """Which person each row is, and what each key did for it."""
    person, links = np.arange(len(people), dtype=np.int64), {}
    for key in keys:
        exact = people[key].astype("string")
        normal = exact.map(
            lambda value, key=key: normalised(value, key, country_code), na_action="ignore"
        )
        counts = normal.map(normal.value_counts())
        telling = normal.notna() & (normal != "") & (counts <= max_shared)
        by_exact = _joined(person, exact.where(telling))
        joined = _joined(by_exact, normal.where(telling))
        links[key] = {
            "exact": int(person.max() - by_exact.max()),
            "normalised": int(by_exact.max() - joined.max()),
            "shared_values": int(normal[(counts > max_shared) & (normal != "")].nunique()),
        }
        person = joined
    return person, pd.DataFrame.from_dict(links, orient="index").rename_axis("key")


def _joined(person: npt.NDArray[np.int64], values: pd.Series) -> npt.NDArray[np.int64]:
    """Persons numbered from 0, where those who share a value are one."""
    codes = pd.factorize(values)[0]
    has = codes >= 0
    size = int(person.max()) + 1
    total = size + int(codes.max(initial=-1)) + 1
    edges = (np.ones(int(has.sum())), (person[has], size + codes[has]))
    _, labels = connected_components(coo_array(edges, shape=(total, total)), directed=False)
    joined: npt.NDArray[np.int64] = np.unique(labels[person], return_inverse=True)[1]
    return joined


def normalised(value: str, key: str, country_code: str | None = None) -> str:
    """A key's value without the differences that mean nothing; empty where it says nothing."""
    text = unicodedata.normalize("NFKC", value).strip()
    whole = WHOLE_FLOAT.fullmatch(text)
    text = whole[1] if whole else text
    if text in MISSING_TEXTS or not any(letter.isalnum() for letter in text):
        return ""
    if key != "phone":
        return text.casefold()
    digits = re.sub(r"\D", "", text)
    if text.startswith("+") or digits.startswith("00"):
        return digits.removeprefix("00")
    return f"{country_code}{digits.removeprefix('0')}" if country_code and digits else digits
