"""Standard output without the debugging lines that HiGHS prints, whatever its options say."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

STDOUT = 1
OF_SOLVER = b"HighsMipSolverData::"
LOCK = threading.Lock()  # all threads share one standard output


@contextmanager
def without_solver_lines() -> Iterator[None]:
    """Hold standard output back, and print afterwards what was not printed by HiGHS.

    HiGHS of scipy 1.17 prints from C when it repairs a solution, also with `disp=False`. Python
    cannot see such lines, so they are caught where the process writes them.
    """
    if not _is_open(STDOUT):
        yield
        return
    with LOCK, tempfile.TemporaryFile() as held:
        own = os.dup(STDOUT)
        os.dup2(held.fileno(), STDOUT)
        try:
            yield
        finally:
            os.dup2(own, STDOUT)
            os.close(own)
            _print_others(held)


def _is_open(descriptor: int) -> bool:
    """Whether the process has this output; one without a console may have none."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _print_others(held: IO[bytes]) -> None:
    held.seek(0)
    others = [line for line in held if not line.startswith(OF_SOLVER)]
    if others:
        with open(STDOUT, "wb", closefd=False) as output:
            output.writelines(others)
