"""Drawn: what results and fitted estimators that have a picture draw themselves with."""

import importlib
from typing import Any, ClassVar

from cemkit.checks.options import check_choice


class Drawn:
    """Something that functions of `cemkit.plots` draw, which are loaded when they are needed."""

    __slots__ = ()

    _pictures: ClassVar[tuple[str, ...]] = ()

    def plot(self, kind: str | None = None, *, ax: Any = None, **options: Any) -> Any:
        """Draw the picture of this result or fitted estimator.

        Args:
            kind: Which picture, where there are several, by the name of its function in
                `cemkit.plots`; the first one by default.
            ax: matplotlib Axes to draw on; new ones by default.
            options: Options of that function.

        Returns:
            The Axes.

        Raises:
            AttributeError: There is no picture of it.
            MissingDependencyError: matplotlib is not installed.

        Examples:
            >>> import cemkit as ck
            >>> cohorts = ck.cohort_table(ck.load_cdnow(), as_of="1998-06-30")
            >>> cohorts.plot().get_title()
            'Retention by month'
        """
        if not self._pictures:
            raise AttributeError(
                f"{type(self).__name__} has no picture; draw its table, as with to_frame().plot()"
            )
        rooms = {path.partition(".")[2]: path.partition(".")[0] for path in self._pictures}
        name = next(iter(rooms)) if kind is None else check_choice(kind, "kind", list(rooms))
        draw = getattr(importlib.import_module(f"cemkit.plots.{rooms[name]}"), name)
        return draw(*self._pictured(options), ax=ax, **options)

    def _pictured(self, options: dict[str, Any]) -> tuple[Any, ...]:
        """What the function draws; takes out of the options what is not the function's."""
        return (self,)
