"""The template of each action: the most particular one for its kind, channel and language."""

import numpy as np
import pandas as pd

from cemkit.checks import (
    folded,
)
from cemkit.data.channel_spellings import channel_name
from cemkit.data.columns import distinct_values, plain_words
from cemkit.data.offers import KINDS
from cemkit.errors import DataError
from cemkit.promotion.terms import Terms
from cemkit.promotion.writing import Rows, Texts

KIND_NAMES = [*KINDS]


def asked_of_templates(
    actions: pd.DataFrame, terms: list[Terms], term: Rows, channel: pd.Series, language: Texts
) -> pd.DataFrame:
    """What a template may be for: action, kind of offer, channel and language, per action."""
    codes = np.array([KIND_NAMES.index(one.benefit.kind) for one in terms], dtype=np.int8)[term]
    return pd.DataFrame(
        {
            "action": _kinds(actions),
            "kind": pd.Categorical.from_codes(codes, pd.Index(KIND_NAMES)),
            "channel": channel,
            "language": language,
        },
        index=actions.index,
    )


def _kinds(actions: pd.DataFrame) -> Texts:
    """What each action is, for templates of its own; None where nobody says."""
    if "action" not in actions.columns:
        return np.full(len(actions), None, dtype=object)
    codes, spellings = distinct_values(actions["action"], "action")
    kinds = plain_words(pd.Series(spellings, dtype=object), "action")
    folds = [*(kind if kind is None else folded(kind) for kind in kinds), None]
    return np.array(folds, dtype=object)[codes]


def templates_of(
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
