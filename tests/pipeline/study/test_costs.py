"""What reading costs is measured, never at the price of an answer, and no estimate depends on it."""

import time
from pathlib import Path

import pytest
from outside_networks import handed, recording
from toys import unfit

from ecg_eval.config.load import load_config
from ecg_eval.domain.contracts import Model
from ecg_eval.errors import ConfigError
from ecg_eval.pipeline import energy as energy_module
from ecg_eval.pipeline.energy import Energy, energy_problem, estimated_energy
from ecg_eval.pipeline.study import costs as costs_module
from ecg_eval.pipeline.study.check import examine
from ecg_eval.pipeline.study.costs import CostRequest, energy_facts, measured_cost
from ecg_eval.pipeline.study.run import run
from ecg_eval.storage.run_folder import RunFolder

TOYS = Path(__file__).parents[2] / "toys"
ASKED = CostRequest(measure=True)
THREE = handed(recording(), recording("bb"), recording("ccc"))


class Busy(unfit.Sound):
    """Works 2 ms for each recording, and keeps what it was asked about."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes]] = []

    def one(self, recording):  # type: ignore[no-untyped-def]
        self.asked.append((recording.record_id, recording.signal.tobytes()))
        end = time.process_time() + 0.002
        while time.process_time() < end:
            pass
        return 0.5


class AskedTooOften(unfit.Sound):
    def scores(self, recordings, findings):  # type: ignore[no-untyped-def]
        raise MemoryError("no more")


class Elsewhere(unfit.Sound):
    works_elsewhere = True


def cost(model: Model, *, s_each: float = 0.01, asked: CostRequest = ASKED):  # type: ignore[no-untyped-def]
    return measured_cost(model, THREE, ("AF",), s_each=s_each, asked=asked)


def test_what_reading_takes_is_measured_on_recordings_that_nobody_remembers() -> None:
    model = Busy()
    measured, energy = cost(model)
    assert measured.reason == ""
    assert measured.n_together == 32
    assert measured.cpu_s_per_1000 == pytest.approx(2, rel=0.6)
    assert measured.per_s_alone is not None
    assert measured.per_s_alone < 500
    assert measured.memory_mb is not None
    assert energy.wh is None
    samples = [s for _, s in model.asked]
    assert len(set(samples)) == len(samples) == 1 + 4 + 32
    assert not {r.signal.tobytes() for r in THREE} & set(samples)


@pytest.mark.parametrize(
    ("model", "s_each", "asked", "reason"),
    [
        (unfit.Sound(), 5.0, ASKED, "would take longer than 20 s"),
        (unfit.Sound(), 0.01, CostRequest(), "not asked for"),
        (Elsewhere(), 0.01, ASKED, "another machine or service"),
        (AskedTooOften(), 0.01, ASKED, "failed when it was asked once more: MemoryError: no more"),
    ],
)
def test_what_is_not_measured_says_why(model: Model, s_each: float, asked: CostRequest, reason: str) -> None:
    measured, _ = cost(model, s_each=s_each, asked=asked)
    assert reason in measured.reason
    assert measured.cpu_s_per_1000 is None


def test_energy_is_estimated_for_a_country_that_the_user_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("codecarbon")
    monkeypatch.setattr(costs_module, "_ENERGY_S", 0.3)
    measured, energy = cost(Busy(), asked=CostRequest(measure=True, energy_country="FRA"))
    assert measured.reason == ""
    assert energy.wh is not None
    assert energy.wh > 0
    assert energy.country == "France"
    assert "codecarbon" in energy.method
    facts = energy_facts(energy, Energy())
    assert facts is not None
    assert facts.read_wh_per_1000 is not None
    assert facts.fit_wh is None
    assert energy_facts(Energy(), Energy()) is None
    silent = energy_facts(Energy(method=energy_module.NO_ANSWER, country="FRA"), Energy())
    assert silent is not None
    assert (silent.method, silent.read_wh_per_1000) == (energy_module.NO_ANSWER, None)
    with estimated_energy(None) as nothing:
        pass
    assert nothing.wh is None


def test_a_country_that_nobody_knows_or_a_missing_library_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("codecarbon")
    assert energy_problem("FRA") is None
    assert isinstance(energy_problem("ZZZ"), ConfigError)
    monkeypatch.setattr(energy_module, "find_spec", lambda _: None)
    assert 'pip install "ecg-eval[energy]"' in str(energy_problem("FRA"))


def test_no_estimate_depends_on_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOYS))
    left = []
    for name, measure in (("a", "true"), ("b", "true"), ("c", "false")):
        config = load_config(TOYS / "toy.yaml", [f"out={tmp_path / name}", f"costs.measure={measure}"])
        run(config)
        left.append({f: (tmp_path / name / f).read_bytes() for f in ("evaluation.csv", "readings.parquet")})
    assert left[0] == left[1] == left[2]
    measured = RunFolder(tmp_path / "a").read_provenance().models["looks"]
    assert measured.cost.cpu_s_per_1000 is not None
    assert measured.read_cpu_s is not None
    assert "costs.measure" in RunFolder(tmp_path / "c").read_provenance().models["looks"].cost.reason


def test_a_check_names_a_country_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("codecarbon")
    monkeypatch.syspath_prepend(str(TOYS))
    config = load_config(TOYS / "toy.yaml", ["costs.energy_country=ZZZ"])
    assert any("energy_country" in str(problem) for problem in examine(config).problems)
