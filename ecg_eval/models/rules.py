"""Published criteria applied to the measurements, without training: a reader whose every answer can be checked.

Criteria and limits: AHA/ACCF/HRS recommendations for the standardization and interpretation of the electrocardiogram
(conduction: Surawicz, Circulation 2009;119:e235; ST, T and QT: Rautaharju, 2009;119:e241; hypertrophy: Hancock,
2009;119:e251), the Fourth Universal Definition of Myocardial Infarction (Thygesen, Circulation 2018;138:e618), and
those named beside a rule.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Look, Model, Recordings
from ecg_eval.domain.facts.criterion import Criterion
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.recording import Recording
from ecg_eval.models._parts.criteria import (
    ANTERIOR,
    CHEST,
    FRONTAL,
    INFERIOR,
    LATERAL,
    Named,
    Waves,
    above,
    below,
    every,
    looked_at,
    some,
    two_neighbours,
)
from ecg_eval.models._parts.loading import known_leads_of
from ecg_eval.signals.measurements import Measurements
from ecg_eval.signals.remembered import measured_numbers


class Rules(Model):
    """Graded criteria for rhythm, conduction, hypertrophy, infarction, ST, T and QT.

    A score of 0.5 is on the limit of the criterion; it grows with the distance beyond it. It is not a probability.
    Where criteria differ by sex and the sex is unknown, those for men are used.
    """

    trained_on = ()
    needs = (
        "12 leads in mV, or those there are for findings that need no others, 2 s or longer, any sampling rate; "
        "age and sex where known"
    )

    def looks(self, recordings: Recordings) -> tuple[Look, ...]:
        """Return the look at the degrees of one recording; see ``Model.looks``."""
        return (_degrees,)

    def scores(self, recordings: Recordings, findings: Sequence[str]) -> NDArray[np.float64]:
        """Return the degree to which each finding's criteria are met.

        NaN for findings without a rule, recordings without a measurable beat, and rules that need a missing lead: of
        two leads, the rhythm and the intervals can be told. What may show in a missing lead is never denied.

        Raises
        ------
        SignalError
            For a recording that is not in millivolts.
        """
        answers = np.full((len(recordings), len(findings)), np.nan)
        for row, degrees in enumerate(recordings.each(_degrees)):
            if degrees:
                answers[row] = [degrees.get(code, np.nan) for code in findings]
        return answers

    def criteria(self, recordings: Recordings, findings: Sequence[str]) -> dict[str, dict[str, tuple[Criterion, ...]]]:
        """Return what each finding's rule held against its limits; see ``Model.criteria``."""
        listed: dict[str, dict[str, tuple[Criterion, ...]]] = {}
        for record_id in recordings.watch(recordings.ids):
            recording, signal, _ = known_leads_of(recordings.load, record_id)
            if recording is None:
                continue
            measured = measured_numbers(signal_mv=signal, sampling_rate_hz=recording.sampling_rate_hz)
            if measured.reason is None:
                listed[recording.record_id] = {
                    code: rule_looks_at(code, measured, recording) for code in findings if code in _ALL
                }
        return listed

    def card(self) -> ModelCard:
        """Return the findings that there is a rule for."""
        return ModelCard(facts={"findings": (*_RULES, *_BROADER, "NORM")})


def _degrees(load: Callable[[str], Recording], record_id: str) -> dict[str, float]:
    """Return the degrees of one recording; none where it has no beat that can be measured."""
    recording, signal, _ = known_leads_of(load, record_id)
    if recording is None:
        return {}
    recording.require_millivolts(who="rules")
    measured = measured_numbers(signal_mv=signal, sampling_rate_hz=recording.sampling_rate_hz)
    if measured.reason is not None:
        return {}
    degrees = read(measured, recording)
    if not np.isnan(signal).all(axis=0).any():
        return degrees
    certain = {code: d for code, d in degrees.items() if code in _OF_ANY_LEADS or d >= 0.5}
    return {code: d for code, d in certain.items() if code != "NORM"}


def read(measured: Measurements, recording: Recording) -> dict[str, float]:
    """Return the degree to which each rule is met, by finding code."""
    degrees: dict[str, float] = {}
    for code, rule in _RULES.items():
        degrees[code] = rule(measured, recording)
    for code, parts in _BROADER.items():
        degrees[code] = some(*(degrees[part] for part in parts))
    slow = below(_rate(measured), 50, 3)
    objections = [degrees[code] for code in degrees if code not in (*_NO_OBJECTION, *_BROADER)]
    degrees["NORM"] = every(1 - some(*objections, slow), degrees["SR"])
    return degrees


