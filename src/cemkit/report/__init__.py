"""One page that travels: everything the data say about customers, with methods and intervals.

The content is built once, and the HTML page, Markdown, JSON and Parquet are all written from it.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
