"""Hold the power that ``ecg-eval plan size`` promises against simulated studies, and put both into docs/planning.md.

Run: python scripts/planned_power.py [--studies 2000] [--rehearsals 500] [--jobs 2]

The first table is of studies drawn as a question describes them (``planned_studies.py``). The second is of plans that
are rehearsed: simulated GPs answer ECG by ECG, and each study goes through the product's own evaluation. What the plan
assumes of these GPs is what pilots with them show; the gain is that of GPs without end, which has a closed form.
"""

import argparse
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from math import sqrt
from pathlib import Path

import numpy as np
import page_tables
import pandas as pd
from planned_studies import STUDIES, PlannedStudy

from ecg_eval.domain.contracts import PanelRequest
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.panels._simulation.reader_model import draw_readers
from ecg_eval.panels._simulation.reader_truth import Shown, long_run
from ecg_eval.panels.simulated_gps import EFFECTS, SimulatedGps
from ecg_eval.pipeline.pilot import planning_values
from ecg_eval.pipeline.rehearsal.rehearse import rehearse
from ecg_eval.pipeline.rehearsal.stand_in import ai_readings
from ecg_eval.pipeline.simulate import Accuracy
from ecg_eval.planning.size import plan_size
from ecg_eval.stats.sample_size.plan import Plan

DRAWN, REHEARSED = "power drawn", "power rehearsed"
AI = Accuracy(0.9, 0.9)
PILOT_READERS, PILOT_ECGS, N_PILOTS = 40, 400, 40
HEADS = {
    DRAWN: ("plan", "ECGs that count", "power planned", "power simulated"),
    REHEARSED: ("plan", "ECGs with AF", "power planned", "power rehearsed", "three Monte-Carlo errors"),
}


@dataclass(frozen=True)
class RehearsedPlan:
    """A plan that is rehearsed: the question of `plan size`, the design, and all of its readers."""

    question: str
    design: str
    n_readers: int

    @property
    def name(self) -> str:
        """Return what the page's table calls it."""
        return f"`{self.question}`, {self.n_readers} GPs, {self.design}"


PLANS = (RehearsedPlan("from_pilot", "crossover", 12), RehearsedPlan("parallel_from_pilot", "parallel", 60))


def pilot(seed: int) -> ReaderStudy:
    """Return a study in which simulated GPs read ECGs with atrial fibrillation, all of them both ways."""
    rng = np.random.default_rng([seed, PILOT_ECGS])
    ids = pd.Index([f"e{i}" for i in range(PILOT_ECGS)], dtype="string", name="record_id")
    truth = pd.DataFrame({"AF": 1.0}, index=ids)
    records = pd.DataFrame({"patient_id": ids}, index=ids)
    reference = ReferenceStandard(table=truth, method="simulated")
    request = PanelRequest(
        records=records,
        findings=("AF",),
        labels=reference,
        model_readings=ai_readings(truth, ["ai"], AI, rng),
        rng=rng,
    )
    read = SimulatedGps(n_readers=PILOT_READERS, ai="ai", missing=0.0).read(request)
    return ReaderStudy(
        records=records, readers=read.readers, readings=read.readings, reference=reference, findings=("AF",)
    )


@cache
def assumed() -> dict[str, float]:
    """Return what pilots show of simulated GPs, with the gain in sensitivity of GPs without end."""
    values = [
        planning_values(pilot(seed), metric="sensitivity", finding="AF", is_parallel=True) for seed in range(N_PILOTS)
    ]
    names = [name for name in values[0] if name not in ("metric", "pilot_ecgs")]
    mean = {name: float(np.mean([float(value[name]) for value in values])) for name in names}
    readers = draw_readers(["gp"] * 4000, reliance_factor=1.0, rng=np.random.default_rng(1))
    run = long_run(readers, {"AF": Shown(0.5, AI.sensitivity, AI.specificity)}, carry_over=EFFECTS["carry_over"])
    with_finding = np.array([0.0, 1.0])[:, None]
    gain = run.mean(run.aided, with_finding) - run.mean(run.unaided, with_finding)
    return mean | {"effect": float(gain.mean()), "pilot_ecgs": PILOT_ECGS, "counted_share": 1.0}


