"""Explanations against networks whose attributions are known: a sum, one lead alone, nothing at all."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_cohort import FINDINGS, cohort, handed_over
from outside_networks import TAKES, handed, recording

import ecg_eval
from ecg_eval.config.schema import Explanations, RunConfig
from ecg_eval.domain.contracts import Model, Recordings
from ecg_eval.domain.facts.attribution import Attribution, cells_of, n_cells
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.models.onnx_file import OnnxFile
from ecg_eval.models.small_network import SmallNetwork
from ecg_eval.models.torch_export import TorchExport
from ecg_eval.pipeline.explanations import Explained, explained, without_cells
from ecg_eval.stats.resampling.deletion_curves import area_between, mean_by_patient

pytest.importorskip("captum")

CODES = ("AF", "LBBB")
ASKED = Explanations(records=12, shares=(0.1, 0.3))
TIMES = np.random.default_rng(3).normal(size=(12, 200, 2)).astype(np.float32)  # what each sample weighs, 2 s at 100 Hz


def network(weights: np.ndarray, path: Path, *, detached: bool = False, bias: float = 0.25) -> Path:
    """Write a network that answers the sum of each sample times its weight."""
    import torch

    class Sum(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = torch.nn.Parameter(torch.from_numpy(weights.reshape(-1, 2).copy()))
            self.b = torch.nn.Parameter(torch.full((2,), bias))

        def forward(self, x: Any) -> Any:
            x = x.detach() if detached else x
            return x.flatten(1) @ self.w + self.b

    return export(Sum(), (12, 200), path)


def export(module: Any, shape: tuple[int, int], path: Path) -> Path:
    import torch

    program = torch.export.export(
        module.eval(), (torch.zeros(2, *shape),), dynamic_shapes=({0: torch.export.Dim("batch")},)
    )
    torch.export.save(program, path)
    return path


def model(weights: np.ndarray, folder: Path, **changes: Any) -> TorchExport:
    path = network(weights, folder / "net.pt2", **changes)
    return TorchExport(path, outputs=list(CODES), input=TAKES, trained_on=[], activation="sigmoid")


def several(n: int = 12, scale: float = 0.02) -> Recordings:
    """Return recordings whose leads have a median of 0, so that deleting a sample sets it to 0."""
    rng = np.random.default_rng(5)
    made = []
    for k in range(n):
        x = (scale * rng.normal(size=(200, 12))).astype(np.float32)
        x -= np.median(x, axis=0)
        one = recording(f"r{k:02d}", signal=x)
        made.append(replace(one, patient_id=f"p{k}"))
    return handed(*made)


def by_hand(r: Recording, weights: np.ndarray) -> np.ndarray:
    """Return what each cell adds to each output: the sum over its four samples of sample times weight."""
    each = (r.signal - np.median(r.signal, axis=0)).T[:, :, None] * weights  # (12, 200, 2)
    return np.asarray(each.reshape(12, 50, 4, 2).sum(axis=2))


def rows(made: Explained, **where: str) -> pd.DataFrame:
    table = made.table
    for column, value in where.items():
        table = table[table[column] == value]
    return table


def one(made: Explained, **where: str) -> dict[str, Any]:
    (row,) = rows(made, **where).to_dict("records")
    return row


def test_a_sum_is_explained_by_its_terms(tmp_path: Path) -> None:
    recordings = several()
    given = model(TIMES, tmp_path).attributions(recordings, CODES)
    assert list(given) == list(recordings.ids)
    for r in recordings:
        terms = by_hand(r, TIMES)
        for k, code in enumerate(CODES):
            np.testing.assert_allclose(given[r.record_id][code].log_odds, terms[:, :, k], atol=1e-5)


def test_deleting_the_terms_of_a_sum_lowers_it_by_these_terms(tmp_path: Path) -> None:
    recordings = several()
    made = explained("net", model(TIMES, tmp_path), recordings, CODES, asked=ASKED, rng=np.random.default_rng(1))
    for k, code in enumerate(CODES):
        for share in (0.1, 0.3):
            tops = [np.sort(by_hand(r, TIMES)[:, :, k].ravel())[::-1][: round(share * 600)].sum() for r in recordings]
            row = one(made, finding=code, what="fall_most", at=f"{share:g}")
            assert row["value"] == pytest.approx(np.mean(tops), rel=1e-3)
            assert row["n_records"] == 12
        area = one(made, finding=code, what="area")
        assert area["low"] > 0
        most, random = (
            [one(made, finding=code, what=what, at=at)["value"] for at in ("0.1", "0.3")]
            for what in ("fall_most", "fall_random")
        )
        first, second = most[0] - random[0], most[1] - random[1]
        assert area["value"] == pytest.approx((0.1 * first / 2 + 0.2 * (first + second) / 2) / 0.3, rel=1e-6)
        assert one(made, finding=code, what="area_above_largest")["low"] > 0
        shares = rows(made, finding=code, what="lead_share").set_index("at")["value"]
        assert shares.sum() == pytest.approx(1)
        in_v1 = [np.abs(t := by_hand(r, TIMES)[:, :, k])[6].sum() / np.abs(t).sum() for r in recordings]
        assert shares["V1"] == pytest.approx(np.mean(in_v1), rel=1e-3)


def test_a_network_that_looks_at_one_lead_is_said_to_do_so(tmp_path: Path) -> None:
    alone = np.zeros_like(TIMES)
    alone[STANDARD_LEADS.index("V2")] = 3.0
    made = explained("net", model(alone, tmp_path), several(), CODES, asked=ASKED, rng=np.random.default_rng(1))
    shares = rows(made, finding="AF", what="lead_share").set_index("at")["value"]
    assert shares["V2"] == pytest.approx(1)
    assert shares.drop("V2").max() == pytest.approx(0)
    assert one(made, finding="AF", what="area")["low"] > 0


def test_a_network_that_ignores_its_input_means_nothing(tmp_path: Path) -> None:
    nothing = np.zeros_like(TIMES)
    made = explained("net", model(nothing, tmp_path), several(), CODES, asked=ASKED, rng=np.random.default_rng(1))
    for what in ("area", "area_above_largest"):
        area = one(made, finding="AF", what=what)
        assert area["value"] == 0
        assert np.isnan(float(area["low"]))
        assert area["reason"]
    shares = rows(made, finding="AF", what="lead_share")
    assert shares["value"].isna().all()
    assert set(shares["reason"]) == {"no case has a value"}


class Wrong(TorchExport):
    """Points anywhere: its attributions have nothing to do with its answers."""

    def attributions(self, recordings: Any, findings: Any, *, shuffled: Any = None) -> Any:
        rng = np.random.default_rng(11)
        return {
            r: {c: Attribution(leads=STANDARD_LEADS, log_odds=rng.normal(size=(12, 50))) for c in findings}
            for r in recordings.ids
        }


def test_attributions_that_point_anywhere_are_not_taken_at_their_word(tmp_path: Path) -> None:
    path = network(TIMES, tmp_path / "net.pt2")
    liar = Wrong(path, outputs=list(CODES), input=TAKES, trained_on=[], activation="sigmoid")
    made = explained("net", liar, several(40), CODES, asked=replaced(records=40), rng=np.random.default_rng(2))
    for code in CODES:
        area = one(made, finding=code, what="area")
        assert area["low"] < 0 < area["high"]


def replaced(**changes: Any) -> Explanations:
    return ASKED.model_copy(update=changes)


def test_shuffled_weights_are_put_back_and_a_sum_of_samples_resembles_little(tmp_path: Path) -> None:
    net = model(TIMES, tmp_path)
    recordings = several()
    before = net.scores(recordings, CODES)
    made = explained("net", net, recordings, CODES, asked=ASKED, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(net.scores(recordings, CODES), before)
    likeness = one(made, finding="AF", what="likeness_shuffled")
    assert likeness["n_records"] == 10
    assert 0.1 < likeness["value"] < 0.7  # both are products with the same samples, of other weights


def test_windows_layouts_and_other_rates_land_in_the_right_cells(tmp_path: Path) -> None:
    """A spike at 3.1 s of V3, read in windows of 2 s at 100 Hz from a recording at 500 Hz."""
    import torch

    alone = np.zeros((12, 200, 2), dtype=np.float32)
    alone[STANDARD_LEADS.index("V3")] = 1.0
    x = np.zeros((5 * 500, 12), dtype=np.float32)
    x[round(3.1 * 500) : round(3.12 * 500), STANDARD_LEADS.index("V3")] = 1.0
    spiky = handed(recording("s", signal=x, rate=500.0))
    given = model(alone, tmp_path).attributions(spiky, ("AF",))["s"]["AF"].log_odds
    assert given.shape == (12, n_cells(5.0)) == (12, 125)
    lead, cell = np.unravel_index(int(np.argmax(given)), given.shape)
    assert (STANDARD_LEADS[lead], cell) == ("V3", int(3.1 / 0.04))
    first = TorchExport(
        tmp_path / "net.pt2",
        outputs=list(CODES),
        input=TAKES | {"long": "first"},
        trained_on=[],
        activation="sigmoid",
    )
    seen = first.attributions(spiky, ("AF",))["s"]["AF"].log_odds
    assert np.isfinite(seen[:, :50]).all()
    assert np.isnan(seen[:, 50:]).all()

    class Turned(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return torch.stack([x[:, :, 8].sum(dim=1), x[:, :, 0].sum(dim=1)], dim=1)

    turned = TorchExport(
        export(Turned(), (200, 12), tmp_path / "t.pt2"),
        outputs=list(CODES),
        input=TAKES | {"layout": "samples_first"},
        trained_on=[],
        activation="sigmoid",
    )
    again = turned.attributions(spiky, ("AF",))["s"]["AF"].log_odds
    assert np.unravel_index(int(np.nanargmax(again)), again.shape) == (8, int(3.1 / 0.04))


def test_a_network_saved_for_one_window_is_explained_too(tmp_path: Path) -> None:
    import torch

    class Sum(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return x.flatten(1) @ torch.from_numpy(TIMES.reshape(-1, 2))

    torch.export.save(torch.export.export(Sum().eval(), (torch.zeros(1, 12, 200),)), tmp_path / "one.pt2")
    one_window = TorchExport(
        tmp_path / "one.pt2", outputs=list(CODES), input=TAKES, trained_on=[], activation="sigmoid"
    )
    recordings = several(2)
    given = one_window.attributions(recordings, CODES)
    for r in recordings:
        np.testing.assert_allclose(given[r.record_id]["AF"].log_odds, by_hand(r, TIMES)[:, :, 0], atol=1e-5)


@pytest.mark.parametrize("activation", ["softmax", "none"])
def test_attributions_add_up_to_the_difference_of_the_log_odds(tmp_path: Path, activation: str) -> None:
    weights = np.abs(TIMES) / 100 if activation == "none" else TIMES
    path = network(weights, tmp_path / "net.pt2", bias=0.4)
    net = TorchExport(path, outputs=list(CODES), input=TAKES, trained_on=[], activation=activation)
    recordings = several()
    flat = handed(*(replace(r, signal=np.zeros_like(r.signal)) for r in recordings))
    p, q = net.scores(recordings, CODES), net.scores(flat, CODES)
    expected = np.log(p / (1 - p)) - np.log(q / (1 - q))
    given = net.attributions(recordings, CODES)
    sums = [[np.nansum(given[r][code].log_odds) for code in CODES] for r in recordings.ids]
    np.testing.assert_allclose(sums, expected, atol=2e-3)


def test_models_that_cannot_say_it_are_named_with_the_reason(tmp_path: Path) -> None:
    from outside_networks import onnx_network

    onnx = OnnxFile(onnx_network(tmp_path / "n.onnx"), outputs=list(CODES), input=TAKES, trained_on=[])
    for other, reason in (
        (onnx, "its answers come with no attributions"),
        (model(TIMES, tmp_path, detached=True), "gradients that do not"),
    ):
        made = explained("net", other, several(), CODES, asked=ASKED, rng=np.random.default_rng(1))
        (row,) = made.table.to_dict("records")
        assert reason in row["reason"]
        assert made.maps.empty


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "captum.attr", None)
    made = explained("net", model(TIMES, tmp_path), several(), CODES, asked=ASKED, rng=np.random.default_rng(1))
    assert 'pip install "ecg-eval[explanations]"' in made.table["reason"][0]


def test_from_python_a_model_may_be_named(tmp_path: Path) -> None:
    path = str(network(TIMES, tmp_path / "net.pt2"))
    named = {"name": "torch_export", "path": path, "outputs": list(CODES), "input": TAKES, "trained_on": []}
    made = ecg_eval.explain(named | {"activation": "sigmoid"}, list(several()), CODES, shares=[0.2], seed=3)
    assert one(made, finding="AF", what="area")["low"] > 0
    assert set(made.table["reader_id"]) == {"torch_export"}


def test_what_is_deleted_lies_on_the_leads_median() -> None:
    r = recording("a", rate=250.0, seconds=1)
    cells = np.zeros((2, n_cells(1.0)), dtype=bool)
    cells[1, 3] = True
    changed = without_cells(r, ("II", "V6"), cells)
    differs = np.argwhere(changed.signal != r.signal)
    assert set(differs[:, 1]) == {11}
    assert differs[:, 0].tolist() == list(range(30, 40))
    np.testing.assert_array_equal(changed.signal[30:40, 11], np.median(r.signal[:, 11]).astype(np.float32))


def test_cells_begin_at_every_millimetre() -> None:
    assert cells_of(9, 100.0).tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert cells_of(3, 500.0, start_s=0.076).tolist() == [1, 1, 2]
    assert (n_cells(10.0), n_cells(10.01)) == (250, 251)


def test_the_strongest_cells_make_their_share() -> None:
    one_lead = Attribution(leads=("I",), log_odds=np.array([[3.0, -5.0, np.nan, 1.0, 1.0]]))
    assert one_lead.strongest(0.5).tolist() == [[False, True, False, False, False]]
    assert one_lead.strongest(0.6).tolist() == [[True, True, False, False, False]]
    assert one_lead.lead_shares == {"I": 1.0}
    silent = Attribution(leads=("I",), log_odds=np.zeros((1, 3)))
    assert silent.lead_shares is None
    assert not silent.strongest(0.5).any()


def test_area_between_curves_by_hand() -> None:
    # triangles and trapezoids: (0.1 x 1 / 2 + 0.3 x (1 + 3) / 2) / 0.4
    np.testing.assert_allclose(area_between(first=[[2, 3]], second=[[1, 0]], shares=[0.1, 0.4]), [0.65 / 0.4])
    alike = mean_by_patient(
        value=[1.0, 2.0], patient=["a", "b"], label="m", n_resamples=50, level=0.95, rng=np.random.default_rng(0)
    )
    assert (alike.value, alike.low) == (1.5, None)
    assert "2 patients" in (alike.reason or "")


def test_a_small_network_points_at_what_it_learnt() -> None:
    recordings, labels = cohort()
    net = SmallNetwork(epochs=8, folds=2)
    net.fit(handed_over(recordings), labels, rng=np.random.default_rng(0))
    ids = list(recordings)[:6]
    some = handed_over(recordings, ids)
    given = net.attributions(some, FINDINGS)
    assert set(given) == set(ids)
    p = net.scores(some, FINDINGS)
    for row, record_id in enumerate(ids):
        for column, code in enumerate(FINDINGS):
            # what was added, from where the network stands on nothing at all
            total = float(np.nansum(given[record_id][code].log_odds))
            log_odds = math.log(p[row, column] / (1 - p[row, column]))
            assert total == pytest.approx(log_odds - _on_nothing(net, code), abs=0.05)


def _on_nothing(net: SmallNetwork, code: str) -> float:
    import torch

    column = net._findings.index(code)
    flat = torch.zeros(1, 12, 1000)
    with torch.inference_mode():
        mean = float(np.mean([float(network(flat)[0, column]) for network in net._networks]))
    sigmoid = net._sigmoids[code]
    return sigmoid.slope * mean + sigmoid.intercept


class Pointing(Model):
    """Reads the mean of lead I and points at it."""

    trained_on = ()
    needs = "lead I"

    def scores(self, recordings: Any, findings: Any) -> Any:
        x = np.array([r.select(("I",)).mean() for r in recordings])
        return np.repeat(1 / (1 + np.exp(-np.clip(x, -5, 5)))[:, None], len(findings), axis=1)

    def attributions(self, recordings: Any, findings: Any, *, shuffled: Any = None) -> Any:
        made = {}
        for r in recordings:
            x = r.select(("I",))[:, 0].astype(float)
            cells = np.zeros((1, n_cells(r.duration_s)))
            np.add.at(cells[0], cells_of(len(x), r.sampling_rate_hz), (x - np.median(x)) / len(x))
            made[r.record_id] = {c: Attribution(leads=("I",), log_odds=cells) for c in findings}
        return made


def test_a_run_keeps_them_and_a_report_shows_them(
    toy_config: Callable[..., RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecg_eval.pipeline.study.run import run
    from ecg_eval.storage.run_folder import RunFolder

    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    pointing = {"name": "test_explanations:Pointing", "id": "points"}
    report = {"sections": ["answer", "explanations"], "languages": ["en", "fr"]}
    config = toy_config(models=[pointing, "prevalence"], explanations={"records": 30}, report=report)
    outcome = run(config)
    folder = RunFolder(outcome.folder)
    table = folder.read_explanations()
    assert table is not None
    assert set(table["reader_id"]) == {"points", "prevalence"}
    assert (table["reason"] == "its answers come with no attributions").sum() == 1
    maps = folder.read_attributions()
    assert set(maps["lead"]) == {"I"}
    assert len(maps) == table.loc[table["what"] == "area", "n_records"].max()
    again = run(config)
    assert again.stages_done == []
    changed = run(toy_config(models=[pointing, "prevalence"], report=report))
    assert "study" in changed.stages_done
    assert folder.read_explanations() is None
    assert not (outcome.folder / "attributions.parquet").exists()
