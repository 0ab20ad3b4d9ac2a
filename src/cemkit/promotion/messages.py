"""render_messages: the words for each action; nothing is sent."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.catalogue import check_language
from cemkit.checks import (
    by_customer,
    check_as_of,
    check_columns,
    check_number,
    check_same_ids,
    customer_ids,
)
from cemkit.checks.options import shown
from cemkit.data.channel_spellings import channels_of
from cemkit.data.columns import check_table, distinct_values
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.promotion import places
from cemkit.promotion.own_terms import check_own_terms
from cemkit.promotion.signatures import plain_signature
from cemkit.promotion.sms import sms_sizes
from cemkit.promotion.speech import Labels, Speech, read_labels
from cemkit.promotion.template_choice import asked_of_templates, templates_of
from cemkit.promotion.terms import Terms, offer_terms
from cemkit.promotion.texts import language_code
from cemkit.promotion.wording import (
    PLACES,
    check_templates,
    places_of,
)
from cemkit.promotion.writing import Rows, Texts, Writing
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Message(Result):
    """One message, ready to be sent.

    Attributes:
        customer_id: Customer who gets the message.
        channel: Channel of the message.
        language: Language of the texts, such as `"en"` or `"zh"`.
        subject: Subject in one line.
        body: Plain text of the message, including the terms.
        terms: Terms of the offer: the benefit, its scope and end, and how to unsubscribe. The terms
            of an offer are the same on every channel.
        discount: Discount as a fraction; None where the offer is not a single percentage.
        valid_until: Last day of the offer, or its last moment if a time is given; None if the offer
            does not end, as for a greeting.
        length: Number of characters of the body; for an SMS as networks count them.
        segments: Number of SMS segments of the body; None on other channels.
        message_cost: Cost of these SMS segments; None on other channels, or without a
            `segment_cost`.

    Examples:
        >>> message = render_message(
        ...     {"customer_id": 7, "name": "Ann", "preferred_channel": "sms", "language": "en"},
        ...     {"discount": 0.125, "valid_until": "2024-03-31"},
        ...     as_of="2024-03-01",
        ... )
        >>> message.subject
        '12.5% off everything'
        >>> message.length, message.segments
        (144, 1)
    """

    customer_id: object
    channel: str
    language: str
    subject: str
    body: str
    terms: str
    discount: float | None
    valid_until: pd.Timestamp | None
    length: int
    segments: int | None
    message_cost: float | None


def render_message(
    person: Mapping[str, Any],
    offer: Mapping[str, Any],
    as_of: str | dt.date | pd.Timestamp,
    *,
    templates: pd.DataFrame | None = None,
    language: str | None = None,
    fallback_channel: str | None = None,
    orders: pd.DataFrame | None = None,
    recommended: pd.DataFrame | None = None,
    levels: pd.DataFrame | None = None,
    labels: pd.DataFrame | None = None,
    signature: str | None = None,
    segment_cost: float | None = None,
) -> Message:
    """Write the message that makes one offer to one customer.

    `render_messages` does the same for many customers, and describes the tables in full.

    Args:
        person: Row of the people table: `customer_id`, any of `name, preferred_channel, language`,
            and the columns that a template uses.
        offer: Row of the offers table, such as `discount, valid_until`; dates may be ISO text.
            Without a name in `offer` it is called "this".
        as_of: Day of writing.
        templates: Your own templates: `channel, language, subject, body`, and `action` or `kind`.
            None for those of cemkit.
        language: Language of the message, such as `"en"` or `"zh"`. None uses the `language` of the
            person.
        fallback_channel: Channel to use if the person's channel is missing or has no template. None
            raises an error in these cases.
        orders: Order table with `customer_id, product`, and optionally `category, order_date,
            amount`, for the purchases that the message mentions.
        recommended: Table with `customer_id, product, rank`, for the products that the message
            recommends.
        levels: Levels of the offer, as in `offer_costs`. None where it has no levels.
        labels: Table with `value, language, label`: the texts that the customer reads for a scope,
            an offer, extras, a product or a level.
        signature: Sender, such as the brand. None for no signature.
        segment_cost: Price of one SMS segment, for `message_cost`. None leaves costs out.

    Returns:
        A `Message`. Nothing is sent.

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
    offers = pd.DataFrame([{"offer": "this", **offer}])
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
        recommended=recommended,
        levels=levels,
        labels=labels,
        signature=signature,
        segment_cost=segment_cost,
    ).iloc[0]
    given = {field.name: row.get(field.name) for field in dataclasses.fields(Message)}
    plain: dict[str, Any] = {name: None if pd.isna(v) else v for name, v in given.items()}
    for name, kind in (("length", int), ("segments", int), ("discount", float)):
        plain[name] = None if plain[name] is None else kind(plain[name])
    return Message(**plain)


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
    recommended: pd.DataFrame | None = None,
    levels: pd.DataFrame | None = None,
    labels: pd.DataFrame | None = None,
    signature: str | None = None,
    segment_cost: float | None = None,
) -> pd.DataFrame:
    """Write one message per action: channel, subject, body, terms and size. Nothing is sent.

    Body and subject are plain text, so escape them in HTML. Every message states the end of the
    offer and how to unsubscribe. The terms of an offer are word for word the same on every channel.
    Percentages and amounts are exact. Text from customers is never interpreted: `{name}` or
    `$amount` in a name is printed literally, with line breaks and control characters replaced by
    spaces.

    Args:
        actions: Action table with `customer_id, offer`, and optionally `channel`, `action` (for
            templates of an action), `code` (the customer's coupon), and columns that a template
            uses. Terms in this table (such as `discount, scope, valid_until`), as in issued
            coupons, must equal those of the offer or be missing.
        offers: Offers table with one row per offer: `offer, valid_until` and the terms of its kind.
            Customers read the label of a gift, of a service, or of a message without an offer. A
            time of day is stated if given, and `stackable` if the table has the column. A message
            without an offer (`kind` "none") does not need `valid_until`. Unknown columns raise an
            error.
        people: Table with `customer_id`, and optionally `name`, `language`, `preferred_channel`
            (used if an action has no channel), and columns that a template uses.
        as_of: Day of writing.
        templates: Your own templates: `channel, language, subject, body`, and `action` or `kind`
            for templates of one action or one kind of offer; other columns raise an error.
            Templates of cemkit are used for everything else. Placeholders are `{name}`, `{benefit}`
            (what the offer gives, in words), `{when}`, `{valid_from}`, `{valid_until}`, `{offer}`,
            `{scope}`, `{extras}`, `{discount}`, `{amount_off}`, `{min_spend}`, `{points}`,
            `{points_per_unit}`, `{headline}`, `{history}`, `{recommended}`, `{code}`,
            `{signature}`, any column of actions or people, and `{terms}`, which must be in the
            body. A language that cemkit does not speak needs only templates: its terms are then
            written in symbols, such as "-20%, 2024-03-01 → 2024-03-31. STOP".
        language: One language for everybody, such as `"en"` or `"zh"`. None uses the `language` of
            people.
        fallback_channel: Channel to use if the channel is missing or has no template. None raises
            an error in these cases. Consent is per channel, so check it again afterwards
            (`export_actions` does).
        orders: Order table with `customer_id, product`, and optionally `category, order_date,
            amount`. A message mentions up to two products that the customer kept, if the product or
            its category is the scope of the offer.
        recommended: Table with `customer_id, product, rank`, as from `CrossSell().recommend()`. A
            message names the best three.
        levels: Levels of offers, as in `offer_costs`; every level is stated. None where no offer
            has levels.
        labels: Table with `value, language, label`: the texts that customers read for a scope, an
            offer, extras, a product, a level, or a value of a column. A scope, offer, extras,
            product or level that is not in the script of the language needs a label. A value of a
            column needs one if another value of the column has one. "customer" and "everything" can
            be labelled as well.
        signature: Sender, such as the brand. A Chinese SMS begins with it, 【品牌】; other messages
            include it if their channel has room. None for no signature.
        segment_cost: Price of one SMS segment, for `message_cost`. None leaves costs out.

    Returns:
        The actions, on their index, with

        - `channel, language, subject, body, terms`.
        - `discount`: a fraction; missing where the offer is not a single percentage.
        - `valid_until`: missing where the offer has none.
        - `length`: characters of the body. For an SMS as networks count them: characters of the GSM
          extension table, and emoji, count twice.
        - `segments`: number of SMS segments of the body; missing on other channels. One SMS has 160
          characters of the GSM alphabet or 70 others, a segment of several 153 or 67.
        - `message_cost`, where `segment_cost` is given: `segments * segment_cost`; missing on other
          channels.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: An offer is missing, occurs twice, has expired or cannot be read. An action has
            other terms than its offer. A customer is not in the people table. A channel, language
            or label is missing or unknown. The ids of two tables cannot match. A placeholder of a
            template is empty. A table has unknown columns, or a value that cannot be written.
        ValueError: A template has an unknown placeholder, or lacks `{terms}`.

    Examples:
        >>> actions = pd.DataFrame({"customer_id": [7], "offer": ["spring"], "channel": ["sms"]})
        >>> offers = pd.DataFrame(
        ...     {
        ...         "offer": ["spring"],
        ...         "kind": ["amount_off"],
        ...         "amount_off": [50],
        ...         "min_spend": [300],
        ...         "valid_until": pd.to_datetime(["2024-03-31"]),
        ...     }
        ... )
        >>> people = pd.DataFrame({"customer_id": [7], "name": ["{ann}"]})
        >>> messages = render_messages(actions, offers, people, as_of="2024-03-01", language="en")
        >>> print(messages["body"].iloc[0])
        {ann}, 50 off 300 or more until 2024-03-31.
        Terms: 50 off 300 or more, valid from 2024-03-01 to 2024-03-31. To get no more offers, ...
        >>> messages = render_messages(
        ...     actions,
        ...     offers,
        ...     people,
        ...     "2024-03-01",
        ...     language="zh",
        ...     signature="品牌",
        ...     segment_cost=0.05,
        ... )
        >>> print(messages["body"].iloc[0])
        【品牌】{ann}您好，全场商品满300减50，2024年3月31日截止。
        活动条款：全场商品满300减50，有效期2024年3月1日至2024年3月31日。如不愿再收到优惠信息，请回复TD退订。
        >>> messages[["length", "segments", "message_cost"]].iloc[0].tolist()
        [98.0, 2.0, 0.1]
    """
    day = check_as_of(as_of)
    segment_cost = _checked_options(fallback_channel, segment_cost)
    sender = plain_signature(signature)
    check_table(actions, "actions", ["offer"], hint="it names the offer of each action")
    ids = customer_ids(actions, "actions")
    people = by_customer(check_table(people, "people"), "people")
    person = _person_rows(ids, people)
    further = {str(name) for name in (*actions.columns, *people.columns) if isinstance(name, str)}
    table, own = check_templates(templates, further)
    named = "{offer}" in "".join(_texts_of(table[:own]))
    read, row, terms, term = offer_terms(actions["offer"], offers, day, levels=levels, named=named)
    check_own_terms(actions, read, row, day)
    speeches = _speeches(table, own, read_labels(labels))
    spoken = _languages(people, person, language, speeches)
    asked = asked_of_templates(actions, terms, term, channels_of(actions, people, person), spoken)
    channel, template = templates_of(asked, table, own, fallback_channel)
    scope = np.array([one.benefit.scope for one in terms], dtype=object)[term]
    said = {"name": places.names(people, person, spoken, speeches)}
    if orders is not None:
        said["history"] = places.histories(orders, (ids, scope), spoken, speeches, day)
    if recommended is not None:
        said["recommended"] = places.recommendations(recommended, ids, spoken, speeches)
    if "code" in actions.columns:
        said["code"] = places.codes(actions["code"], spoken, speeches)
    for column in sorted(_places_used(table.take(np.unique(template))) - {*PLACES}):
        said[column] = places.column_texts(column, actions, (people, person), spoken, speeches)
    text = Writing(table, terms, speeches, sender, ids).written(template, term, said)
    return actions.assign(
        channel=channel,
        language=spoken,
        **text,
        **{name: values[term] for name, values in _of_offers(terms).items()},
        **_sizes(text["body"], channel, segment_cost, actions.index),
    )


