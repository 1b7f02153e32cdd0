"""The power that plan size promises against simulated studies; the page's tables are those that the command writes."""

import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
N_STUDIES, N_REHEARSALS = 2_000, 300
# the larger of 3 points and three Monte-Carlo errors, which are 2.7 points at a power of 0.8
NEAR = 0.03


@pytest.fixture
def power(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import planned_power

    return planned_power


def of_page(mark: str) -> list[list[str]]:
    """Return the cells of a table of the page, its head first."""
    text = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
    part = text.partition(f"<!-- {mark}: begin -->")[2].partition(f"<!-- {mark}: end -->")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


# the studies drawn in arrays, by their place: a script is imported when a test runs
@pytest.mark.parametrize("place", range(9))
def test_studies_of_the_planned_size_find_what_was_planned(power: ModuleType, place: int) -> None:
    study = [one for one in power.STUDIES if not one.is_slow][place]
    *_, planned, simulated = power.row_drawn(study, N_STUDIES)
    assert float(simulated) == pytest.approx(float(planned), abs=NEAR)


@pytest.mark.slow
@pytest.mark.parametrize("place", range(2))
def test_studies_that_are_analysed_one_by_one_find_what_was_planned(power: ModuleType, place: int) -> None:
    study = [one for one in power.STUDIES if one.is_slow][place]
    *_, planned, simulated = power.row_drawn(study, N_STUDIES)
    assert float(simulated) == pytest.approx(float(planned), abs=NEAR)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("place", range(2))
def test_a_rehearsal_shows_a_gain_as_often_as_the_plan_of_its_very_design_says(power: ModuleType, place: int) -> None:
    _, _, planned, rehearsed, error = power.row_rehearsed(power.PLANS[place], N_REHEARSALS, jobs=1)
    assert float(rehearsed) == pytest.approx(float(planned), abs=float(error))


def test_the_page_has_the_tables_that_the_command_writes(power: ModuleType) -> None:
    names = {power.DRAWN: [study.name for study in power.STUDIES], power.REHEARSED: [one.name for one in power.PLANS]}
    for mark, of_plans in names.items():
        rows = of_page(mark)
        written = power.table(mark, [tuple(row) for row in rows[2:]])
        assert [[cell.strip() for cell in line.strip("|").split("|")] for line in written.splitlines()] == rows
        assert [row[0] for row in rows[2:]] == of_plans
        for row in rows[2:]:
            assert all(re.fullmatch(r"[01]\.\d{3}", cell) for cell in row[2:])
            assert abs(float(row[3]) - float(row[2])) <= float(row[4] if len(row) > 4 else NEAR)
    page = (ROOT / "docs" / "planning.md").read_text(encoding="utf-8")
    assert f"python scripts/{Path(power.__file__).name}" in page


def test_the_page_s_plans_are_those_of_today(power: ModuleType) -> None:
    rows = {row[0]: row for row in of_page(power.DRAWN)[2:]}
    for study in (one for one in power.STUDIES if not one.is_slow):
        plan = study.plan()
        assert rows[study.name][1:3] == [study.size(plan), f"{plan.power:.3f}"]


@pytest.mark.parametrize(("n_studies", "jobs"), [(500, 2), (7, 3), (1, 2), (5, 5)])
def test_every_study_of_a_rehearsal_is_done_once(power: ModuleType, n_studies: int, jobs: int) -> None:
    shares = power.shared_out(n_studies, jobs)
    assert sum(shares) == n_studies
    assert len(shares) <= jobs
    assert max(shares) - min(shares) <= 1


def test_a_plan_is_rehearsed_by_its_own_design(power: ModuleType) -> None:
    asked = power.RehearsedPlan("from_pilot", "crossover", 3)
    n_shown = power.rehearsed(1, asked=asked, n_ecgs=12, n_studies=2)
    assert n_shown in {0, 1, 2}
    study = power.pilot(1)
    assert study.reader_arms[0][1] in {"aided", "unaided"}
    calls = study.cube("calls")[:, 0]
    assert np.isin(calls, (0, 1)).mean() > 0.9
