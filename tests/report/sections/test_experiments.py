"""The experiment."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.report import CustomerReport
from cemkit.report.content import Table
from cemkit.report.drafts import Draft
from cemkit.report.sections.experiments import write_experiments
from cemkit.report.shop import Shop, Tables

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_differences_are_those_of_the_arms(tables: dict[str, Table], given: dict[str, Any]) -> None:
    means = given["experiment"].groupby("variant")[["converted", "amount"]].mean()
    frame = tables["experiment"].frame.set_index("metric")
    shown = {"converted": "conversion rate", "amount": "amount per customer"}
    for metric, name in shown.items():
        difference = means.loc["treatment", metric] - means.loc["control", metric]
        assert np.isclose(frame.loc[name, "difference"], difference)


def test_a_difference_of_rates_is_in_percentage_points(report: CustomerReport) -> None:
    section = next(section for section in report.content if section.key == "experiments")
    assert [number.unit for number in section.numbers] == ["percentage_points", "change"]


@pytest.mark.parametrize(("converted", "shown"), [(3, False), (20, True)])
def test_few_conversions_are_not_told(draft: Draft, converted: int, shown: bool) -> None:
    table = pd.DataFrame(
        {
            "variant": ["control"] * 100 + ["b"] * 100,
            "converted": [1] * 20 + [0] * 80 + [1] * converted + [0] * (100 - converted),
        }
    )
    tables = Tables(experiment=table)
    shop = Shop(None, pd.Timestamp("2024-01-31"), tables, level=0.95, random_state=0)
    write_experiments(draft, shop)
    section = draft.finish()
    assert (section.numbers[0].value is not None) is shown
    assert ("fewer than 10" in section.sentences[0]) is not shown
    assert len(section.pictures) == shown
