"""Which quantiles may be asked for, and the names of their columns."""

import numpy as np
import pytest

from cemkit.clv.purchases.quantiles import check_quantiles, percent_text, quantile_table


def test_names_are_per_cent_as_short_as_they_can_be() -> None:
    levels = [0.1, 0.5, 0.975, 0.001, 0.29]
    assert [percent_text(level) for level in levels] == ["10", "50", "97.5", "0.1", "29"]
    table = quantile_table("spend", [0.1, 0.975], np.array([[1.0, 2.0]]))
    assert table.to_dict("list") == {"spend_p10": [1.0], "spend_p97.5": [2.0]}


@pytest.mark.parametrize(
    ("quantiles", "error", "said"),
    [
        ([0.0], ValueError, "strictly between 0 and 1, not 0.0"),
        ([10], ValueError, "strictly between 0 and 1, not 10"),
        ([1 - 1e-9], ValueError, "at most 1 - 1e-6"),
        ([0.5, 0.5], ValueError, "quantiles has 0.5 twice"),
        ([], ValueError, "quantiles is empty"),
        (0.5, TypeError, r"quantiles=\[0.5\]"),
        (["0.5"], TypeError, "each of quantiles"),
        ([np.nan], ValueError, "each of quantiles"),
    ],
)
def test_other_quantiles_are_refused(
    quantiles: list[float], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        check_quantiles(quantiles)
