"""The simulated heart keeps physics and its own promises: lead relations, intervals, rhythms, noise."""

from dataclasses import replace

import numpy as np
import pytest

from ecg_eval.datasets._heart.beats import CONDUCTIONS, WALLS, Ventricles, atrial_waves, ventricular_waves
from ecg_eval.datasets._heart.cohort import PREVALENCES, VARIANTS, device_name, draw_patient, draw_plan
from ecg_eval.datasets._heart.noise import electrode_noise
from ecg_eval.datasets._heart.rhythms import RHYTHMS, Rhythm, draw_beats
from ecg_eval.datasets._heart.tracing import Heart, trace
from ecg_eval.datasets._heart.waves import (
    Wave,
    add_waves,
    electrode_matrix,
    leads_from_electrodes,
    lobe,
    rotation_matrix,
)
from ecg_eval.datasets._ptb_xl.layout import stored_units
from ecg_eval.domain.findings import translate
from ecg_eval.domain.leads import STANDARD_LEADS

RATE = 500
LEAD = {name: i for i, name in enumerate(STANDARD_LEADS)}


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def clean(**ventricles: object) -> np.ndarray:
    """Return a clean tracing at 60/min without irregularity, and with QRS onsets at whole seconds from `first`."""
    heart = Heart(rhythm=Rhythm(rate_per_min=60, irregularity=0.0), ventricles=Ventricles(**ventricles), noise=0.0)  # type: ignore[arg-type]
    return trace(heart, rng())[0]


def one_beat(**ventricles: object) -> np.ndarray:
    """Return a beat from 0.3 s before its QRS onset to 0.7 s after it, shape (500, 12), of a standard body."""
    heart = Ventricles(**ventricles)  # type: ignore[arg-type]
    dipole = np.zeros((500, 3))
    add_waves(dipole, ventricular_waves(heart), np.array([0.3]), np.ones(1), RATE)
    return leads_from_electrodes(dipole @ electrode_matrix(np.eye(3), np.ones(9)).T)


def test_lead_relations_hold_to_rounding() -> None:
    leads = leads_from_electrodes(rng().normal(size=(300, 9)))
    i, ii, iii, avr, avl, avf = leads[:, :6].T
    np.testing.assert_allclose(iii, ii - i, atol=1e-12)
    np.testing.assert_allclose(avr, -(i + ii) / 2, atol=1e-12)
    np.testing.assert_allclose(avl, i - ii / 2, atol=1e-12)
    np.testing.assert_allclose(avf, ii - i / 2, atol=1e-12)


def test_lead_relations_hold_exactly_in_what_is_stored() -> None:
    stored = stored_units(leads_from_electrodes(rng().normal(size=(300, 9)))).astype(int)
    i, ii, iii, avr, avl, avf = stored[:, :6].T
    assert (iii == ii - i).all()
    assert (2 * avr == -(i + ii)).all()
    assert (2 * avl == 2 * i - ii).all()
    assert (2 * avf == 2 * ii - i).all()
    assert np.abs(stored_units(np.full((1, 12), 99.0))).max() == 32767  # -32768 means missing


def test_leads_are_dower_s_for_a_body_like_his() -> None:
    """I and V1 of the unit vectors: 0.632, -0.235, 0.059 and -0.515, 0.157, -0.917 (Dower et al. 1980)."""
    leads = leads_from_electrodes(np.eye(3) @ electrode_matrix(np.eye(3), np.ones(9)).T)
    np.testing.assert_allclose(leads[:, LEAD["I"]], [0.632, -0.235, 0.059], atol=1e-12)
    np.testing.assert_allclose(leads[:, LEAD["II"]], [0.235, 1.066, -0.132], atol=1e-12)
    np.testing.assert_allclose(leads[:, LEAD["V1"]], [-0.515, 0.157, -0.917], atol=1e-12)


