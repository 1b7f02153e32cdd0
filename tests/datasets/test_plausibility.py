"""The simulated cohort is plausible: it measures as it was made, and is neither trivial nor foreign to a model."""

from pathlib import Path

import numpy as np
import pytest

# what a model taught on PTB-XL must reach on simulated ECGs: 0.25 above chance
MARGIN_AUROC = 0.75


@pytest.fixture
def cohort(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))
    import measure_simulated_cohort

    return measure_simulated_cohort


@pytest.mark.slow
@pytest.mark.parametrize("seed", [7, 8])
def test_measurements_recover_what_was_generated(cohort, seed: int) -> None:
    errors = cohort.errors_on_clean_tracings(900, seed)
    assert len(errors["rate, all rhythms"]) == 900
    assert cohort.kept("rate, all rhythms", errors["rate, all rhythms"]) >= 0.99
    assert cohort.kept("QRS", errors["QRS"]) >= 0.95
    assert cohort.kept("QT", errors["QT"]) >= 0.95


def test_what_cannot_be_measured_is_not_within_a_tolerance(cohort) -> None:
    assert cohort.kept("QRS", np.array([0.0, 20.0, 21.0, np.nan])) == 0.5
    assert cohort.kept("rate, sinus", np.array([2.0, -2.1])) == 0.5


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [7, 8, 9])
def test_reading_the_cohort_is_neither_trivial_nor_hopeless(cohort, seed: int) -> None:
    assert 0.85 <= np.mean(list(cohort.baseline(900, seed).values())) <= 0.98


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.timeout(900)
def test_what_real_ecgs_teach_holds_for_simulated_ones(cohort, shared: Path) -> None:
    found = cohort.from_real_to_simulated(shared / "data" / "ptb-xl", 900, 7)
    for name in ("NORM against all others", "MI against normal", "CD against normal"):
        assert found[name].value >= MARGIN_AUROC, (name, found[name])
