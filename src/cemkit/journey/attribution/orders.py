"""chain_orders: how many channels the Markov chain of the paths should remember."""

import numpy as np
import pandas as pd

from cemkit.checks import check_integer
from cemkit.checks.options import check_kind
from cemkit.errors import DataError
from cemkit.journey.attribution.markov import HIGHEST_ORDER, chain_fit, make_chain
from cemkit.journey.attribution.paths import ConversionPaths


def chain_orders(paths: ConversionPaths, *, max_order: int = 3) -> pd.DataFrame:
    """Compare Markov chains of different orders by their BIC.

    A higher order always fits the given paths more closely. The smallest BIC shows which order is
    worth its parameters. P(conversion) is the same at every order.

    Args:
        paths: Paths from `conversion_paths` or `ConversionPaths.from_table`.
        max_order: Highest order to try.

    Returns:
        One row per order, index `order`: `states`, `parameters` (free move probabilities),
        `log_likelihood` of the paths, `bic` (-2 log likelihood + parameters * log(paths)).

    Raises:
        DataError: No path has a touch.

    References:
        Schwarz (1978), Estimating the dimension of a model, Annals of Statistics 6.

    Examples:
        >>> counted = pd.DataFrame({"path": ["a>b", "a"], "conversions": [5, 1], "nulls": [1, 5]})
        >>> chain_orders(ConversionPaths.from_table(counted), max_order=2)["states"].tolist()
        [3, 3]
    """
    check_kind(paths, ConversionPaths, "paths")
    check_integer(max_order, "max_order", minimum=1, maximum=HIGHEST_ORDER)
    sequences = paths.sequences
    touched = np.flatnonzero(sequences.lengths > 0)
    if not len(touched):
        raise DataError("no path has a touch; choose longer lookback_days or other touches")
    conversions, nulls = (
        paths.table[name].to_numpy(np.float64)[touched] for name in ("conversions", "nulls")
    )
    kept = sequences.take(touched)
    rows = {
        order: chain_fit(make_chain(kept, conversions, nulls, len(paths.channels), order))
        for order in range(1, max_order + 1)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("order")
