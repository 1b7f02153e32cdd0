import numpy as np
import pytest

from ecg_eval.errors import ArgumentError, UnknownNameError
from ecg_eval.stats.mrmc.roe_metz import (
    RoeMetzVariances,
    population_auc,
    population_sensitivity,
    roe_metz_structure,
    separation_of,
    simulate_roe_metz,
)
from ecg_eval.stats.mrmc.u_statistics import u_statistics

HH = roe_metz_structure("HH")


def test_published_structures() -> None:
    """Table 1 of Roe and Metz (1997); population AUCs near 0.70, 0.86 and 0.96."""
    assert roe_metz_structure("LH", 2.5).reader == 0.056
    assert roe_metz_structure("HL").reader == 0.0055
    for separation, auc in ((0.75, 0.70), (1.50, 0.85), (2.50, 0.96)):
        for name in ("HL", "LL", "HH", "LH"):
            structure = roe_metz_structure(name, separation)
            without_readers = structure.total - structure.reader - structure.modality_reader
            assert without_readers == pytest.approx(1)
            assert population_auc(separation, structure) == pytest.approx(auc, abs=0.011)


def test_separation_is_the_inverse_of_the_auc() -> None:
    assert separation_of(population_auc(1.3, HH), HH) == pytest.approx(1.3)
    assert population_sensitivity(1.5, HH, 1.5) == 0.5


def test_a_large_study_has_the_population_s_values() -> None:
    drawn = simulate_roe_metz(
        rng=np.random.default_rng(4),
        n_readers=40,
        n_negative=600,
        n_positive=400,
        separations=(1.5, 2.0),
        variances=HH,
    )
    u = u_statistics(**drawn.columns)
    assert u.study.scores.shape == (2, 40, 1000)
    assert u.study.truth.sum() == 400
    for modality, separation in ((0, 1.5), (1, 2.0)):
        average = u.average(modality)
        assert abs(average.value - population_auc(separation, HH)) < 3 * np.sqrt(average.variance)
    positive = (drawn.truth == 1) & (drawn.modality == 0)
    assert drawn.score[positive].var() == pytest.approx(HH.total, rel=0.15)


def test_same_seed_same_study() -> None:
    def draw() -> np.ndarray:
        rng = np.random.default_rng(8)
        sizes = {"n_readers": 2, "n_negative": 3, "n_positive": 3}
        return simulate_roe_metz(rng=rng, separations=(1.0,), variances=HH, **sizes).score

    np.testing.assert_array_equal(draw(), draw())


def test_impossible_studies_are_refused() -> None:
    with pytest.raises(ArgumentError, match="error"):
        RoeMetzVariances(reader=0, case=0, modality_reader=0, modality_case=0, reader_case=0, error=-1)
    with pytest.raises(UnknownNameError, match="HH"):
        roe_metz_structure("HHH")
    with pytest.raises(ArgumentError, match="separation"):
        roe_metz_structure("HH", 1.0)
    with pytest.raises(ArgumentError, match="auc"):
        separation_of(1.0, HH)
    with pytest.raises(ArgumentError, match="separations"):
        simulate_roe_metz(
            rng=np.random.default_rng(), n_readers=1, n_negative=1, n_positive=1, separations=(), variances=HH
        )
