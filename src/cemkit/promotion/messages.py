"""render_messages: the words for each action; nothing is sent."""

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.catalogue import check_language, languages, words
from cemkit.checks import (
    by_customer,
    check_as_of,
    check_columns,
    check_same_ids,
    customer_ids,
    folded,
)
from cemkit.checks.options import shown
from cemkit.data.channel_spellings import channel_name, channels_of
from cemkit.data.columns import check_table, distinct_values, plain_words
from cemkit.errors import DataError
from cemkit.promotion.history import supporting_purchases
from cemkit.promotion.own_terms import check_own_terms
from cemkit.promotion.terms import offer_terms, terms_text
from cemkit.promotion.texts import one_lines
from cemkit.promotion.wording import check_templates, fill
from cemkit.results import Result

Texts = npt.NDArray[np.object_]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Message(Result):
    """One message, ready to be sent by whoever sends.

    Attributes:
        customer_id: To whom.
        channel: Through what.
        language: One that cemkit speaks, such as `"en"` or `"zh"`.
        subject: One line.
        body: Plain text, which holds the terms.
        terms: What is off, on what, until when, and how to get no more: the same on every channel.
        discount: A fraction.
        valid_until: The last day.

    Examples:
        >>> message = render_message(
        ...     {"customer_id": 7, "name": "Ann", "preferred_channel": "sms", "language": "en"},
        ...     {"discount": 0.125, "valid_until": "2024-03-31"},
        ...     as_of="2024-03-01",
        ... )
        >>> message.subject
        '12.5% off everything'
    """

    customer_id: object
    channel: str
    language: str
    subject: str
    body: str
    terms: str
    discount: float
    valid_until: pd.Timestamp


def render_message(
    person: Mapping[str, Any],
    offer: Mapping[str, Any],
    as_of: str | dt.date | pd.Timestamp,
    *,
    templates: pd.DataFrame | None = None,
    language: str | None = None,
    fallback_channel: str | None = None,
    orders: pd.DataFrame | None = None,
) -> Message:
    """The message that makes one offer to one customer; see `render_messages`.

    Args:
        person: A row of people: `customer_id`, and any of `name, preferred_channel, language`.
        offer: A row of offers: `discount, valid_until`, and any of `valid_from, scope, extras`;
            dates may be ISO text.
        as_of: The day of writing.
        templates: As in `render_messages`.
        language: As in `render_messages`.
        fallback_channel: As in `render_messages`.
        orders: As in `render_messages`.

    Examples:
        >>> message = render_message(
        ...     {"customer_id": 12345, "name": "张三", "preferred_channel": "微信"},
        ...     {"discount": 0.2, "scope": "运动服饰", "valid_until": "2023-12-31"},
        ...     as_of="2023-12-01",
        ...     language="zh",
        ... )
        >>> message.channel, message.subject
        ('wechat', '运动服饰8折（优惠20%），2023年12月31日截止')
    """
    for name, given in (("person", person), ("offer", offer)):
        if not isinstance(given, Mapping):
            raise TypeError(f"{name} must be a mapping of columns to values, not {shown(given)}")
    dates = {
        name: check_as_of(offer[name], name)
        for name in ("valid_from", "valid_until")
        if offer.get(name) is not None
    }
    offers = pd.DataFrame([{"offer": "this", **offer, **dates}])
    people = pd.DataFrame([{**person}])
    check_columns(people.columns, ["customer_id"])
    actions = pd.DataFrame({"customer_id": people["customer_id"], "offer": offers["offer"]})
    row = render_messages(
        actions,
        offers,
        people,
        as_of,
        templates=templates,
        language=language,
        fallback_channel=fallback_channel,
        orders=orders,
    ).iloc[0]
    fields = {field.name: row[field.name] for field in dataclasses.fields(Message)}
    return Message(**{**fields, "discount": float(row["discount"])})


