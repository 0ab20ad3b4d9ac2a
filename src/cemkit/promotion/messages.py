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
    folded,
)
from cemkit.checks.options import shown
from cemkit.data.channel_spellings import channel_name, channels_of
from cemkit.data.columns import check_table, distinct_values, plain_words
from cemkit.data.offers import KINDS
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.promotion import places
from cemkit.promotion.own_terms import check_own_terms
from cemkit.promotion.signatures import plain_signature, signed
from cemkit.promotion.sms import sms_sizes
from cemkit.promotion.speech import Labels, Speech, read_labels
from cemkit.promotion.terms import Terms, offer_terms, terms_text
from cemkit.promotion.texts import language_code
from cemkit.promotion.wording import (
    PLACES,
    check_templates,
    fill,
    kind_of,
    missing_place,
    places_of,
)
from cemkit.results import Result

KIND_NAMES = [*KINDS]
VARYING = ("history", "recommended", "code")  # places that are empty where nothing is given
Texts = npt.NDArray[np.object_]
Rows = npt.NDArray[np.intp]


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
    if fallback_channel is not None and not isinstance(fallback_channel, str):
        raise TypeError(f"fallback_channel must be text, not {shown(fallback_channel)}")
    if segment_cost is not None:
        segment_cost = check_number(segment_cost, "segment_cost", minimum=0)
    sender = plain_signature(signature)
    hint = "it names the offer of each action"
    check_table(actions, "actions", ["offer"], hint=hint)
    ids = customer_ids(actions, "actions")
    people = by_customer(check_table(people, "people"), "people")
    person = _person_rows(ids, people)
    further = {str(name) for name in (*actions.columns, *people.columns) if isinstance(name, str)}
    table, own = check_templates(templates, further)
    named = table[:own][["subject", "body"]].fillna("").agg("".join, axis=1)
    read, row, terms, term = offer_terms(
        actions["offer"], offers, day, levels=levels, named="{offer}" in "".join(named)
    )
    check_own_terms(actions, read, row, day)
    speeches = _speeches(table, own, read_labels(labels))
    spoken = _languages(people, person, language, speeches)
    kind_of_terms = np.array([KIND_NAMES.index(one.benefit.kind) for one in terms], dtype=np.int8)
    asked = pd.DataFrame(
        {
            "action": _kinds(actions),
            "kind": pd.Categorical.from_codes(kind_of_terms[term], pd.Index(KIND_NAMES)),
            "channel": channels_of(actions, people, person),
            "language": spoken,
        },
        index=actions.index,
    )
    channel, template = _templates_of(asked, table, own, fallback_channel)
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
    writing = _Writing(table, terms, speeches, sender, ids)
    text = writing.written(template, term, said)
    discount = [_only_discount(one) for one in terms]
    until = pd.Series([one.valid_until for one in terms], dtype="datetime64[us]").to_numpy()
    sizes = _sizes(text["body"], channel, segment_cost, actions.index)
    return actions.assign(
        channel=channel,
        language=spoken,
        subject=text["subject"],
        body=text["body"],
        terms=text["terms"],
        discount=np.array(discount, dtype=np.float64)[term],
        valid_until=until[term],
        **sizes,
    )


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


def _kinds(actions: pd.DataFrame) -> Texts:
    """What each action is, for templates of its own; None where nobody says."""
    if "action" not in actions.columns:
        return np.full(len(actions), None, dtype=object)
    codes, spellings = distinct_values(actions["action"], "action")
    kinds = plain_words(pd.Series(spellings, dtype=object), "action")
    folds = [*(kind if kind is None else folded(kind) for kind in kinds), None]
    return np.array(folds, dtype=object)[codes]


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


def _templates_of(
    asked: pd.DataFrame, templates: pd.DataFrame, own: int, fallback_channel: str | None
) -> tuple[Texts, Rows]:
    """The channel of each action, and the row of its template."""
    kind = asked.groupby(list(asked), sort=False, dropna=False, observed=True).ngroup().to_numpy()
    kinds = asked[~pd.Series(kind).duplicated().to_numpy()]
    found = _choose(kinds, templates, own, fallback_channel)
    channels = np.array([channel for channel, _ in found], dtype=object)
    return channels[kind], np.array([row for _, row in found], dtype=np.intp)[kind]


