"""A small reader study with ties, the same in every test."""

import numpy as np
import pytest

Columns = dict[str, np.ndarray]


@pytest.fixture
def study() -> Columns:
    """Return 5 readers x 2 arms x 40 cases (16 diseased), scores in half points, long form."""
    rng = np.random.default_rng(20)
    modality, reader, case = (index.ravel() for index in np.indices((2, 5, 40)))
    truth = (case % 5 < 2).astype(int)
    skill = rng.normal(np.array([[1.2], [1.6]]), 0.3, (2, 5))
    hard = rng.normal(0, 0.6, 40) + rng.normal(0, 0.6, (2, 40))
    score = truth * skill[modality, reader] + hard[modality, case] + rng.normal(0, 0.7, case.size)
    return {
        "reader": np.array([f"r{j}" for j in reader]),
        "modality": np.array(["unaided", "aided"])[modality],
        "case": case,
        "truth": truth,
        "score": np.round(2 * score) / 2,
    }


@pytest.fixture
def calls(study: Columns) -> Columns:
    """Return the same study with scores turned into calls."""
    return {**study, "score": (study["score"] > 0.5).astype(float)}


@pytest.fixture
def single(study: Columns) -> Columns:
    """Return the aided arm alone, without its modality."""
    aided = study["modality"] == "aided"
    return {name: column[aided] for name, column in study.items() if name != "modality"}