def rule_looks_at(code: str, measured: Measurements, recording: Recording) -> tuple[Criterion, ...]:
    """Return each measurement that the rule of a finding, or those of its parts, held against a limit, once."""
    parts = _BROADER.get(code, (code,)) if code != "NORM" else ("SR",)
    with looked_at() as listed:
        for part in parts:
            _RULES[part](_named(measured), recording)
    return tuple(dict.fromkeys(listed))


def _named(measured: Measurements) -> Measurements:
    """Return measurements whose single numbers know their names."""
    return replace(
        measured,
        rhythm={name: Named(value, name) for name, value in measured.rhythm.items()},
        pr_ms=Named(measured.pr_ms, "pr_ms"),
        qrs_ms=Named(measured.qrs_ms, "qrs_ms"),
        qt_ms=Named(measured.qt_ms, "qt_ms"),
        qtc_fridericia_ms=Named(measured.qtc_fridericia_ms, "qtc_fridericia_ms"),
        qrs_axis_degrees=Named(measured.qrs_axis_degrees, "qrs_axis_degrees"),
    )


def _rate(m: Measurements) -> float:
    return m.rhythm["rate_per_min"]


def _steady_p(m: Measurements, _: Recording | None = None) -> float:
    """Grade whether there is a P wave that keeps its distance to QRS; with too few beats to tell, a P wave will do."""
    if m.fiducials is None or not np.isfinite(m.pr_ms):
        return 0.1
    evidence = m.fiducials.p_evidence  # delineation asks for 3.5 times chance
    size = Named(np.log(max(evidence, 0.1)), "p_evidence_log")
    return above(size, float(np.log(3.5)), 0.4) if np.isfinite(evidence) else 0.7


def _sinus(m: Measurements, _: Recording) -> float:
    upright = above(Waves(m)("p_mv", "II"), 0.0, 0.02) if np.isfinite(m.pr_ms) else 0.0
    return every(_steady_p(m), upright)


def _fibrillation(m: Measurements, _: Recording) -> float:
    """No steady P, and RR intervals that vary from beat to beat.

    The limit of RMSSD over mean RR, 0.1: Dash S et al. Ann Biomed Eng 2009;37:1701-1709.
    """
    irregular = above(m.rhythm["rr_rmssd_ratio"], 0.1, 0.02)
    return every(irregular, 1 - _steady_p(m))


def _bradycardia(m: Measurements, _: Recording) -> float:
    return every(below(_rate(m), 60, 3), _steady_p(m))


def _tachycardia(m: Measurements, _: Recording) -> float:
    return every(above(_rate(m), 100, 4), _steady_p(m))


def _arrhythmia(m: Measurements, r: Recording) -> float:
    """RR intervals of sinus rhythm that differ by more than 0.12 s from shortest to longest."""
    longest, shortest = (m.rhythm[f"rr_{end}_ratio"] for end in ("max", "min"))
    spread = Named((longest - shortest) * m.rhythm["rr_median_ms"], "rr_spread_ms")
    return every(above(spread, 120, 30), _sinus(m, r), below(m.rhythm["rr_premature"], 0.05, 0.02))


def _long_pr(m: Measurements, _: Recording) -> float:
    """PR above 200 ms (Kusumoto FM et al. Circulation 2019;140:e382)."""
    return above(m.pr_ms, 200, 6) if np.isfinite(m.pr_ms) else 0.0


def _left_block(m: Measurements, _: Recording) -> float:
    """QRS of 120 ms or more, broad R without q in I and V6, V1 negative, late R peak in V6."""
    w = Waves(m)
    shape = [above(w("qrs_area_mv_ms", lead), 0, 4) for lead in ("I", "V6")]
    shape += [
        below(w("qrs_area_mv_ms", "V1"), 0, 4),
        below(w("q_mv", "V6"), 0.1, 0.03),
        below(w("q_mv", "I"), 0.1, 0.03),
    ]
    return every(above(m.qrs_ms, 120, 5), above(w("r_time_ms", "V6"), 55, 5), *shape)


