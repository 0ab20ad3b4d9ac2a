"""Places of a template that differ between customers: each as one text per action."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_same_ids, customer_ids, local_dates
from cemkit.data.columns import check_table, distinct_values, numbers
from cemkit.formats import count_text
from cemkit.promotion.history import supporting_purchases
from cemkit.promotion.speech import Speech
from cemkit.promotion.terms import moment_words
from cemkit.promotion.texts import one_lines

Texts = npt.NDArray[np.object_]
Rows = npt.NDArray[np.intp]
Speeches = Mapping[str, Speech]
RECOMMENDED = 3  # products that a message names


def in_each_language(
    values: Texts, spoken: Texts, speeches: Speeches, say: Callable[[Any, Speech], Any]
) -> Texts:
    """The values as each action's language says them; empty ones stay empty."""
    said = np.full(len(values), "", dtype=object)
    given = values != ""
    for language, speech in speeches.items():
        mine = given & (spoken == language)
        if mine.any():
            codes, distinct = pd.factorize(values[mine])
            said[mine] = np.array([*say(distinct.tolist(), speech), ""], dtype=object)[codes]
    return said


def names(people: pd.DataFrame, person: Rows, spoken: Texts, speeches: Speeches) -> Texts:
    """What each customer is called."""
    given = np.full(len(people), "", dtype=object)
    if "name" in people.columns:
        given[:] = one_lines(people["name"], "name")
    mine = given[person]
    nameless = np.flatnonzero(mine == "")
    for language in pd.unique(spoken[nameless]):
        rows = nameless[spoken[nameless] == language]
        why = f"{count_text(len(rows), 'actions are')} for people without a name"
        mine[rows] = speeches[language].word("name", "customer", why)
    return mine


def codes(given: pd.Series, spoken: Texts, speeches: Speeches) -> Texts:
    """The customer's coupon, where there is one."""
    values, said = one_lines(given, "code"), np.full(len(given), "", dtype=object)
    for language, speech in speeches.items():
        mine = (values != "") & (spoken == language)
        head, tail = speech.say.PHRASES["code"].split("{code}")
        said[mine] = [head + code + tail for code in values[mine].tolist()]
    return said


def histories(
    orders: pd.DataFrame,
    wanted: tuple[pd.Index, Texts],
    spoken: Texts,
    speeches: Speeches,
    as_of: pd.Timestamp,
) -> Texts:
    """What a customer bought that supports the offer; `wanted` has customer and scope."""
    ids, scopes = wanted
    bought = supporting_purchases(orders, ids, pd.Index(scopes[scopes != ""]).unique(), as_of)
    row = bought.index.get_indexer(pd.MultiIndex.from_arrays([ids, scopes]))
    return _listed(bought.to_numpy(dtype=object), row, "history", spoken, speeches)


def recommendations(
    recommended: pd.DataFrame, ids: pd.Index, spoken: Texts, speeches: Speeches
) -> Texts:
    """The products that suit each customer, best first."""
    check_table(recommended, "recommended", ["product", "rank"])
    customers = customer_ids(recommended, "recommended")
    check_same_ids(ids, customers, "actions", "recommended")
    ranked = pd.DataFrame(
        {
            "customer_id": customers,
            "product": one_lines(recommended["product"], "product"),
            "rank": numbers(recommended["rank"], "rank"),
        }
    )
    ranked = ranked[(ranked["product"] != "") & ranked["customer_id"].isin(ids)]
    ranked = ranked.sort_values(["rank", "product"], kind="stable")
    ranked = ranked.drop_duplicates(["customer_id", "product"])
    place = ranked.groupby("customer_id").cumcount()
    wide = ranked.assign(place=place)[place < RECOMMENDED].pivot(
        index="customer_id", columns="place", values="product"
    )
    row = wide.index.get_indexer(ids)
    return _listed(wide.to_numpy(dtype=object), row, "recommended", spoken, speeches)


def _listed(products: Texts, row: Rows, phrase: str, spoken: Texts, speeches: Speeches) -> Texts:
    """The products of each row as a phrase of its language; nothing where the row is -1."""
    said = np.full(len(row), "", dtype=object)
    for language, speech in speeches.items():
        mine = (row >= 0) & (spoken == language)
        if mine.any():
            codes, rows = pd.factorize(row[mine])
            said[mine] = np.array(_phrases(products[rows], phrase, speech), dtype=object)[codes]
    return said


def _phrases(products: Texts, phrase: str, speech: Speech) -> list[str]:
    values = pd.unique(products.ravel())
    values = values[~pd.isna(values)].tolist()
    label = dict(zip(values, speech.labelled(values, "the product"), strict=True))
    head, tail = speech.say.PHRASES[phrase].split("{products}")
    between, last = speech.say.PHRASES["between"], speech.say.PHRASES["and"]
    texts = ([label[value] for value in row if value in label] for row in products.tolist())
    return [
        head + last.join(filter(None, [between.join(said[:-1]), said[-1]])) + tail for said in texts
    ]


def column_texts(
    column: str,
    actions: pd.DataFrame,
    person_of: tuple[pd.DataFrame, Rows],
    spoken: Texts,
    speeches: Speeches,
) -> Texts:
    """A column that a template names: of the action, or else of its customer."""
    people, person = person_of
    said = np.full(len(actions), "", dtype=object)
    if column in people.columns:
        said = _column(people[column], spoken, speeches, person)
    if column in actions.columns:
        own = _column(actions[column], spoken, speeches, np.arange(len(actions)))
        said = np.where(own != "", own, said)
    return said


def _column(values: pd.Series, spoken: Texts, speeches: Speeches, rows: Rows) -> Texts:
    name = str(values.name)
    kinds = {"datetime", "date", "datetime64"}
    if pd.api.types.infer_dtype(values, skipna=True) in kinds:
        days = pd.Series(local_dates(values, name))
        codes, distinct = distinct_values(days, name)
        moments = np.array([*map(pd.Timestamp, distinct), ""], dtype=object)[codes][rows]
        return in_each_language(
            moments,
            spoken,
            speeches,
            lambda found, speech: [moment_words(m, speech) for m in found],
        )
    return in_each_language(
        one_lines(values, name)[rows],
        spoken,
        speeches,
        lambda found, speech: speech.labelled_as_a_whole(found, name),
    )
