"""The default stages of a journey."""

from cemkit.checks import folded
from cemkit.journey import journey_stages
from cemkit.journey.stages import STAGES


def test_every_event_has_one_stage() -> None:
    table = journey_stages()
    assert not table["event"].map(folded).duplicated().any()
    assert table["journey_stage"].unique().tolist() == list(STAGES)
    chinese = table["event"].str.contains(r"[\u4e00-\u9fff]")
    assert table[chinese].groupby("journey_stage").size().min() >= 5
