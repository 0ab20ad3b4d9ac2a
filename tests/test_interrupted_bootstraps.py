"""A bootstrap holds linear algebra to one thread only while it runs, however it ends."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from cemkit import evaluate_churn, qini_score, uplift_curve
from cemkit.churn import evaluate_propensity
from cemkit.data import simulate_shop
from cemkit.feedback import drivers
from cemkit.proportions.resampling import bootstrap_weights
from cemkit.results import Result

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
Call = Callable[[], Result]
N = 400
RANDOM = np.random.default_rng(0)
SCORE = pd.Series(RANDOM.random(N))
HAPPENED = pd.Series(RANDOM.integers(0, 2, N), name="upgraded")
TREATED = pd.Series(RANDOM.integers(0, 2, N))


def analysed(missing: str) -> Call:
    """Return a driver analysis of ratings with gaps: with them, or without these customers."""
    answers = simulate_shop(1500, random_state=3).responses
    return lambda: drivers(answers, "nps", question="csat", missing=missing, n_resamples=20)


CALLS: dict[str, tuple[str, Callable[[], Call]]] = {
    "evaluate_churn": (
        "churn.evaluation",
        lambda: lambda: evaluate_churn(HAPPENED, SCORE, n_resamples=5),
    ),
    "evaluate_propensity": (
        "churn.evaluation",
        lambda: lambda: evaluate_propensity(HAPPENED, SCORE, n_resamples=5),
    ),
    "uplift_curve": (
        "targeting.curves",
        lambda: lambda: uplift_curve(SCORE, HAPPENED, TREATED, n_resamples=5),
    ),
    "qini_score": (
        "targeting.curves",
        lambda: lambda: qini_score(SCORE, HAPPENED, TREATED, n_resamples=5),
    ),
    "drivers with gaps": ("feedback.driver_fit", lambda: analysed("em")),
    "drivers without": ("feedback.driver_fit", lambda: analysed("complete")),
}
every_call = pytest.mark.parametrize(("module", "prepare"), CALLS.values(), ids=CALLS)


def threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """Linear algebra with two threads, also where the environment allows it only one."""
    with threadpool_limits(2, "blas"):
        yield


@every_call
def test_an_exception_in_the_loop_leaves_the_threads_as_they_were(
    module: str, prepare: Callable[[], Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def broken(*given: Any, **named: Any) -> Iterator[Any]:
        """Yield two draws, and then something that is none, so that the loop raises."""
        for at, weights in enumerate(bootstrap_weights(*given, **named)):
            seen.append(set(threads()))
            yield weights if at < 2 else None

    monkeypatch.setattr(f"cemkit.{module}.bootstrap_weights", broken)
    monkeypatch.setattr("cemkit.feedback.driver_fit.CHUNK", 1)
    call, before = prepare(), threads()
    with pytest.raises((TypeError, ValueError)) as raised:  # it keeps the frames alive
        call()
    assert threads() == before
    assert set.union(*seen) <= {1}, raised


@every_call
def test_equal_seeds_give_equal_results(module: str, prepare: Callable[[], Call]) -> None:
    call, before = prepare(), threads()
    one, other = call(), call()
    assert threads() == before
    for name, value in one.to_dict().items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(value, getattr(other, name), check_exact=True)
        else:
            assert value == getattr(other, name) or value is None, name
