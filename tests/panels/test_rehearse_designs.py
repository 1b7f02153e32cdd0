"""Simulated studies of every design find what was put in, and nothing where nothing was; the page says so."""

from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import binom, norm

ERROR = 1e-4  # chance that a bound is passed although the promise holds


@pytest.fixture
def designs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "scripts"))
    import rehearse_designs

    return rehearse_designs


def test_a_design_is_recognised_and_gives_every_effect(designs) -> None:
    rows = designs.one(1, "parallel", 1.0)
    assert [r["quantity"] for r in rows] == list(designs.EFFECT_NAMES)
    assert all(r["low"] < r["value"] < r["high"] for r in rows)


def test_what_lies_further_than_three_errors_away_is_marked(designs) -> None:
    assert designs.within(190, 200, 0.95)
    assert not designs.within(170, 200, 0.95)
    assert designs.within(0, 200, 0.05)
    assert not designs.within(30, 200, 0.05)
    row = {"true": 0.1, "mean": 0.1, "bias_in_se": 0.2, "n": 200, "n_covered": 170, "n_found_null": 10, "n_null": 200}
    row |= {"n_undefined": 0}
    (text,) = designs.rows_of(pd.DataFrame([row | {"design": "crossed"}], index=["effect"]))
    assert "| crossed (200) | effect | 0.1000 | 0.1000 | +0.2 |" in text
    assert text.count("**!**") == 1


def test_studies_without_a_number_are_counted_apart(designs) -> None:
    values = [0.05, 0.15, None]
    rows = [{"quantity": "effect", "value": v, "low": 0.0, "high": 0.2, "own_true": None} for v in values]
    true = pd.DataFrame({"true": 0.1, "true_error": 0.0}, index=["effect"])
    table = designs.recovered(pd.DataFrame(rows), true)
    assert table.loc["effect", ["n", "n_undefined", "n_covered"]].tolist() == [2, 1, 2]
    assert table.loc["effect", "mean"] == pytest.approx(0.1)
    (text,) = designs.rows_of(table.assign(design="crossed", n_found_null=0, n_null=2))
    assert "| crossed (2, 1 not computed) | effect | 0.1000 | 0.1000 |" in text


def test_designs_made_anew_leave_the_rows_of_the_others(designs, tmp_path: Path) -> None:
    old = {"parallel": ["| parallel (50) | old |"], "crossed": ["| crossed (50) | old |"]}
    (tmp_path / "page.md").write_text(designs.page(old))
    text = designs.page(designs.rows_on(tmp_path / "page.md") | {"parallel": ["| parallel (2000) | new |"]})
    assert text.splitlines()[2:] == ["| crossed (50) | old |", "| parallel (2000) | new |"]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["crossed", "sequential", "split_plot", "half_and_half", "parallel", "stepped_wedge"])
def test_studies_of_every_design_recover_what_was_put_in(designs, name: str) -> None:
    n = 30 if name in designs.BY_MODEL else 100
    table = designs.counted(name, n, designs.population(1.0, n_readers=4000))
    assert (table["n_covered"] >= binom.ppf(ERROR, n, 0.95)).all(), table
    assert (table["n_found_null"] <= binom.ppf(1 - ERROR, n, 0.05)).all(), table
    assert (table["bias_in_se"].abs() <= norm.ppf(1 - ERROR / 2)).all(), table
