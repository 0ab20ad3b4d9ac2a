"""Orders drawn from the purchase models themselves, at any size, with the truth beside them."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from tqdm import tqdm

from cemkit.arrays import Floats
from cemkit.checks import (
    check_as_of,
    check_days,
    check_flag,
    check_integer,
    check_path,
    check_positive,
)
from cemkit.checks.options import LONGEST_WINDOW_DAYS, shown
from cemkit.data.days import dates_of, day_of
from cemkit.errors import MissingDependencyError
from cemkit.formats import count_text
from cemkit.results import Result

# Customers drawn together; the orders of a seed do not depend on where they are put.
CHUNK = 250_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Simulation(Result):
    """A simulated table and the true parameters to compare estimates with.

    `table` is the simulated table and `truth` the parameters by name. `customers`, where there are
    any, has the true parameters of each customer.

    Examples:
        >>> simulate_orders(100, random_state=1).truth["shape_rate"]
        0.25
    """

    rows: int
    truth: dict[str, Any]
    customers: pd.DataFrame | None = None
    table: pd.DataFrame

    def _scalars(self) -> dict[str, Any]:
        return {"rows": self.rows, **self.truth}


@dataclasses.dataclass(frozen=True, kw_only=True)
class PurchaseProcess:
    """Parameters of BG/NBD (in days) and Gamma-Gamma. The defaults are those published for CDNOW.

    Each customer's purchase rate is drawn from a gamma distribution (`shape_rate`, `scale_days`: r
    and alpha). After each purchase the customer leaves with a probability drawn from a beta
    distribution (`leave_a`, `leave_b`: a and b). Amounts are gamma distributed (`spend_shape`: p),
    with a rate drawn from a gamma distribution (`spend_q`, `spend_scale`: q and gamma).

    Examples:
        >>> round(PurchaseProcess().mean_amount, 2)
        35.13
    """

    shape_rate: float = 0.25
    scale_days: float = 31.0
    leave_a: float = 0.793
    leave_b: float = 2.426
    spend_shape: float = 6.25
    spend_q: float = 3.74
    spend_scale: float = 15.4

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            check_positive(getattr(self, field.name), field.name)

    @property
    def mean_amount(self) -> float:
        """The mean amount of an order over all customers; needs `spend_q` above 1."""
        return self.spend_shape * self.spend_scale / (self.spend_q - 1)


def simulate_orders(
    n_customers: int,
    *,
    start_date: str | dt.date | pd.Timestamp = "2023-01-01",
    n_days: int = 365,
    acquisition_days: int = 90,
    process: PurchaseProcess | None = None,
    path: str | Path | None = None,
    random_state: int = 0,
    progress: bool = False,
) -> Simulation:
    """Simulate orders from BG/NBD and Gamma-Gamma, in memory or straight to Parquet files.

    Args:
        n_customers: Number of customers. Each has at least one order.
        start_date: First day of the data.
        n_days: Number of days observed.
        acquisition_days: Number of days, from the first, over which first orders are spread evenly.
        process: Parameters of the process; those published for CDNOW by default.
        path: Folder for Parquet files of 250,000 customers each. Memory then stays at that of one
            file for any number of customers, and `table` lists the files. None returns the orders
            in memory.
        random_state: Seed of the random numbers. Orders are the same in memory and in files.
        progress: Whether to show a progress bar.

    Returns:
        A `Simulation`. Its `table` has one row per order with `customer_id` (from 1), `order_date`
        (a day) and `amount` (to the cent), sorted by customer and date. Its `customers` has one row
        per customer with `purchase_rate` (per day), `leave_probability`, `left_date` (missing while
        the customer is active) and `spend_rate`. With `path`, `customers` is None, and these are
        written to files of their own beside the orders.

    Raises:
        MissingDependencyError: `path` is given but PyArrow is not installed.

    References:
        Fader, Hardie, Lee (2005), "Counting your customers" the easy way, Marketing Science 24.
        Fader, Hardie (2013), The Gamma-Gamma model of monetary value.

    Examples:
        >>> simulation = simulate_orders(1_000)
        >>> simulation.table["customer_id"].nunique(), len(simulation.customers)
        (1000, 1000)
    """
    check_integer(n_customers, "n_customers", minimum=1)
    check_days(acquisition_days, "acquisition_days")
    check_integer(n_days, "n_days", minimum=acquisition_days, maximum=LONGEST_WINDOW_DAYS)
    start = first_day(start_date, n_days)
    check_integer(random_state, "random_state", minimum=0)
    check_flag(progress, "progress")
    folder = None if path is None else check_path(path, "path")
    if not isinstance(process, PurchaseProcess | None):
        raise TypeError(f"process must be a PurchaseProcess, not {shown(process)}")
    process = process or PurchaseProcess()
    chunks = _chunks(n_customers, random_state)
    drawn = (
        _orders(process, first, size, rng, start=start, days=(n_days, acquisition_days))
        for first, size, rng in tqdm(list(chunks), disable=not progress)
    )
    truth = dataclasses.asdict(process)
    if folder is not None:
        files = _write(drawn, folder)
        return Simulation(rows=int(files["rows"].sum()), truth=truth, table=files)
    orders, customers = (pd.concat(parts) for parts in zip(*drawn, strict=True))
    orders = orders.reset_index(drop=True)
    return Simulation(rows=len(orders), truth=truth, customers=customers, table=orders)


def first_day(start_date: str | dt.date | pd.Timestamp, n_days: int) -> pd.Timestamp:
    """Return the first day of a simulation whose last day is a date, too."""
    start = check_as_of(start_date, "start_date")
    if (dt.date.max - start.date()).days < n_days:
        raise ValueError(
            f"{count_text(n_days, 'days')} from start_date={start:%Y-%m-%d} end after the year 9999"
        )
    return start


def _chunks(n_customers: int, seed: int) -> Iterator[tuple[int, int, np.random.Generator]]:
    starts = range(0, n_customers, CHUNK)
    seeds = np.random.SeedSequence(seed).spawn(len(starts))
    for first, sequence in zip(starts, seeds, strict=True):
        yield first + 1, min(CHUNK, n_customers - first), np.random.default_rng(sequence)


def _orders(
    process: PurchaseProcess,
    first_id: int,
    size: int,
    rng: np.random.Generator,
    *,
    start: pd.Timestamp,
    days: tuple[int, int],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    rate = rng.gamma(process.shape_rate, 1 / process.scale_days, size)
    leave = rng.beta(process.leave_a, process.leave_b, size)
    spend_rate = rng.gamma(process.spend_q, 1 / process.spend_scale, size)
    customer, moment, left = _purchases(rate, leave, *days, rng)
    amount = rng.gamma(process.spend_shape, 1 / spend_rate[customer])
    orders = pd.DataFrame(
        {
            "customer_id": customer + first_id,
            "order_date": dates_of(day_of(start) + np.floor(moment)),
            "amount": amount.round(2),
        }
    )
    customers = pd.DataFrame(
        {
            "purchase_rate": rate,
            "leave_probability": leave,
            "left_date": dates_of(day_of(start) + np.floor(left)),
            "spend_rate": spend_rate,
        },
        index=pd.RangeIndex(first_id, first_id + size, name="customer_id"),
    )
    return orders.sort_values(["customer_id", "order_date"], ignore_index=True), customers


def _purchases(
    rate: Floats,
    leave: Floats,
    n_days: int,
    acquisition_days: int,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Who bought when, and when each customer left: all customers a purchase at a time."""
    active = np.arange(len(rate))
    moment = rng.uniform(0, acquisition_days, len(rate))
    left = np.full(len(rate), np.nan)
    bought = [(active, moment)]
    # In BG/NBD a customer can leave only after a repeat purchase.
    while len(active):
        with np.errstate(divide="ignore", over="ignore"):
            moment = moment + rng.exponential(1.0, len(active)) / rate[active]
        seen = moment < n_days
        active, moment = active[seen], moment[seen]
        bought.append((active, moment))
        leaving = rng.random(len(active)) < leave[active]
        left[active[leaving]] = moment[leaving]
        active, moment = active[~leaving], moment[~leaving]
    customers, moments = (np.concatenate(parts) for parts in zip(*bought, strict=True))
    return customers, moments, left


def _write(drawn: Iterator[tuple[pd.DataFrame, pd.DataFrame]], folder: Path) -> pd.DataFrame:
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, (orders, customers) in enumerate(drawn):
        file = folder / f"orders-{number:05}.parquet"
        try:
            orders.to_parquet(file, index=False)
            customers.to_parquet(folder / f"customers-{number:05}.parquet")
        except ImportError as error:
            raise MissingDependencyError("pyarrow") from error
        lines.append((str(file), len(orders)))
    return pd.DataFrame(lines, columns=["file", "rows"])
