"""Pictures follow the colours of the page, and hold text as text."""

import re
from xml.etree import ElementTree as ET

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from cemkit.data import load_cdnow
from cemkit.report.drawings import INK, drawn, themed, translated
from cemkit.segmentation import cohort_table, segment_migration

BAD = "<script>alert(1)</script>\"'&"


def test_a_picture_has_its_own_ids_and_the_colours_of_the_page() -> None:
    cohorts = cohort_table(load_cdnow("sample"), as_of="1998-06-30")
    svg = drawn(cohorts, None, "p-cohorts", {})
    root = ET.fromstring(svg)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert all(str(name).startswith("p-cohorts-") for name in ids)
    links = re.findall(r'(?:href="#|url\(#)([^")]*)', svg)
    assert set(links) <= set(ids)
    assert INK not in svg
    assert "currentColor" in svg
    assert plt.get_fignums() == []
    assert drawn(cohorts, None, "p-cohorts", {}) == svg


def test_names_are_text_and_labels_are_said_in_the_language() -> None:
    labels = pd.Series([BAD, "b", BAD], index=["ann", "bob", "cat"])
    svg = drawn(segment_migration(labels, labels), None, "p", {"before": "之前"})
    root = ET.fromstring(svg)
    assert "<script" not in svg
    texts = [text.text for text in root.iter("text")]
    assert "之前" in texts
    assert any("<script>" in (text or "") for text in texts)
    assert "Where each segment went" not in svg  # the title is the page's


def test_colours_become_variables() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path id="a" style="fill: #0072b2"/></svg>'
    assert "var(--series-0)" in themed(svg, "p", {})


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("95% interval", "95% 区间"),
        ("retention (90% interval)", "留存率 (90% 区间)"),
        ("retention", "留存率"),
        ("12.3%  +1.5 pp", "12.3%  +1.5 个百分点"),
        ("some name", "some name"),
        ("", ""),
    ],
)
def test_a_label_is_said_in_the_language(label: str, shown: str) -> None:
    assert translated(label, {"interval": "区间", "retention": "留存率", "pp": "个百分点"}) == shown
