"""The columns of an encoded query are the terms of the encoding."""

import warnings

import numpy as np
import pandas as pd
import pytest

from cemkit.checks import left_out_series
from cemkit.data.encoding import FeatureEncoding

NOBODY = left_out_series({"never ordered": 0})


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": range(8),
            "visits": [1, 2, 3, 4, 5, 6, 7, None],
            "member": [True, False] * 4,
            "city": ["a", "b", None, "o'c", "a", "b", "a", "上海"],
            "size": pd.Categorical([1, 2, 3, 1, 2, 3, 1, None]),
            "flag": pd.Categorical([True, False] * 4),
            "bin": pd.cut(pd.Series(range(8)), [-1, 2, 9]),
        }
    )


@pytest.mark.parametrize("every_level", [False, True])
def test_each_term_is_that_of_python(database, every_level) -> None:
    from cemkit.data.sql_features import EncodedQuery

    rows = table()
    encoding = FeatureEncoding.of(rows.drop(columns="customer_id"), every_level=every_level)
    new = rows.assign(
        city=["z", "missing", "a", None, "", "o'c", "上海", "b"],
        size=[1, 2, 3, 9, None, 2, 1, 1],
        visits=[None, 1.5, *range(6)],
    )
    stored = new.assign(bin=new["bin"].astype(str), flag=new["flag"].astype(bool))
    database.load("customers", stored.astype({"size": "Int64"}))
    terms = len(encoding.terms)
    features = EncodedQuery.of(encoding, "customers", database.dialect, NOBODY)
    eye, zero = np.eye(terms), np.full(terms, 0.25)
    query = features.answer({f"t{k}": features.linear(eye[k], 0.5, zero) for k in range(terms)})
    found = database.answer(query.sql(database.dialect)).sort_index().astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = encoding.matrix(new.astype({"size": object})) + 0.25
    np.testing.assert_allclose(found.to_numpy(), wanted, rtol=1e-12)
