"""Only the solver's lines are held back; the rest is printed, and output is as it was."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cemkit.targeting.solver_lines import without_solver_lines

LINE = b"HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();\n"


def test_lines_of_the_solver_are_held_back_and_others_follow(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with without_solver_lines():
        os.write(1, LINE + "满 10%\n".encode() + LINE)
        assert capfd.readouterr().out == ""
    os.write(1, b"after\n")
    assert capfd.readouterr() == ("满 10%\nafter\n", "")


def test_output_is_as_before_after_an_exception(capfd: pytest.CaptureFixture[str]) -> None:
    @without_solver_lines()
    def interrupted() -> None:
        os.write(1, LINE + b"before")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    os.write(1, b" and after")
    assert capfd.readouterr().out == "before and after"


def test_threads_leave_the_output_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    def solve(at: int) -> None:
        with without_solver_lines():
            os.write(1, LINE + b"%d\n" % at)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(solve, range(50)))
    os.write(1, b"50\n")
    assert sorted(map(int, capfd.readouterr().out.split())) == list(range(51))


def test_a_process_without_output_is_left_alone() -> None:
    code = (
        "import os; os.close(1)\n"
        "from cemkit.targeting.solver_lines import without_solver_lines\n"
        "with without_solver_lines():\n    pass"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
