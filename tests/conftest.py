"""Where the shared data stand, and what to say where they do not."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, tests that need the folder of real data where it is not beside the project."""
    if SHARED.exists():
        return
    skip = pytest.mark.skip(reason="needs the shared data folder beside the project (../shared)")
    for item in items:
        if "shared_data" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared data; use together with the marker shared_data."""
    return SHARED