def _checked_options(fallback_channel: object, segment_cost: float | None) -> float | None:
    """The cost of a segment, when it and the channel to fall back on can be used."""
    if fallback_channel is not None and not isinstance(fallback_channel, str):
        raise TypeError(f"fallback_channel must be text, not {shown(fallback_channel)}")
    if segment_cost is None:
        return None
    return check_number(segment_cost, "segment_cost", minimum=0)


def _of_offers(terms: list[Terms]) -> dict[str, npt.NDArray[Any]]:
    """Discount and last day of each of some terms."""
    discount = np.array([_only_discount(one) for one in terms], dtype=np.float64)
    until = pd.Series([one.valid_until for one in terms], dtype="datetime64[us]").to_numpy()
    return {"discount": discount, "valid_until": until}


def _texts_of(templates: pd.DataFrame) -> list[str]:
    """The subjects and bodies of some templates."""
    texts: list[str] = templates[["subject", "body"]].fillna("").to_numpy().ravel().tolist()
    return texts


def _only_discount(terms: Terms) -> float:
    levels = terms.benefit.levels
    discount = levels[0].discount if len(levels) == 1 else None
    return np.nan if discount is None else float(discount)


def _sizes(
    bodies: Texts, channel: Texts, segment_cost: float | None, index: pd.Index
) -> dict[str, Any]:
    is_sms = channel == "sms"
    length = np.fromiter(map(len, bodies), dtype=np.int64, count=len(bodies))
    segments = np.zeros(len(bodies), dtype=np.int64)
    length[is_sms], segments[is_sms] = sms_sizes(bodies[is_sms].tolist())
    masked = pd.arrays.IntegerArray(segments, ~is_sms)
    sizes: dict[str, Any] = {"length": length, "segments": pd.Series(masked, index=index)}
    if segment_cost is not None:
        sizes["message_cost"] = np.where(is_sms, segments * segment_cost, np.nan)
    return sizes