def planned(asked: RehearsedPlan) -> Plan:
    """Return the plan that is rehearsed."""
    values = assumed() | {"readers": asked.n_readers}
    if asked.question == "from_pilot":
        values.pop("reader")
    return plan_size(asked.question, **values).plan


def rehearsed(seed: int, n_studies: int, *, asked: RehearsedPlan, n_ecgs: int) -> int:
    """Return in how many rehearsals of a plan the gain in sensitivity is shown."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        truth = [1] * n_ecgs + [0, 0]  # two without, so that it is a finding that ECGs have or lack
        cases = pd.DataFrame({"record_id": [f"e{i}" for i in range(len(truth))], "AF": truth})
        cases.to_csv(folder / "cases.csv", index=False)
        lines = [
            "name: planned",
            "dataset: {name: study_table, path: cases.csv}",
            f"findings: [AF]\ndesign: {asked.design}",
            "metrics: [aid_effect_sensitivity]\nprimary: [{metric: aid_effect_sensitivity, finding: AF}]",
            "panels: [{name: readings_file, path: answers.csv, readers: readers.csv}]",
        ]
        (folder / "study.yaml").write_text("\n".join(lines), encoding="utf-8")
        made_of = rehearse(
            folder / "study.yaml",
            n_readers=asked.n_readers,
            n_studies=n_studies,
            ai=AI,
            missing=0.0,
            n_resamples=2,
            seed=seed,
        )
    (question,) = made_of.questions
    if made_of.design != asked.design:
        raise ValueError(f"{asked.name} was taken for {made_of.design}")
    if question.n_found is None:
        raise ValueError(f"{asked.name}: its primary estimate has no test that could show a gain")
    return question.n_found


def row_drawn(study: PlannedStudy, n_studies: int) -> tuple[str, ...]:
    """Return a row of the first table."""
    plan = study.plan()
    power = study.simulate(plan, n_studies, np.random.default_rng(study.seed))
    return (study.name, study.size(plan), f"{plan.power:.3f}", f"{power:.3f}")


def shared_out(n_studies: int, jobs: int) -> list[int]:
    """Return how many of the studies each job does; jobs without a study are left out."""
    shares = [n_studies // jobs + (job < n_studies % jobs) for job in range(jobs)]
    return [share for share in shares if share]


def row_rehearsed(asked: RehearsedPlan, n_studies: int, jobs: int) -> tuple[str, ...]:
    """Return a row of the second table; as many seeds as jobs, so that the same command gives the same numbers."""
    plan = planned(asked)
    each = partial(rehearsed, asked=asked, n_ecgs=int(plan.n_total or 0))
    shares = shared_out(n_studies, jobs)
    with ProcessPoolExecutor(jobs) as pool:
        power = sum(pool.map(each, range(1, len(shares) + 1), shares)) / n_studies
    error = 3 * sqrt(float(plan.power or 0) * (1 - float(plan.power or 0)) / n_studies)
    return (asked.name, str(plan.n_total), f"{plan.power:.3f}", f"{power:.3f}", f"{error:.3f}")


def table(mark: str, rows: list[tuple[str, ...]]) -> str:
    """Return rows as a table of the page."""
    lines = [HEADS[mark], ("---", "---", *["--:"] * (len(HEADS[mark]) - 2)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Simulate, print, write both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=2000)
    parser.add_argument("--rehearsals", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("docs/planning.md"))
    given = parser.parse_args()
    made = {
        DRAWN: [row_drawn(study, given.studies) for study in STUDIES],
        REHEARSED: [row_rehearsed(asked, given.rehearsals, given.jobs) for asked in PLANS],
    }
    for mark, rows in made.items():
        text = f"{given.studies if mark == DRAWN else given.rehearsals} studies of each plan.\n\n{table(mark, rows)}"
        page_tables.put(given.out, mark, text)
        print(text)


if __name__ == "__main__":
    main()
