"""The examples of the planning page give what the page says."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "statistics" / "planning.md"


def test_examples_of_the_planning_page() -> None:
    outcome = doctest.testfile(str(PAGE), module_relative=False)
    assert outcome.attempted > 30
    assert outcome.failed == 0
