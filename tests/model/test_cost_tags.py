"""Which value finance would accept for one that it does not."""

import pytest

from shared.model.cost_tags import CostTag


@pytest.mark.parametrize(
    ("pattern", "value", "meant"),
    [
        pytest.param("CC-[0-9]{4}", " cc-1001", "CC-1001", id="upper case"),
        pytest.param("cc-[0-9]{4}", "CC-1001 ", "cc-1001", id="lower case"),
        pytest.param("[A-Za-z]+", " Vision ", "Vision", id="only blanks are wrong, in whatever case"),
        pytest.param(r"\S+", " CC-1 ", "CC-1", id="only blanks are wrong, and all cases match"),
        pytest.param("[a-z]+|[A-Z]+", "Vision", None, id="either case could be meant"),
        pytest.param("Team-[A-Z][a-z]+", "team-vision", None, id="mixed case is not guessed"),
        pytest.param("CC-[0-9]{4}", "CC-1", None, id="nothing near"),
    ],
)
def test_a_pattern_takes_case_and_blanks(pattern: str, value: str, meant: str | None) -> None:
    """The text itself goes first; else the one of all upper and all lower case that matches."""
    assert CostTag("CostCenter", pattern=pattern).nearest(value) == meant


@pytest.mark.parametrize(("value", "meant"), [(" DEV", "dev"), ("Prod", None), ("test", None)])
def test_a_list_takes_case_and_blanks(value: str, meant: str | None) -> None:
    """The one value that is the same but for case and blanks; none where there are two or none."""
    assert CostTag("Environment", allowed=("dev", "prod", "PROD")).nearest(value) == meant
