"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and the room of each step:

1. What customers did: `data`.
2. Who they are: `segmentation`.
3. What they will do: `churn`, `clv`, `forecasting`, `recommendation`.
4. What to offer, and to whom: `promotion`, `targeting`.
5. What came of it: `experiments`, `impact`, `indicators`, `feedback`, `journey`. All rooms measure
   with `proportions`.

`import cemkit as ck` gives the names that most work begins with, such as `ck.ChurnModel`. Its room
has every public name, such as `ck.churn.ModelCard`. A name is loaded on first use. Errors are in
`ck.errors`, pictures in `ck.plots`.
"""

import lazy_loader as lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
# `import *` loads every name, and pictures need matplotlib, which is optional.
__all__ = [name for name in __all__ if name != "plots"]
