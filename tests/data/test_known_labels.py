"""The label that a condition names, among those that a table has."""

import pytest

from cemkit.data.known_labels import label_place, vocabulary
from cemkit.errors import CemkitWarning, DataError
from cemkit.segmentation.rfm import CLASSIC_SEGMENTS
from cemkit.segmentation.stages import STAGES


def test_a_label_is_found_by_its_place() -> None:
    assert label_place("b", ["a", "b"], "x", "nobody has") == 1


def test_another_spelling_is_refused_and_an_unknown_label_said() -> None:
    with pytest.raises(DataError, match="no x is called ' B', but 'b' differs only in case"):
        label_place(" B", ["a", "b"], "x", "nobody has")
    with pytest.warns(CemkitWarning, match=r"no order has the x 'gloves' \(did you mean 'glove'"):
        assert label_place("gloves", ["glove"], "x", "no order has") == -1


def test_what_cemkit_itself_calls_a_group_is_no_misspelling() -> None:
    for column, table in (("segment", CLASSIC_SEGMENTS), ("stage", STAGES)):
        assert set(table[column]) <= set(vocabulary(column))
    assert label_place("Lost", ["New"], "segment", "nobody has") == -1
    assert vocabulary("x") == ()