def _person_rows(ids: pd.Index, people: pd.DataFrame) -> npt.NDArray[np.intp]:
    check_same_ids(ids, people.index, "actions", "people")
    rows = people.index.get_indexer(ids)
    if (rows < 0).any():
        raise DataError(
            f"{count_text((rows < 0).sum(), 'actions are')} for customers who are not among the "
            f"people, such as {ids[rows < 0].tolist()[0]!r}; build_audience leaves them out"
        )
    return rows


def _speeches(table: pd.DataFrame, own: int, labels: Labels) -> dict[str, Speech]:
    """The speech of each language that has a template."""
    texts: dict[str, list[str]] = {language: [] for language in table["language"].unique()}
    for language, subject, body in table[:own][["language", "subject", "body"]].itertuples(
        index=False
    ):
        texts[language] += [subject or "", body or ""]
    return {language: Speech.of(language, labels, said) for language, said in texts.items()}


def _languages(
    people: pd.DataFrame, person: Rows, language: str | None, speeches: Mapping[str, Speech]
) -> Texts:
    if language is not None:
        if language not in speeches:
            check_language(language)
        return np.full(len(person), language, dtype=object)
    check_columns(people.columns, ["language"], "or say language='en' or another for everybody")
    codes, given = distinct_values(people["language"], "language")
    spoken = [language_code(str(word)) for word in given]
    mine: Texts = np.array([*spoken, None], dtype=object)[codes][person]
    unknown = ~np.isin(mine.astype(str), [*speeches])
    if unknown.any():
        raise DataError(
            f"{count_text(unknown.sum(), 'actions are')} for people whose language is "
            f"{mine[unknown][0]!r}; there are templates in {sorted(speeches)}: fill the column, "
            "give templates in that language, or say language= for everybody"
        )
    return mine


def _places_used(templates: pd.DataFrame) -> set[str]:
    texts = _texts_of(templates)
    return set().union(*map(places_of, texts)) if texts else set()
