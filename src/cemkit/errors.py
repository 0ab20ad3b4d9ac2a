"""Every exception and warning of cemkit.

Bad parameters raise plain `ValueError` or `TypeError`, and an unfitted model raises
scikit-learn's `NotFittedError`; what is wrong with the data is one of these.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from cemkit.formats import count_text


class CemkitError(Exception):
    """Base of every cemkit exception.

    Examples:
        >>> issubclass(DataError, CemkitError)
        True
    """


class DataError(CemkitError, ValueError):
    """The data cannot carry the answer; the message says what is wrong and what to do.

    Examples:
        >>> raise DataError("amount has 2 infinite values; correct them first")
        Traceback (most recent call last):
        ...
        cemkit.errors.DataError: amount has 2 infinite values; correct them first
    """


class MissingColumnsError(DataError):
    """Columns that are needed are not in the table.

    Args:
        missing: Names that were looked for and not found.
        available: Names the table has.
        hint: What to do, when there is more to say than the nearest names.

    Examples:
        >>> print(MissingColumnsError(["amount"], ["customer_id", "amout"]))
        missing column 'amount' (did you mean 'amout'?); the table has 'customer_id', 'amout'
    """

    def __init__(
        self, missing: Iterable[object], available: Iterable[object], hint: str = ""
    ) -> None:
        self.missing = list(missing)
        self.available = list(available)
        self.hint = hint
        # Exception.args must rebuild the object when it crosses a process.
        super().__init__(self.missing, self.available, self.hint)

    def __str__(self) -> str:
        columns = "column" if len(self.missing) == 1 else "columns"
        wanted = ", ".join(self._with_nearest(name) for name in self.missing)
        there = ", ".join(repr(name) for name in self.available) or "no columns"
        hint = f"; {self.hint}" if self.hint else ""
        return f"missing {columns} {wanted}; the table has {there}{hint}"

    def _with_nearest(self, name: object) -> str:
        near = get_close_matches(str(name), [str(column) for column in self.available], n=1)
        return f"{name!r} (did you mean {near[0]!r}?)" if near else repr(name)


class NotEnoughDataError(DataError):
    """There are fewer observations than the method needs.

    Args:
        what: What is counted, in the plural.
        have: How many there are.
        need: How many are needed.
        hint: What to do about it.

    Examples:
        >>> print(NotEnoughDataError("customers", have=3, need=5, hint="lower n_clusters"))
        need at least 5 customers, got 3; lower n_clusters
    """

    def __init__(self, what: str, have: int, need: int, hint: str = "") -> None:
        self.what = what
        self.have = have
        self.need = need
        self.hint = hint
        super().__init__(what, have, need, hint)

    def __str__(self) -> str:
        hint = f"; {self.hint}" if self.hint else ""
        return f"need at least {count_text(self.need, self.what)}, got {self.have}{hint}"


class ConvergenceError(CemkitError, RuntimeError):
    """An iterative fit did not reach an optimum.

    Examples:
        >>> issubclass(ConvergenceError, RuntimeError)
        True
    """


class MissingDependencyError(CemkitError, ImportError):
    """An optional package is not installed.

    Args:
        package: Name of the package, as pip knows it.

    Examples:
        >>> print(MissingDependencyError("matplotlib"))
        matplotlib is not installed; run: python -m pip install matplotlib
    """

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(package)

    def __str__(self) -> str:
        return f"{self.package} is not installed; run: python -m pip install {self.package}"


class CemkitWarning(UserWarning):
    """Something a reader of the result should know; filter on it to silence or to fail.

    Examples:
        >>> issubclass(CemkitWarning, UserWarning)
        True
    """