def test_rotation_is_a_rotation_and_a_positive_frontal_turn_is_clockwise() -> None:
    turn = rotation_matrix(20, -13, 7)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
    np.testing.assert_allclose(rotation_matrix(90, 0, 0) @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_a_wave_is_zero_outside_and_one_at_its_top() -> None:
    dipole = np.zeros((500, 3))
    add_waves(dipole, [Wave(100, 50, 20, 80, (1.0, 0.0, -2.0))], np.array([0.2]), np.ones(1), RATE)
    t_ms = np.arange(500) * 2.0
    np.testing.assert_allclose(dipole[(t_ms <= 300) | (t_ms >= 450)], 0.0, atol=1e-12)
    np.testing.assert_allclose(dipole[(t_ms >= 350) & (t_ms <= 370), 0], 1.0)
    np.testing.assert_allclose(dipole[:, 2], -2 * dipole[:, 0])
    assert lobe(0, 10, (1.0, 0.0, 0.0)).scaled(3).vector == (3, 0, 0)
    assert lobe(0, 10, (1.0, 0.0, 0.0)).later(5).end_ms == 15


def test_waves_that_leave_the_recording_are_cut_and_copies_add_up() -> None:
    dipole = np.zeros((100, 3))
    add_waves(dipole, [lobe(-50, 50, (1.0, 0.0, 0.0))], np.array([0.0, 0.2, 0.2]), np.array([1.0, 1.0, 0.5]), RATE)
    assert dipole[0, 0] == pytest.approx(1.0)
    assert dipole[99, 0] == pytest.approx(1.5, rel=0.01)


@pytest.mark.parametrize("conduction", [c for c in CONDUCTIONS if c != "paced"])
def test_qrs_begins_at_zero_and_lasts_as_long_as_it_says(conduction: str) -> None:
    heart = Ventricles(conduction=conduction, qrs_ms=130.0)
    waves = ventricular_waves(heart)
    qrs = [w for w in waves if w.end_ms <= 130 + 1e-9]
    assert min(w.start_ms for w in qrs) == 0
    assert max(w.end_ms for w in qrs) == pytest.approx(130)
    assert len(waves) == len(qrs) + 2  # ST and T


@pytest.mark.parametrize("qt_ms", [330.0, 400.0, 520.0])
def test_t_has_fallen_to_a_twentieth_at_the_end_of_qt(qt_ms: float) -> None:
    beat = one_beat(qt_ms=qt_ms)
    course = np.linalg.norm(beat, axis=1)
    t_ms = 2.0 * np.arange(500) - 300
    after_peak = t_ms > qt_ms - 60
    top = course[(t_ms > 200) & (t_ms < qt_ms)].max()
    assert np.interp(qt_ms, t_ms[after_peak], course[after_peak]) / top == pytest.approx(0.05, abs=0.015)


def peak(beat: np.ndarray, lead: str, start_ms: float = 0, end_ms: float = 180) -> tuple[float, float]:
    """Return the lowest and highest deflection of a lead between two times after QRS onset."""
    part = beat[int((300 + start_ms) / 2) : int((300 + end_ms) / 2), LEAD[lead]]
    return float(part.min()), float(part.max())


def test_a_normal_beat_has_textbook_leads() -> None:
    beat = one_beat()
    r = {lead: peak(beat, lead, 0, 95)[1] for lead in STANDARD_LEADS}
    s = {lead: -peak(beat, lead, 0, 95)[0] for lead in STANDARD_LEADS}
    assert r["V1"] < r["V2"] < r["V3"] < r["V4"]  # R grows across the chest
    assert s["V1"] > r["V1"]
    assert r["V5"] > s["V5"]
    assert s["V1"] + r["V5"] < 3.5  # no Sokolow-Lyon hypertrophy
    assert r["II"] > r["I"] > 0.3
    assert s["aVR"] > r["aVR"]
    for lead in ("I", "II", "V4", "V5", "V6"):
        assert peak(beat, lead, 200, 380)[1] > 0.05  # T upright
    p = np.zeros((100, 3))
    add_waves(p, atrial_waves(100, 1.0), np.array([0.0]), np.ones(1), RATE)
    p_leads = leads_from_electrodes(p @ electrode_matrix(np.eye(3), np.ones(9)).T)
    assert p_leads[:, LEAD["II"]].max() > 0.08
    assert p_leads[:, LEAD["aVR"]].min() < -0.05
    assert p_leads[:, LEAD["V1"]].min() < -0.01 < 0.01 < p_leads[:, LEAD["V1"]].max()  # right first, then left


def test_left_bundle_branch_block() -> None:
    beat = one_beat(conduction="LBBB", qrs_ms=150)
    assert peak(beat, "V1")[0] < -1.0
    assert peak(beat, "V1", 0, 120)[1] < 0.1
    assert peak(beat, "V6", 0, 120)[0] > -0.05  # no septal Q
    assert peak(beat, "V6", 250, 380)[0] < -0.1  # T against QRS


def test_right_bundle_branch_block() -> None:
    beat = one_beat(conduction="RBBB", qrs_ms=140)
    assert peak(beat, "V1", 90, 140)[1] > 0.5  # R'
    assert peak(beat, "V6", 90, 140)[0] < -0.3  # broad S
    assert peak(beat, "I", 90, 140)[0] < -0.2


def axis_degrees(beat: np.ndarray) -> float:
    qrs = beat[150:205]
    return float(np.degrees(np.arctan2(qrs[:, LEAD["aVF"]].sum() * 2 / np.sqrt(3), qrs[:, LEAD["I"]].sum())))


def test_left_anterior_fascicular_block_turns_the_axis_up() -> None:
    assert 0 < axis_degrees(one_beat()) < 90
    beat = one_beat(conduction="LAFB", qrs_ms=105)
    assert -90 < axis_degrees(beat) < -40
    assert peak(beat, "III", 0, 105)[0] < -0.8
    assert peak(beat, "aVL", 0, 105)[1] > 0.6
    both = one_beat(conduction="RBBB+LAFB", qrs_ms=140)
    assert peak(both, "V1", 90, 140)[1] > 0.5
    assert peak(both, "III")[0] < -0.6


def test_wpw_begins_slowly() -> None:
    slow, fast = one_beat(conduction="WPW", qrs_ms=130), one_beat()
    assert peak(slow, "V4", 0, 30)[1] > 0.15
    first = {k: np.abs(np.diff(b[150:165, LEAD["II"]])).max() for k, b in (("slow", slow), ("fast", fast))}
    assert first["slow"] < 0.1


@pytest.mark.parametrize(
    ("wall", "up", "down"),
    [
        ("anterior", ("V2", "V3", "V4"), ()),
        ("inferior", ("II", "III", "aVF"), ("aVL",)),
        ("lateral", ("I", "aVL", "V6"), ("III",)),
    ],
)
def test_injury_lifts_st_over_its_wall_and_lowers_it_opposite(
    wall: str, up: tuple[str, ...], down: tuple[str, ...]
) -> None:
    assert wall in WALLS
    beat = one_beat(injury=wall, injury_severity=0.8) - one_beat()
    j60 = beat[int((300 + 92 + 60) / 2)]
    assert all(j60[LEAD[lead]] > 0.1 for lead in up)
    assert all(j60[LEAD[lead]] < -0.05 for lead in down)


def test_an_old_infarct_leaves_q_waves() -> None:
    anterior = one_beat(old_infarct="anterior", old_infarct_extent=1.0)
    assert peak(anterior, "V2", 0, 92)[1] < 0.1
    inferior = one_beat(old_infarct="inferior", old_infarct_extent=1.0)
    for lead in ("III", "aVF"):
        assert peak(inferior, lead, 0, 40)[0] < -0.2
    assert peak(one_beat(), "aVF", 0, 40)[0] > -0.1


def test_hypertrophy_strain_ischaemia_and_low_voltage() -> None:
    large = one_beat(hypertrophy=0.9, strain=0.8)
    assert -peak(large, "V1")[0] + peak(large, "V5")[1] > 3.5
    assert peak(large, "V6", 250, 380)[0] < -0.1
    turned = one_beat(ischaemia="anterior", ischaemia_severity=0.9)
    assert peak(turned, "V3", 250, 380)[0] < -0.15
    small = one_beat(voltage=0.35)
    for lead in STANDARD_LEADS[:6]:
        low, high = peak(small, lead, 0, 90)
        assert high - low < 0.55
    lifted = one_beat(early_repolarisation=0.9) - one_beat()
    assert lifted[int((300 + 92 + 40) / 2), LEAD["V4"]] > 0.08


@pytest.mark.parametrize("focus", [0, 1, 2])
def test_an_extra_beat_is_wide_and_its_t_wave_is_opposite(focus: int) -> None:
    beat = one_beat(conduction="ventricular", qrs_ms=150.0, focus=focus)
    lead = int(np.argmax(np.abs(beat[150:225]).max(axis=0)))
    qrs, t = beat[150:225, lead], beat[270:340, lead]
    assert np.sign(qrs[np.argmax(np.abs(qrs))]) == -np.sign(t[np.argmax(np.abs(t))])


@pytest.mark.parametrize("kind", RHYTHMS)
def test_beats_cover_the_recording_in_order(kind: str) -> None:
    for seed in range(20):
        beats = draw_beats(Rhythm(kind=kind, rate_per_min=75, irregularity=0.1), 10.0, rng(seed))
        assert (np.diff(beats.qrs_s) > 0.2).all()
        assert beats.qrs_s[0] < 0.0
        assert beats.qrs_s[-1] > 9.0
        assert len(beats.ventricular) == len(beats.qrs_s)
        assert len(beats.p_ectopic) == len(beats.p_s)


def test_rates_are_what_they_should_be() -> None:
    for kind, low, high in (("sinus", 70, 80), ("AF", 60, 92), ("AFL", 74, 76)):
        irregularity = 0.0 if kind == "AFL" else 0.03 if kind == "sinus" else 0.2
        rhythm = Rhythm(kind=kind, rate_per_min=75, irregularity=irregularity)
        rates = [draw_beats(rhythm, 10.0, rng(seed)).rate_per_min(10.0, 90.0) for seed in range(30)]
        assert low < min(rates)
        assert max(rates) < high
        assert np.mean(rates) == pytest.approx(75, abs=3)
    assert np.isnan(draw_beats(Rhythm(rate_per_min=75), 0.5, rng()).rate_per_min(0.5, 90.0))


@pytest.mark.parametrize("kind", ["sinus", "AF", "AFL"])
def test_premature_beats_that_are_stated_are_seen(kind: str) -> None:
    rhythm = Rhythm(kind=kind, premature_ventricular=0.1, premature_atrial=0.12 if kind == "sinus" else 0.0)
    for seed in range(60):
        beats = draw_beats(rhythm, 10.0, rng(seed))
        onsets = beats.qrs_s[beats.ventricular]
        assert ((onsets > 0) & (onsets < 9.7)).any()
        if kind == "sinus":
            assert ((beats.p_s > 0) & (beats.p_s < 9.7))[beats.p_ectopic].any()


def test_fibrillation_is_irregular_and_has_no_p() -> None:
    beats = draw_beats(Rhythm(kind="AF", rate_per_min=90, irregularity=0.2), 10.0, rng())
    rr = np.diff(beats.qrs_s)
    assert rr.std() / rr.mean() > 0.1
    assert len(beats.p_s) == 0


def test_extra_beats_come_early_and_pause() -> None:
    beats = draw_beats(Rhythm(rate_per_min=60, irregularity=0.0, premature_ventricular=0.3), 10.0, rng(3))
    place = np.flatnonzero(beats.ventricular)[0]
    rr = np.diff(beats.qrs_s)
    assert rr[place - 1] < 0.75
    assert rr[place] > 1.2
    assert rr[place - 1] + rr[place] == pytest.approx(2.0)  # fully compensatory
    beats = draw_beats(Rhythm(rate_per_min=60, irregularity=0.0, premature_atrial=0.3), 10.0, rng(3))
    place = int(np.flatnonzero(beats.p_ectopic)[0])
    rr = np.diff(beats.p_s)
    assert rr[place - 1] < 0.75
    assert rr[place - 1] + rr[place] < 2.0  # less than compensatory


def test_wenckebach_lengthens_pr_and_drops_a_beat() -> None:
    beats = draw_beats(Rhythm(kind="2AVB", rate_per_min=80, pr_ms=180), 10.0, rng(2))
    assert len(beats.p_s) > len(beats.qrs_s)
    pr = np.array([(beats.qrs_s[beats.qrs_s > p].min(initial=np.inf) - p) for p in beats.p_s])
    conducted = pr[pr < 0.5]
    assert conducted.max() > conducted.min() + 0.08


def test_complete_block_has_its_own_rates() -> None:
    beats = draw_beats(Rhythm(kind="3AVB", rate_per_min=40), 10.0, rng(2))
    assert np.diff(beats.qrs_s).std() < 1e-9
    assert np.diff(beats.p_s).mean() < 0.6 * np.diff(beats.qrs_s).mean()


def test_noise_grows_with_its_level_and_a_loose_electrode_is_seen() -> None:
    quiet = electrode_noise(5000, RATE, level=0.2, loose=None, rng=rng(8))
    loud = electrode_noise(5000, RATE, level=1.0, loose=None, rng=rng(8))
    assert loud.std() > 3 * quiet.std()
    assert not electrode_noise(5000, RATE, level=0.0, loose=None, rng=rng(8)).any()
    loose = electrode_noise(5000, RATE, level=0.0, loose=4, rng=rng(8))
    assert np.abs(loose[:, 4]).max() > 0.3
    assert not np.delete(loose, 4, axis=1).any()


def test_the_same_seed_gives_the_same_tracing() -> None:
    heart = Heart(rhythm=Rhythm(kind="AF"), ventricles=Ventricles())
    np.testing.assert_array_equal(trace(heart, rng(5))[0], trace(heart, rng(5))[0])
    assert not np.array_equal(trace(heart, rng(5))[0], trace(heart, rng(6))[0])


def test_clean_tracings_show_rate_and_pr() -> None:
    leads = clean()
    beats = np.flatnonzero(np.diff((np.abs(np.gradient(leads[:, LEAD["V4"]])) > 0.05).astype(int)) == 1)
    starts = beats[np.diff(beats, prepend=-RATE) > RATE / 2]
    assert np.diff(starts).mean() == pytest.approx(RATE, abs=3)


@pytest.mark.parametrize("kind", ["AFL", "paced", "2AVB", "3AVB"])
def test_every_rhythm_can_be_drawn(kind: str) -> None:
    heart = Heart(rhythm=Rhythm(kind=kind), ventricles=Ventricles(conduction="paced"), loose=2)
    leads, _ = trace(heart, rng())
    assert leads.shape == (5000, 12)
    assert np.isfinite(leads).all()


@pytest.mark.parametrize("prevalence", PREVALENCES)
def test_patients_and_plans_are_possible(prevalence: str) -> None:
    for patient_id in range(400):
        patient = draw_patient(patient_id, prevalence, rng(patient_id))
        plan = draw_plan(patient, rng(patient_id))
        assert 18 <= patient.age_years <= 96
        assert 1 <= patient.fold <= 10
        assert device_name(patient.device).startswith("Simulator")
        assert all(translate(s, "scp") for s in plan.statements)
        assert ("NORM" in plan.statements) == (not set(patient.has) - {*VARIANTS, "SARRH"})
        assert all(0 <= v <= 1 for v in plan.severity.values())
        ventricles, rhythm = plan.heart.ventricles, plan.heart.rhythm
        assert 60 < ventricles.qrs_ms < 180
        assert ventricles.qrs_ms < ventricles.qt_ms < 700
        assert ("1AVB" in patient.has) == (rhythm.pr_ms > 200) or rhythm.kind == "2AVB"
        if rhythm.kind == "sinus":
            assert ("SBRAD" in patient.has) == (rhythm.rate_per_min < 60)
            assert ("STACH" in patient.has) == (rhythm.rate_per_min > 100)
        assert ({"CLBBB", "CRBBB", "PACE"} & set(patient.has) != set()) == (ventricles.qrs_ms >= 120) or (
            set(patient.has) & {"WPW", "IVCD"}
        )
        if "LNGQT" in patient.has:
            assert ventricles.qt_ms / (60 / rhythm.rate_per_min) ** (1 / 3) >= 475
        elif "STACH" not in patient.has and ventricles.qrs_ms < 110:
            assert ventricles.qt_ms / (60 / rhythm.rate_per_min) ** (1 / 3) <= 450


def test_age_and_enrichment_shift_what_is_found() -> None:
    def share(name: str, prevalence: str, old: bool) -> float:
        drawn = [draw_patient(i, prevalence, rng(i)) for i in range(3000)]
        chosen = [p for p in drawn if (p.age_years > 65) == old]
        return float(np.mean([name in p.has for p in chosen]))

    assert share("AFIB", "primary_care", True) > 2 * share("AFIB", "primary_care", False)
    assert share("CLBBB", "enriched", True) > 2 * share("CLBBB", "primary_care", True)


def test_noise_and_borderline_findings_are_harder() -> None:
    patient = draw_patient(1, "enriched", rng())
    plain = draw_plan(replace(patient, has={"CLBBB": 1.0}), rng(2))
    border = draw_plan(replace(patient, has={"CLBBB": 0.0}), rng(2))
    mimic = draw_plan(replace(patient, has={"early_repolarisation": 0.5}), rng(2))
    normal = draw_plan(replace(patient, has={}), rng(2))
    assert border.difficulty > plain.difficulty
    assert mimic.difficulty > normal.difficulty
    assert mimic.statements == normal.statements == {"NORM": 100.0, "SR": 0.0}
