"""Who gets what: assignment by keyed hashing, the same on every machine and every day."""

from collections.abc import Hashable, Mapping, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    by_customer,
    check_columns,
    check_frame,
    check_list,
    check_number,
    check_same_ids,
    check_spellings,
    meant,
    normal_ids,
)
from cemkit.checks.engine_tables import kind_of
from cemkit.checks.options import shown
from cemkit.data.problems import LARGEST_EXACT_INTEGER
from cemkit.data.reductions.cells import check_groups
from cemkit.errors import DataError
from cemkit.formats import count_text

HOLDOUT = "holdout"


def assign_variants(
    customers: pd.DataFrame | pd.Series | pd.Index | Sequence[Hashable],
    shares: Mapping[str, float],
    salt: str,
    *,
    strata: str | Sequence[str] | None = None,
    existing: pd.DataFrame | None = None,
    holdout: float = 0.0,
    holdout_salt: str = HOLDOUT,
) -> pd.DataFrame:
    """Assign each customer to a variant by a hash of the id, the salt and the shares.

    The id is hashed with the salt as key (BLAKE2b) to a number in [0, 1), which falls into the
    share of one variant. The assignment does not depend on the order or number of customers, and
    another salt gives an independent experiment. Ids are hashed as text: 7 and "7" are the same.

    With `strata`, the customers of each stratum who are not held out are ranked by this number
    instead and split to the shares within one customer. This is balanced but depends on the
    customers in the table, so pass the `existing` assignment when customers are added.

    Args:
        customers: A pandas table with `customer_id` as column or index, or the ids; each id once.
        shares: Design as a dict of fractions by variant, control first, adding up to 1.
        salt: Name of the experiment; a new one for each experiment.
        strata: Columns of `customers` within which to balance. None for no strata.
        existing: Earlier assignment of this experiment. Its customers keep their variant, whatever
            `holdout` is now. None for a new experiment.
        holdout: Fraction of customers kept out of every experiment, with the variant `"holdout"`.
        holdout_salt: Key of the hold-out, the same for all experiments that share it.

    Returns:
        Table with `customer_id, variant`, in the order given.

    Raises:
        MissingColumnsError: `customers` has no `customer_id`, or not the columns of `strata`.
        TypeError: `customers` is neither a pandas table nor a list of ids.
        DataError: An id is missing or occurs twice, or a stratum is missing.
        ValueError: Shares are not positive or do not add up to 1, or a salt is empty, or the same
            for the hold-out and the experiment.

    Examples:
        >>> assignment = assign_variants(range(1000), {"A": 0.5, "B": 0.5}, salt="spring-offer")
        >>> assignment["variant"].value_counts().sort_index().to_dict()
        {'A': 502, 'B': 498}
    """
    designed = check_shares(shares).rename(index=str)
    if not isinstance(salt, str) or not salt:
        raise ValueError(f"salt must be the name of the experiment, not {salt!r}")
    _check_holdout(holdout, holdout_salt, salt, designed)
    table = _customer_table(customers)
    ids = table.index
    numbers = hashed_numbers(ids, salt)
    known = _known(ids, existing, designed.index)
    if holdout:
        held = (known == "") & (hashed_numbers(ids, holdout_salt) < holdout)
        known = np.where(held, HOLDOUT, known)
    if strata is None:
        variant = np.where(known == "", _by_share(numbers, designed), known)
    else:
        variant = _by_rank(_strata(table, strata), numbers, designed, known)
    return pd.DataFrame({"customer_id": ids, "variant": pd.Series(variant, dtype="str")})


def check_shares(shares: Mapping[str, float]) -> pd.Series:
    """The designed shares as a Series, in the order given."""
    if not isinstance(shares, Mapping | pd.Series):
        raise TypeError(f"shares must be a dict of fractions by variant, not {shown(shares)}")
    numbers = {name: check_number(value, f"share of {name!r}") for name, value in shares.items()}
    designed = pd.Series(numbers, dtype=np.float64)
    check_spellings(designed.index, "shares")
    if len(designed) < 2:
        raise ValueError(f"shares must name at least two variants, not {list(designed.index)}")
    if not (designed > 0).all() or abs(designed.sum() - 1) > 1e-9:
        raise ValueError(f"shares must be above 0 and add up to 1, not {designed.to_dict()}")
    return designed