def render_messages(
    actions: pd.DataFrame,
    offers: pd.DataFrame,
    people: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    templates: pd.DataFrame | None = None,
    language: str | None = None,
    fallback_channel: str | None = None,
    orders: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One message per action: channel, subject, body and terms. Nothing is sent.

    Body and subject are plain text: put them into HTML only escaped. Every message says until when
    the offer holds and how to get no more, and its terms are word for word the same on every
    channel. Percentages are exact. What customers typed is only ever text: `{name}` or `$amount`
    in a name is printed as it is, with line breaks and control characters made spaces.

    Args:
        actions: `customer_id, offer`, and where there `channel`, `action` (for templates of its
            own) and `code` (the customer's coupon). `offer` names one of the offers. Terms that
            stand here too (`discount, scope, extras, valid_from, valid_until`), as in issued
            coupons, must be those of the offer, or missing.
        offers: `offer, discount, valid_until`, one row per offer, and where there `valid_from`,
            `scope` (missing: everything) and `extras`, which are text or numbers. `kind` and
            `contact_cost` are for `offer_profit`. Other columns are refused.
        people: `customer_id`, and where there `name, language, preferred_channel`, which stands in
            for a missing channel.
        as_of: The day of writing.
        templates: `channel, language, subject, body`, and `action` where one is for an action
            alone; other columns are refused. Places are `{name}`, `{history}`, `{discount}`,
            `{scope}`, `{extras}`, `{code}`, `{valid_from}`, `{valid_until}` and `{terms}`, which
            must be in the body. A channel that cemkit has no template for needs one here.
            cemkit's own stand in for the rest.
        language: One for everybody, such as `"en"` or `"zh"`; None for the `language` of people.
        fallback_channel: Where the channel is missing or has no template; without it that is an
            error. Consent is by channel: check it again after (`export_actions` does).
        orders: `customer_id, product`, and where there `category, order_date, amount`. A message
            mentions up to two products whose category, or which themselves, are the scope of the
            offer, and which the customer did not return.

    Returns:
        The actions, on their index, with `channel, language, subject, body, terms, discount,
        valid_until`.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: An offer is not there, stands twice, has expired or gives no discount, or a
            discount lies outside (0, 1]; an action has other terms; a customer is not among the
            people; a channel or language is missing or unknown; ids of two tables cannot match; a
            table has unknown columns, or a value that cannot be written.
        ValueError: A template cannot be used.

    Examples:
        >>> actions = pd.DataFrame({"customer_id": [7], "offer": ["spring"], "channel": ["sms"]})
        >>> offers = pd.DataFrame(
        ...     {
        ...         "offer": ["spring"],
        ...         "discount": [0.07],
        ...         "valid_until": pd.to_datetime(["2024-03-31"]),
        ...     }
        ... )
        >>> people = pd.DataFrame({"customer_id": [7], "name": ["{ann}"], "language": ["en"]})
        >>> messages = render_messages(actions, offers, people, as_of="2024-03-01")
        >>> print(messages["body"].iloc[0])
        {ann}, 7% off everything until 2024-03-31.
        Terms: 7% off everything, valid from 2024-03-01 to 2024-03-31. To get no more offers, ...
    """
    day = check_as_of(as_of)
    if fallback_channel is not None and not isinstance(fallback_channel, str):
        raise TypeError(f"fallback_channel must be text, not {shown(fallback_channel)}")
    hint = "it names the offer of each action"
    check_table(actions, "actions", ["offer"], hint=hint)
    ids = customer_ids(actions, "actions")
    people = by_customer(check_table(people, "people"), "people")
    person = _person_rows(ids, people)
    terms, term = offer_terms(actions["offer"], offers, day)
    check_own_terms(actions, terms, term, day)
    spoken = _languages(people, person, language)
    table = check_templates(templates)
    asked = pd.DataFrame(
        {
            "action": _kinds(actions),
            "channel": channels_of(actions, people, person),
            "language": spoken,
        },
        index=actions.index,
    )
    channel, template = _templates_of(asked, table, fallback_channel)
    scope = terms["scope"].to_numpy(dtype=object)[term]
    said = {
        "name": _names(people, person, spoken),
        "history": _histories(orders, ids, scope, spoken, day),
        "code": _codes(actions, spoken),
    }
    text = _written(table, template, terms, term, said)
    return actions.assign(
        channel=channel,
        language=spoken,
        subject=text["subject"],
        body=text["body"],
        terms=text["terms"],
        discount=terms["discount"].to_numpy()[term],
        valid_until=terms["valid_until"].to_numpy()[term],
    )


def _person_rows(ids: pd.Index, people: pd.DataFrame) -> npt.NDArray[np.intp]:
    check_same_ids(ids, people.index, "actions", "people")
    rows = people.index.get_indexer(ids)
    if (rows < 0).any():
        raise DataError(
            f"{(rows < 0).sum():,} actions are for customers who are not among the people, such as "
            f"{ids[rows < 0].tolist()[0]!r}; build_audience leaves them out"
        )
    return rows


def _kinds(actions: pd.DataFrame) -> Texts:
    """What each action is, for templates of its own; None where nobody says."""
    if "action" not in actions.columns:
        return np.full(len(actions), None, dtype=object)
    codes, spellings = distinct_values(actions["action"], "action")
    kinds = plain_words(pd.Series(spellings, dtype=object), "action")
    folds = [*(kind if kind is None else folded(kind) for kind in kinds), None]
    return np.array(folds, dtype=object)[codes]


def _languages(people: pd.DataFrame, person: npt.NDArray[np.intp], language: str | None) -> Texts:
    if language is not None:
        check_language(language)
        return np.full(len(person), language, dtype=object)
    check_columns(people.columns, ["language"], "or say language='en' or another for everybody")
    codes, given = distinct_values(people["language"], "language")
    spoken = [re.split("[-_]", str(word).strip().casefold())[0] for word in given]
    mine: Texts = np.array([*spoken, None], dtype=object)[codes][person]
    unknown = ~np.isin(mine.astype(str), languages())
    if unknown.any():
        raise DataError(
            f"{unknown.sum():,} actions are for people whose language is {mine[unknown][0]!r}; "
            f"cemkit writes {[*languages()]}: fill the column, or say language= for everybody"
        )
    return mine


def _templates_of(
    asked: pd.DataFrame, templates: pd.DataFrame, fallback_channel: str | None
) -> tuple[Texts, npt.NDArray[np.intp]]:
    """The channel of each action, and the row of its template."""
    kind = asked.groupby(list(asked), sort=False, dropna=False).ngroup().to_numpy()
    kinds = asked[~pd.Series(kind).duplicated().to_numpy()]
    found = _choose(kinds, templates, fallback_channel)
    channels = np.array([channel for channel, _ in found], dtype=object)
    return channels[kind], np.array([row for _, row in found], dtype=np.intp)[kind]


def _choose(
    kinds: pd.DataFrame, templates: pd.DataFrame, fallback_channel: str | None
) -> list[tuple[str, int]]:
    """For each action, channel and language the channel used and the row of the first template."""
    row_of: dict[tuple[object, ...], int] = {}
    keys = templates[["action", "channel", "language"]].itertuples(index=False, name=None)
    for row, key in enumerate(keys):
        row_of.setdefault(key, row)
    fallback = [] if fallback_channel is None else [channel_name(fallback_channel)]
    chosen = []
    for action, channel, language in kinds.itertuples(index=False, name=None):
        tried = [(a, c, language) for c in (channel, *fallback) for a in (action, None)]
        usable = [key for key in tried if key in row_of]
        if not usable:
            known = sorted({str(channel) for channel in templates["channel"]})
            what = "a missing channel" if pd.isna(channel) else f"the channel {channel!r}"
            raise DataError(
                f"an action has {what}, for which there is no template in {language!r}; there are "
                f"{known}; give a template, or a fallback_channel"
            )
        chosen.append((str(usable[0][1]), row_of[usable[0]]))
    return chosen


def _names(people: pd.DataFrame, person: npt.NDArray[np.intp], spoken: Texts) -> Texts:
    names = np.full(len(people), "", dtype=object)
    if "name" in people.columns:
        names[:] = one_lines(people["name"], "name")
    mine = names[person]
    for language in languages():
        mine[(mine == "") & (spoken == language)] = words(language).PHRASES["name"]
    return mine


def _histories(
    orders: pd.DataFrame | None, ids: pd.Index, scopes: Texts, spoken: Texts, as_of: pd.Timestamp
) -> Texts:
    histories = np.full(len(ids), "", dtype=object)
    if orders is None:
        return histories
    bought = supporting_purchases(orders, ids, pd.Index(scopes[scopes != ""]).unique(), as_of)
    row = bought.index.get_indexer(pd.MultiIndex.from_arrays([ids, scopes]))
    for language in languages():
        head, tail = words(language).PHRASES["history"].split("{products}")
        joined = [
            head + first + tail
            if pd.isna(second)
            else head + first + words(language).PHRASES["and"] + second + tail
            for first, second in zip(bought["first"], bought["second"], strict=True)
        ]
        mine = (row >= 0) & (spoken == language)
        histories[mine] = np.array(joined, dtype=object)[row[mine]]
    return histories


def _codes(actions: pd.DataFrame, spoken: Texts) -> Texts:
    codes = np.full(len(actions), "", dtype=object)
    if "code" in actions.columns:
        values = one_lines(actions["code"], "code")
        given = values != ""
        for language in languages():
            head, tail = words(language).PHRASES["code"].split("{code}")
            texts = np.array([head + value + tail for value in values], dtype=object)
            codes = np.where(given & (spoken == language), texts, codes)
    return codes


def _written(
    templates: pd.DataFrame,
    template: npt.NDArray[np.intp],
    terms: pd.DataFrame,
    term: npt.NDArray[np.intp],
    varying: dict[str, Texts],
) -> dict[str, Texts]:
    """Subject, body and terms, group by group: messages of a group differ in what varies alone."""
    text = {name: np.full(len(template), "", dtype=object) for name in ("subject", "body", "terms")}
    present = (varying["history"] != "") * 2 + (varying["code"] != "")
    kind = (template * len(terms) + term) * 4 + present
    order = np.argsort(kind, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(kind[order])) + 1) if len(order) else []:
        first = rows[0]
        wording = templates.iloc[template[first]]
        fixed = terms_text(terms.iloc[term[first]], wording["language"])
        said = [name for name, values in varying.items() if values[first] != ""]
        fixed |= {name: "" for name in varying if name not in said}
        text["terms"][rows] = fixed["terms"]
        for part in ("subject", "body"):
            form, places = fill(wording[part] or "", fixed, said)
            columns = [varying[place][rows].tolist() for place in places]
            filled = [form % values for values in zip(*columns, strict=True)]
            text[part][rows] = filled if columns else form % ()
    return text