def _right_shape(m: Measurements) -> float:
    """R' or a late R in V1 or V2, and an S wave longer than 40 ms in I or V6."""
    w = Waves(m)
    second = [above(w("r2_mv", lead), 0.12, 0.03) for lead in ("V1", "V2")]
    late = [every(above(w("r_time_ms", lead), 50, 4), above(w("r_mv", lead), 0.3, 0.05)) for lead in ("V1",)]
    slurred = [every(above(w("s_width_ms", lead), 40, 4), above(w("s_mv", lead), 0.1, 0.03)) for lead in ("I", "V6")]
    return every(some(*second, *late), some(*slurred))


def _right_block(m: Measurements, _: Recording) -> float:
    return every(above(m.qrs_ms, 120, 5), _right_shape(m))


def _incomplete_right_block(m: Measurements, _: Recording) -> float:
    """Grade the shape of right bundle branch block with a QRS from 100 to 120 ms (recommended: 110 to 120).

    Readers accept it below 110 ms, and a limit that no one uses would find nothing.
    """
    return every(above(m.qrs_ms, 100, 4), below(m.qrs_ms, 120, 4), _right_shape(m))


def _delay(m: Measurements, r: Recording) -> float:
    """QRS above 110 ms without the shape of either block."""
    return every(above(m.qrs_ms, 118, 5), 1 - some(_left_block(m, r), _right_block(m, r)))


def _anterior_hemiblock(m: Measurements, _: Recording) -> float:
    """Axis from -45 to -90 degrees, qR in aVL with its R peak after 45 ms, QRS below 120 ms."""
    w = Waves(m)
    axis = every(below(m.qrs_axis_degrees, -45, 4), above(m.qrs_axis_degrees, -90, 4))
    return every(axis, above(w("r_time_ms", "aVL"), 42, 4), below(m.qrs_ms, 120, 5), below(w("q_mv", "II"), 0.1, 0.03))


def _paced(m: Measurements, _: Recording) -> float:
    return 0.95 if m.pacing_spikes else 0.05


def _left_voltage(m: Measurements, r: Recording) -> float:
    """Sokolow-Lyon (S V1 + R V5 or V6, 3.5 mV) or Cornell (R aVL + S V3, above 2.8 mV in men, 2.0 in women)."""
    w = Waves(m)
    sokolow = w("s_mv", "V1") + max(w("r_mv", "V5"), w("r_mv", "V6"))
    cornell = w("r_mv", "aVL") + w("s_mv", "V3")
    voltage = some(above(sokolow, 3.5, 0.25), above(cornell, 2.0 if r.sex == "F" else 2.8, 0.25))
    return every(voltage, below(m.qrs_ms, 130, 5))


def _right_hypertrophy(m: Measurements, _: Recording) -> float:
    """Axis beyond 90 degrees and R V1 + S V5 or V6 above 1.05 mV with R larger than S in V1."""
    w = Waves(m)
    sokolow = w("r_mv", "V1") + max(w("s_mv", "V5"), w("s_mv", "V6"))
    return every(
        above(m.qrs_axis_degrees, 90, 8), above(sokolow, 1.05, 0.15), above(w("r_mv", "V1") - w("s_mv", "V1"), 0, 0.1)
    )


def _q_wave(w: Waves, lead: str) -> float:
    """Return whether Q is 30 ms and 0.1 mV, or the complex is QS; in V2 and V3 20 ms or QS, in V1 nothing counts."""
    none = every(below(w("r_mv", lead), 0.05, 0.012), above(w("qrs_size_mv", lead), 0.15, 0.03))
    if lead == "V1":
        return none  # of worth only beside V2
    width = 20 if lead in ("V2", "V3") else 30
    wave = every(above(w("q_width_ms", lead), width, 2.5), above(w("q_mv", lead), 0.1, 0.02))
    return some(none, wave)


def _old_infarct(leads: tuple[str, ...]) -> Callable[[Measurements, Recording], float]:
    def rule(m: Measurements, r: Recording) -> float:
        w = Waves(m)
        q = {lead: _q_wave(w, lead) for lead in leads}
        return every(two_neighbours(q, leads), 1 - _left_block(m, r))

    return rule