def hashed_numbers(ids: pd.Index, salt: str) -> Floats:
    """A number in [0, 1) for each id, uniform over ids and independent between salts."""
    if pd.api.types.is_float_dtype(ids.dtype):
        values = ids.to_numpy(np.float64)
        if (values != np.floor(values)).any() or (np.abs(values) > LARGEST_EXACT_INTEGER).any():
            raise DataError(
                "customer_id has fractional ids, or numbers above 2^53, which are not exact; read "
                "them as text or integers"
            )
        ids = ids.astype("int64")
    # A key longer than BLAKE2b takes is hashed first.
    start = blake2b(key=blake2b(salt.encode(), digest_size=32).digest(), digest_size=8)

    def digest(customer_id: Hashable) -> bytes:
        hashing = start.copy()
        hashing.update(str(customer_id).encode())
        return hashing.digest()

    words = np.frombuffer(b"".join(map(digest, ids)), dtype=">u8")
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _check_holdout(holdout: float, holdout_salt: str, salt: str, designed: pd.Series) -> None:
    if not 0 <= check_number(holdout, "holdout") < 1:
        raise ValueError(f"holdout must be a fraction from 0 to below 1, not {holdout!r}")
    if not holdout:
        return
    if not isinstance(holdout_salt, str) or not holdout_salt or holdout_salt == salt:
        raise ValueError(
            f"holdout_salt must be a name other than the experiment's, not {holdout_salt!r}: "
            "the same key would take all customers held out from the first variants"
        )
    if HOLDOUT in designed.index:
        raise ValueError(
            f"shares has a variant {HOLDOUT!r}, which is the name of the hold-out; rename it"
        )


def _customer_table(
    customers: pd.DataFrame | pd.Series | pd.Index | Sequence[Hashable],
) -> pd.DataFrame:
    if not isinstance(customers, pd.DataFrame):
        if isinstance(customers, str) or hasattr(type(customers), "columns"):
            raise TypeError(f"customers must be a pandas table or ids, not {kind_of(customers)}")
        customers = pd.DataFrame({"customer_id": pd.Index(check_list(customers, "customers"))})
    return by_customer(customers, "customers")


def _by_share(numbers: Floats, designed: pd.Series) -> npt.NDArray[np.object_]:
    edges = np.cumsum(designed.to_numpy())[:-1]
    names: npt.NDArray[np.object_] = designed.index.to_numpy(dtype=object)
    return names[np.searchsorted(edges, numbers, side="right")]


def _strata(table: pd.DataFrame, strata: str | Sequence[str]) -> npt.NDArray[np.integer]:
    columns = [strata] if isinstance(strata, str) else check_list(strata, "strata")
    if not columns or not all(isinstance(name, str) for name in columns):
        raise ValueError(f"strata must be names of columns, not {shown(strata)}")
    check_groups(table, columns, "customers")
    check_columns(table.columns, columns)
    missing = int(table[columns].isna().any(axis=1).sum())
    if missing:
        raise DataError(
            f"{columns} is missing for {count_text(missing, 'customers')}; name their stratum"
        )
    return table.groupby(columns, observed=True, sort=False).ngroup().to_numpy()


def _known(
    ids: pd.Index, existing: pd.DataFrame | None, designed: pd.Index
) -> npt.NDArray[np.object_]:
    if existing is None:
        return np.full(len(ids), "", dtype=object)
    table = by_customer(check_frame(existing, "existing"), "existing")
    check_columns(table.columns, ["variant"])
    # As text, like the shares: an assignment of variants 1 and 2 comes back from CSV as numbers.
    variants = normal_ids(table["variant"], "variant of existing")
    earlier = pd.Series(variants.astype(str).to_numpy(dtype=object), index=table.index)
    check_same_ids(ids, earlier.index, "customers", "existing")
    unknown = [name for name in earlier.unique() if name not in {*designed, HOLDOUT}]
    if unknown:
        hint = meant(unknown[0], [*designed, HOLDOUT])
        raise DataError(f"existing has the variant {unknown[0]!r}, which has no share{hint}")
    known: npt.NDArray[np.object_] = earlier.reindex(ids).to_numpy(dtype=object, na_value="")
    return known


def _by_rank(
    strata: npt.NDArray[np.integer],
    numbers: Floats,
    designed: pd.Series,
    known: npt.NDArray[np.object_],
) -> npt.NDArray[np.object_]:
    variant = known.copy()
    for rows in pd.Series(np.arange(len(strata))).groupby(strata).indices.values():
        free = rows[known[rows] == ""]
        have = pd.Series(known[rows]).value_counts().reindex(designed.index, fill_value=0)
        quotas = _quotas(len(free), designed, have)
        ranked = free[np.argsort(numbers[free], kind="stable")]
        variant[ranked] = np.repeat(designed.index.to_numpy(dtype=object), quotas)
    return variant


def _quotas(free: int, designed: pd.Series, have: pd.Series) -> npt.NDArray[np.integer]:
    """How many of the free customers each variant takes, to come as near its share as can be."""
    total = free + have.sum()
    short = np.maximum(designed.to_numpy() * total - have.to_numpy(), 0.0)
    wanted = free * short / short.sum() if free else short * 0
    quotas = np.floor(wanted + 1e-9).astype(np.int64)
    left = np.argsort(-(wanted - quotas), kind="stable")[: free - quotas.sum()]
    quotas[left] += 1
    return np.asarray(quotas)
