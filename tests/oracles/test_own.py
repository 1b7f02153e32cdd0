"""Every expected value of the simulated cases, computed by established packages, comes out of our kernels."""

from pathlib import Path

import pytest

from oracles import OWN, answerers, scope_rules, verify


@pytest.mark.parametrize("case_dir", sorted(p.parent for p in OWN.glob("*/expected.json")), ids=lambda p: p.name)
def test_own_case(case_dir: Path) -> None:
    verdict = verify(case_dir, answerers().get(case_dir.name), scope_rules().get(case_dir.name, {}))
    assert not verdict.differing
    assert not verdict.unanswered
    assert not verdict.needless
