"""Pictures of results, one module per room; only here is matplotlib imported.

Every function takes what it draws first, then what belongs to it (the forecast of the sales, the
day of the cycles). Options are keyword-only, and the last is `ax`: the Axes to draw on, new ones in
a size that fits by default. Every function returns the Axes, and changes no setting of matplotlib.

Text, lines and backgrounds are those of the user's matplotlib style, dark ones included. A result
that has a picture draws itself with `result.plot(ax=None)`.
"""

import lazy_loader as lazy

from cemkit.errors import MissingDependencyError

try:
    import matplotlib as mpl  # noqa: F401 - only whether it is there
except ImportError as error:
    raise MissingDependencyError("matplotlib") from error

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
