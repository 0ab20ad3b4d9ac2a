"""Described: an estimator that shows what it learnt, below its call, once it is fitted."""

import html
from typing import Any

import pandas as pd
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.utils import estimator_html_repr
from sklearn.utils.validation import check_is_fitted

from cemkit.compact import html_block, printed


class Described(BaseEstimator):
    """A scikit-learn estimator whose repr goes on, once fitted, with what it learnt.

    Unfitted it is printed as scikit-learn prints it. A fitted one has its counts, dates, what it
    left out, and its parameters with their intervals; never the ids of customers.
    """

    def _facts(self) -> dict[str, Any]:
        """What the fit learnt, by name, as the fields of a result; `table` is a table."""
        return {}

    def _described(self) -> tuple[str, dict[str, Any], pd.DataFrame | None]:
        """The sentence, fields and table of a fitted model; a repr never raises."""
        try:
            check_is_fitted(self)
            facts = self._facts()
            opening = self.sentence() if hasattr(self, "sentence") else ""
        except Exception:  # noqa: BLE001 - a repr never raises
            return "", {}, None
        table = facts.pop("table", None)
        return opening, facts, table

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        opening, facts, table = self._described()
        call = BaseEstimator.__repr__(_bare(self), N_CHAR_MAX)
        return "\n".join([*filter(None, [call, opening]), *printed(facts, table)]).rstrip("\n")

    def _repr_html_inner(self) -> str:
        """The diagram of scikit-learn, and below it what the fit learnt."""
        diagram: str = estimator_html_repr(_bare(self))
        opening, facts, table = self._described()
        if not facts:
            return diagram
        first = f"<p>{html.escape(opening)}</p>" if opening else ""
        return diagram + first + html_block(type(self).__name__, facts, table)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        bundle = {"text/plain": repr(self)}
        if get_config()["display"] == "diagram":
            bundle["text/html"] = self._repr_html_inner()
        return bundle

    def _get_fitted_attr_html(self, doc_link: str = "") -> str:
        """Nothing in scikit-learn's own list of attributes, some of which hold ids of customers."""
        return ""


def left_out_text(counts: pd.Series) -> str:
    """How many rows a fit left out, and why."""
    some = counts[counts > 0]
    return ", ".join(f"{count:,.10g} {reason}" for reason, count in some.items()) or "none"


def _bare(model: Described) -> Any:
    """A twin that scikit-learn prints as its own: by its call alone, in lines of 80 letters."""
    kind = type(model)
    body = {"__module__": kind.__module__, "__repr__": BaseEstimator.__repr__}
    twin: Any = object.__new__(type(kind.__name__, (kind,), body))
    twin.__dict__.update(model.__dict__)
    return twin
