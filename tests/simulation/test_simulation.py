"""The limits that the simulated rates must keep; see tests/simulation/__init__.py."""

import pytest

from simulation import Scenario, points, scenarios


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [pytest.param(s, id=name) for name, s in scenarios().items()])
def test_rates_stay_inside_their_limits(scenario: Scenario) -> None:
    found = list(points(scenario()))
    outside = [p for p in found if p.limits is not None and not p.limits[0] <= p.rate <= p.limits[1]]
    assert not outside
