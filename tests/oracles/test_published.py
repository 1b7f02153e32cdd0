"""Every expected value of the published cases comes out of our kernels; their data are read in place."""

from pathlib import Path

import pytest

from oracles import answerers, scope_rules, verify

PUBLISHED = Path(__file__).parents[3] / "shared" / "oracles" / "published"
CASES = sorted(p.parent for p in PUBLISHED.glob("*/expected.json"))


@pytest.mark.shared_data
@pytest.mark.parametrize("case_dir", CASES or [PUBLISHED], ids=lambda p: p.name)
def test_published_case(case_dir: Path) -> None:
    verdict = verify(case_dir, answerers().get(case_dir.name), scope_rules().get(case_dir.name, {}))
    assert not verdict.differing
    assert not verdict.unanswered
    assert not verdict.needless
