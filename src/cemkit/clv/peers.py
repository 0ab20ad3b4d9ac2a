"""Our models as fitters of the lifetimes package, for notebooks that use it."""

import importlib
import warnings
from typing import Any

import pandas as pd

from cemkit.errors import MissingDependencyError


def lifetimes_fitter(name: str, parameters: pd.Series) -> Any:
    """A fitter of lifetimes with the parameters of a model; its times are days."""
    fitter = getattr(_imported_lifetimes(), name)()
    fitter.params_ = parameters.copy()
    if hasattr(fitter, "conditional_expected_number_of_purchases_up_to_time"):
        # Their fit gives it this second name, by which their lifetime value calls it.
        fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
    return fitter


def _imported_lifetimes() -> Any:
    option = "mode.chained_assignment"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = pd.get_option(option)
        try:
            return importlib.import_module("lifetimes")
        except ImportError as error:
            raise MissingDependencyError("lifetimes") from error
        finally:
            pd.set_option(option, before)
