"""Encoding."""

import numpy as np
import pandas as pd
import pytest

from cemkit.clv.purchases.covariates import Covariates, coordinate_names, design_matrices
from cemkit.errors import DataError, MissingColumnsError


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {"channel": ["web", "shop", "app"], "age": [20.0, 30, 40], "vip": [True, False, True]}
    )


def test_categories_numbers_and_truths_become_columns() -> None:
    covariates = Covariates.learn(table(), ["vip", "channel", "age"])
    assert covariates.names == ["vip=True", "channel=shop", "channel=web", "age"]
    assert covariates.encode(table()).tolist() == [[1, 0, 1, 20], [0, 1, 0, 30], [1, 0, 0, 40]]


@pytest.mark.parametrize("dtype", ["category", "string", object])
def test_every_kind_of_text_is_the_same(dtype: str) -> None:
    plain = Covariates.learn(table(), ["channel"])
    typed = table().astype({"channel": dtype})
    assert Covariates.learn(typed, ["channel"]) == plain
    assert (plain.encode(typed) == plain.encode(table())).all()


def test_what_cannot_be_encoded_is_named() -> None:
    covariates = Covariates.learn(table(), ["channel"])
    with pytest.raises(DataError, match=r"the level 'post', which was not in the fit"):
        covariates.encode(pd.DataFrame({"channel": ["web", "post"]}))
    with pytest.raises(MissingColumnsError, match="the model was fitted with it"):
        covariates.encode(table()[["age"]])
    with pytest.raises(DataError, match="the same value for every customer"):
        Covariates.learn(table().assign(age=1.0), ["age"])
    with pytest.raises(DataError, match="1 missing value"):
        Covariates.learn(pd.DataFrame({"channel": ["web", None, "app"]}), ["channel"])
    with pytest.raises(MissingColumnsError):
        Covariates.learn(table(), ["chanel"])
    with pytest.raises(TypeError, match=r"a list of columns: \['channel'\], not 'channel'"):
        Covariates.learn(table(), "channel")


def test_numbers_are_told_from_levels() -> None:
    covariates = Covariates.learn(table(), ["channel", "age", "vip"])
    assert covariates.numeric.tolist() == [False, False, True, False]
    assert Covariates().numeric.tolist() == []


def test_designs_and_names_go_together() -> None:
    effects = {"purchases": ("alpha", -1.0), "dropout": ("beta", 1.0)}
    names = coordinate_names(["r", "alpha", "beta"], effects, ["x", "y"])
    designs = design_matrices(["r", "alpha", "beta"], effects, np.array([[2.0, 3.0]]))
    assert names == [
        ["r"],
        ["alpha", "purchases:x", "purchases:y"],
        ["beta", "dropout:x", "dropout:y"],
    ]
    assert [design.tolist() for design in designs] == [[[1]], [[1, -2, -3]], [[1, 2, 3]]]


@pytest.mark.parametrize(
    "columns", [(name for name in ["channel"]), {"channel"}, "channel", 3, [3], [None]]
)
def test_covariates_that_are_no_list_of_names_are_refused(columns: object) -> None:
    table = pd.DataFrame({"channel": ["web", "shop"]})
    with pytest.raises(TypeError, match="covariates must be a list of columns"):
        Covariates.learn(table, columns)  # type: ignore[arg-type]


def test_a_covariate_named_twice_is_refused() -> None:
    table = pd.DataFrame({"channel": ["web", "shop"]})
    with pytest.raises(ValueError, match="names a column twice"):
        Covariates.learn(table, ["channel", "channel"])
    assert Covariates.learn(table, None).names == []
    assert Covariates.learn(table, ("channel",)).names == ["channel=web"]