def _elevation(m: Measurements, r: Recording) -> float:
    """ST at J 0.1 mV or more in two neighbours; in V2 and V3 0.2 (men from 40), 0.25 (men below 40), 0.15 (women)."""
    young = r.age_years is not None and r.age_years < 40
    chest = 0.15 if r.sex == "F" else 0.25 if young else 0.2
    w = Waves(m)
    limits = {lead: chest if lead in ("V2", "V3") else 0.1 for lead in (*FRONTAL, *CHEST)}
    degrees = {lead: above(w("j_mv", lead), limit, 0.025) for lead, limit in limits.items()}
    return two_neighbours(degrees, FRONTAL, CHEST)


def _depression(m: Measurements, _: Recording) -> float:
    """ST 60 ms after J 0.05 mV or more below the line in two neighbours."""
    degrees = {lead: below(v, -0.05, 0.015) for lead, v in Waves(m).by_lead("st60_mv", (*FRONTAL, *CHEST)).items()}
    return two_neighbours(degrees, FRONTAL, CHEST)


def _inverted_t(m: Measurements, _: Recording) -> float:
    """T of -0.1 mV or less in two neighbours where R is larger than S."""
    if not np.isfinite(m.qt_ms):
        return 0.0
    w = Waves(m)
    degrees = {}
    for lead in (*FRONTAL, *CHEST[1:]):
        positive = above(w("qrs_area_mv_ms", lead), 0, 3)
        degrees[lead] = every(below(w("t_mv", lead), -0.1, 0.02), positive)
    return two_neighbours(degrees, FRONTAL, CHEST[1:])


def _low_t(m: Measurements, _: Recording) -> float:
    """T below 10 % of R in I, II, and V4 to V6, most of them."""
    if not np.isfinite(m.qt_ms):
        return 0.0
    w = Waves(m)
    shares = [w("t_mv", lead) / max(w("r_mv", lead), 0.1) for lead in ("I", "II", "V4", "V5", "V6")]
    return below(Named(np.median(shares), "t_to_r_ratio"), 0.1, 0.02)


def _long_qt(m: Measurements, r: Recording) -> float:
    """QT corrected after Fridericia of 460 ms or more in women and 450 in men."""
    return above(m.qtc_fridericia_ms, 460 if r.sex == "F" else 450, 8) if np.isfinite(m.qt_ms) else 0.0


def _low_voltage(m: Measurements, _: Recording) -> float:
    """Every limb lead below 0.5 mV from peak to peak, or every chest lead below 1.0."""
    size = Waves(m).row("qrs_size_mv")
    limb, chest = Named(size[:6].max(), "limb_size_mv"), Named(size[6:].max(), "chest_size_mv")
    return some(below(limb, 0.5, 0.05), below(chest, 1.0, 0.08))


_RULES: dict[str, Callable[[Measurements, Recording], float]] = {
    "SR": _sinus,
    "AF": _fibrillation,
    "SBRAD": _bradycardia,
    "STACH": _tachycardia,
    "SARRH": _arrhythmia,
    "PACE": _paced,
    "1AVB": _long_pr,
    "LPR": _long_pr,
    "LBBB": _left_block,
    "RBBB": _right_block,
    "IRBBB": _incomplete_right_block,
    "IVCD": _delay,
    "LAFB": _anterior_hemiblock,
    "LVH": _left_voltage,
    "VCLVH": _left_voltage,
    "RVH": _right_hypertrophy,
    "IMI": _old_infarct(INFERIOR),
    "AMI": _old_infarct(ANTERIOR),
    "LMI": _old_infarct(LATERAL),
    "STE": _elevation,
    "STD": _depression,
    "INVT": _inverted_t,
    "LOWT": _low_t,
    "LNGQT": _long_qt,
    "LVOLT": _low_voltage,
}
# what any leads can show and deny; the others may show in a lead that is missing
_OF_ANY_LEADS = ("AF", "SBRAD", "STACH", "PACE", "1AVB", "LPR", "LNGQT")
# what a normal ECG may have: its rate may be as low as 50
_NO_OBJECTION = ("SR", "SARRH", "SBRAD", "IRBBB")
# findings that stand when a narrower one does
_BROADER = {
    "MI": ("IMI", "AMI", "LMI"),
    "QWAVE": ("IMI", "AMI", "LMI"),
    "CD": ("1AVB", "LBBB", "RBBB", "IRBBB", "IVCD", "LAFB"),
    "HYP": ("LVH", "RVH"),
    "STTC": ("STD", "INVT", "LOWT", "LNGQT"),
}
_ALL = {*_RULES, *_BROADER, "NORM"}