def _choose(
    kinds: pd.DataFrame, templates: pd.DataFrame, own: int, fallback_channel: str | None
) -> list[tuple[str, int]]:
    """For each kind of action the channel used and the row of its template.

    The caller's templates come before cemkit's, and the most particular one first.
    """
    row_of: dict[tuple[object, ...], int] = {}
    keys = templates[["action", "kind", "channel", "language"]].itertuples(index=False, name=None)
    for row, key in enumerate(keys):
        row_of[(row < own, *key)] = row
    fallback = [] if fallback_channel is None else [channel_name(fallback_channel)]
    chosen = []
    for action, kind, channel, language in kinds.itertuples(index=False, name=None):
        tried = [
            (ours, a, k, c, language)
            for c in (channel, *fallback)
            for ours in (True, False)
            for a, k in ((action, kind), (action, None), (None, kind), (None, None))
        ]
        usable = [key for key in tried if key in row_of]
        if not usable:
            spoken = templates[templates["language"] == language]
            known = sorted({str(channel) for channel in spoken["channel"]})
            what = "a missing channel" if pd.isna(channel) else f"the channel {channel!r}"
            raise DataError(
                f"an action has {what}, for which there is no template in {language!r}; there are "
                f"{known}; give a template, or a fallback_channel"
            )
        chosen.append((str(usable[0][3]), row_of[usable[0]]))
    return chosen


def _places_used(templates: pd.DataFrame) -> set[str]:
    texts = templates[["subject", "body"]].fillna("").to_numpy().ravel().tolist()
    return set().union(*map(places_of, texts)) if texts else set()


@dataclasses.dataclass(frozen=True, slots=True)
class _Writing:
    """What all messages are written from."""

    templates: pd.DataFrame
    terms: list[Terms]
    speeches: Mapping[str, Speech]
    sender: str
    ids: pd.Index

    def written(self, template: Rows, term: Rows, varying: dict[str, Texts]) -> dict[str, Texts]:
        """Subject, body and terms, group by group: only what varies differs within a group."""
        parts = ("subject", "body", "terms")
        text = {name: np.full(len(template), "", dtype=object) for name in parts}
        kind = template * len(self.terms) + term
        for values in varying.values():
            kind = kind * 2 + (values != "")
        order = np.argsort(kind, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(kind[order])) + 1) if len(order) else []:
            self._write(rows, template[rows[0]], self.terms[term[rows[0]]], varying, text)
        return text

    def _write(
        self,
        rows: Rows,
        template: np.intp,
        terms: Terms,
        varying: dict[str, Texts],
        text: dict[str, Texts],
    ) -> None:
        """Write the messages of one group into `text`."""
        wording = self.templates.iloc[template]
        speech, kind = self.speeches[wording["language"]], kind_of(wording["channel"])
        fixed = terms_text(terms, speech, kind)
        said = [name for name, values in varying.items() if values[rows[0]] != ""]
        fixed |= {name: "" for name in (*VARYING, *varying) if name not in said}
        subject, body = wording["subject"] or "", wording["body"] or ""
        fixed["signature"], body = signed(body, self.sender, speech, kind)
        text["terms"][rows] = fixed["terms"]
        for part, form in (("subject", subject), ("body", body)):
            missing = missing_place(form, fixed, said)
            if missing is not None:
                self._refuse(missing, wording, terms, rows, missing in varying)
            filled, order = fill(form, fixed, said)
            columns = [varying[place][rows].tolist() for place in order]
            texts = [filled % values for values in zip(*columns, strict=True)]
            text[part][rows] = texts if columns else filled % ()

    def _refuse(
        self, place: str, wording: pd.Series, terms: Terms, rows: Rows, varies: bool
    ) -> None:
        """Raise for a place that is empty where a message needs it."""
        which = (
            f"the template for {wording['channel']!r} in {wording['language']!r} has the place "
            f"{{{place}}}"
        )
        if varies:
            raise DataError(
                f"{which}, which is empty for {count_text(len(rows), 'actions')}, the first of "
                f"customer {shown(self.ids[rows[:1]].tolist()[0])}; fill it, or put the place on a "
                "line of its own, which is then left out"
            )
        if place == "scope" and terms.benefit.kind != "none":
            speech = self.speeches[wording["language"]]
            speech.word("scope", "everything", f"{which}, and an offer holds for everything")
        raise DataError(
            f"{which}, and an offer of the kind {terms.benefit.kind!r} has none here; use "
            f"{{benefit}}, or give a template for that kind (kind={terms.benefit.kind!r})"
        )
