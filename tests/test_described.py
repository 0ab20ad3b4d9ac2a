"""What a fitted estimator shows: its call as scikit-learn prints it, then what it learnt."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from cemkit.described import Described, left_out_text


class Mean(Described):
    """The mean of some numbers, and where it lies."""

    def __init__(self, name="<b>mean</b>", numbers=(), other=None) -> None:
        self.name = name
        self.numbers = numbers
        self.other = other

    def fit(self, X, y=None) -> "Mean":
        self.mean_, self.n_, self.ids_ = float(np.mean(X)), len(X), pd.Index(["Ann Miller"])
        return self

    def _facts(self) -> dict:
        bounds = {"mean": self.mean_, "mean_lower": 1234.5, "mean_upper": 2345.6}
        table = pd.DataFrame({"text": ["<script>"], "lower": [0.12345], "upper": [2]}, ["x"])
        return {"customers": self.n_, **bounds, "name": self.name, "table": table}


class Plain(BaseEstimator):
    """The same parameters, printed by scikit-learn."""

    __init__ = Mean.__init__


LONG = {"name": "a long name " * 5, "numbers": list(range(50)), "other": {"a": "b" * 60}}


@pytest.mark.parametrize("changed_only", [True, False])
@pytest.mark.parametrize("parameters", [{}, {"name": "x"}, LONG, {"other": pd.Series([1, 2])}])
def test_an_unfitted_one_is_printed_as_scikit_learn_prints_it(
    parameters: dict, changed_only: bool
) -> None:
    plain = type("Mean", (Plain,), {})
    with config_context(print_changed_only=changed_only):
        assert repr(Mean(**parameters)) == repr(plain(**parameters))


def test_a_fitted_one_goes_on_with_what_it_learnt() -> None:
    assert repr(Mean("tea").fit([1500] * 2357)).splitlines() == [
        "Mean(name='tea')",
        "  customers  2,357",
        "  mean       1,500 (1,234 to 2,346)",
        "  name       tea",
        "",
        "       text    interval",
        "x  <script>  0.123 to 2",
    ]


def test_a_clone_shows_nothing_any_more() -> None:
    assert repr(clone(Mean("tea").fit([1]))) == "Mean(name='tea')"


def test_within_others_it_is_its_call() -> None:
    pipeline = make_pipeline(FunctionTransformer(), Mean("tea").fit([1]))
    assert "customers" not in repr(pipeline)
    assert "Mean(name='tea')" in repr(pipeline)


def test_html_is_scikit_learns_diagram_and_then_the_facts_escaped() -> None:
    model = Mean().fit([1500] * 2357)
    page = model._repr_html_()
    assert page.index("sk-text-repr-fallback") < page.index("<caption>")
    assert "<caption>Mean</caption><tr><th>customers</th><td>2,357</td></tr>" in page
    assert "<td>&lt;script&gt;</td>" in page
    assert "<b>mean" not in page
    assert page.count("2,357") == 1
    assert "Ann Miller" not in page
    assert "<caption>" not in Mean()._repr_html_()


def test_the_bundle_of_a_notebook_has_both() -> None:
    model = Mean().fit([1500])
    bundle = model._repr_mimebundle_(include=None, exclude=None)
    assert bundle["text/plain"] == repr(model)
    assert "<caption>Mean</caption>" in bundle["text/html"]
    with config_context(display="text"):
        assert set(model._repr_mimebundle_()) == {"text/plain"}
        assert not hasattr(model, "_repr_html_")


def test_a_repr_never_raises() -> None:
    spoilt = Mean().fit([1])
    spoilt.mean_ = None
    del spoilt.n_
    assert repr(spoilt) == "Mean()"
    assert "<caption>" not in spoilt._repr_html_()


def test_what_was_left_out_has_its_reason() -> None:
    counts = pd.Series({"never ordered": 1234567.0, "no score": 0.0, "free": 2.5})
    assert left_out_text(counts) == "1,234,567 never ordered, 2.5 free"
    assert left_out_text(counts * 0) == "none"
