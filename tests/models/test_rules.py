from dataclasses import replace

import numpy as np
import pytest
from made_cohort import handed_over
from made_ecg import Heart, Wave, usual_waves

from ecg_eval.domain.findings import vocabulary
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording
from ecg_eval.models._parts.criteria import above, below, every, some, two_neighbours
from ecg_eval.models.rules import Rules


def read(
    heart: Heart,
    *,
    sex: str | None = "M",
    age_years: float | None = 60.0,
    spikes: bool = False,
    leads: tuple[str, ...] = STANDARD_LEADS,
) -> dict[str, float]:
    """Return what the rules say of a made ECG, of which some leads may be missing."""
    signal, beats = heart.record(np.random.default_rng(0))
    if spikes:
        for beat in np.round((beats[beats > 0.2] - 0.1) * 500).astype(int):
            signal[beat : beat + 2] += 1.0
    recording = Recording(
        record_id="made",
        patient_id="made",
        signal=signal.astype(np.float32)[:, [STANDARD_LEADS.index(lead.removesuffix("'")) for lead in leads]],
        leads=leads,
        sampling_rate_hz=500.0,
        age_years=age_years,
        sex=sex,
    )
    rules = Rules()
    codes = rules.card().facts["findings"]
    assert isinstance(codes, tuple)
    assert set(codes) <= set(vocabulary())
    return dict(zip(codes, rules.scores(handed_over({"made": recording}), codes)[0], strict=True))


def with_waves(**waves: Wave) -> dict[str, Wave]:
    return usual_waves() | waves


NORMAL = Heart(rate_per_min=72)
NO_P = {name: wave for name, wave in usual_waves().items() if name != "p"}
SMALL = {name: replace(wave, size_mv=0.3 * wave.size_mv) for name, wave in usual_waves().items()}
LEFT = usual_waves(qrs_s=0.15) | {
    "q": Wave(-0.075, 0.0, 0.1, (0.6, 0.1, -0.6)),
    "r": Wave(-0.075, 0.075, 1.3, (0.85, 0.1, -0.5)),
    "s": Wave(-0.01, 0.075, 0.3, (0.8, 0.1, -0.5)),
    "t": Wave(0.15, 0.37, 0.4, (-0.6, -0.1, 0.6)),
}
RIGHT = usual_waves(qrs_s=0.09) | {
    "s": Wave(-0.01, 0.035, 0.5, (0.2, 0.1, -0.9)),
    "r2": Wave(0.025, 0.1, 0.7, (-0.7, 0.1, 0.8)),
    "t": Wave(0.17, 0.37, 0.3, (0.7, 0.4, -0.2)),
}
CASES = {
    "AF": Heart(waves=NO_P, rate_per_min=85, rr_spread=0.2, fibrillation_mv=0.05),
    "SBRAD": Heart(rate_per_min=46),
    "STACH": Heart(waves=usual_waves(pr_s=0.13, qt_s=0.29), rate_per_min=115),
    "1AVB": Heart(waves=usual_waves(pr_s=0.26), rate_per_min=60),
    "LBBB": Heart(waves=LEFT),
    "RBBB": Heart(waves=RIGHT),
    "LVH": Heart(waves=with_waves(r=Wave(-0.03, 0.03, 3.2, (0.9, 0.3, -0.5)))),
    "IMI": Heart(waves=with_waves(q=Wave(-0.055, 0.0, 0.8, (0.05, -1.0, 0.0)))),
    "AMI": Heart(waves=with_waves(r=Wave(-0.04, 0.04, 1.2, (0.6, 0.5, -0.9)), q=Wave(-0.045, -0.02, 0.3, (0, 0, -1)))),
    "STE": Heart(waves=with_waves(st=Wave(0.0, 0.3, 1.5, (0.1, 0.1, 1.0)))),
    "STD": Heart(waves=with_waves(st=Wave(0.0, 0.25, 0.25, (-0.8, -0.6, 0.0)))),
    "INVT": Heart(waves=with_waves(t=Wave(0.13, 0.34, 0.4, (-0.8, -0.4, 0.0)))),
    "LOWT": Heart(waves=with_waves(t=Wave(0.13, 0.34, 0.03, (0.7, 0.5, 0.3)))),
    "LNGQT": Heart(waves=usual_waves(qt_s=0.52), rate_per_min=62),
    "LVOLT": Heart(waves=SMALL, noise_mv=0.002),
    "LAFB": Heart(
        waves=with_waves(
            q=Wave(-0.045, -0.01, 0.25, (-0.2, 0.9, 0.2)),
            r=Wave(-0.02, 0.045, 1.0, (0.6, -0.9, -0.3)),
            s=Wave(0.02, 0.05, 0.2, (0.2, -0.5, -0.5)),
        )
    ),
    "RVH": Heart(
        waves=with_waves(r=Wave(-0.03, 0.03, 1.2, (-0.6, 0.6, 0.8)), s=Wave(0.0, 0.04, 0.3, (-0.5, 0.3, 0.2)))
    ),
}


def test_a_normal_ecg_is_normal() -> None:
    said = read(NORMAL)
    assert said["NORM"] > 0.5
    assert said["SR"] > 0.5
    named = {code: score for code, score in said.items() if code not in ("NORM", "SR") and score > 0.5}
    assert named == {}


@pytest.mark.parametrize("code", CASES)
def test_each_rule_finds_its_example(code: str) -> None:
    said = read(CASES[code])
    assert said[code] > 0.5
    assert said["NORM"] < 0.5


@pytest.mark.parametrize(
    ("broader", "code"),
    [("MI", "IMI"), ("MI", "AMI"), ("CD", "LBBB"), ("CD", "1AVB"), ("HYP", "LVH"), ("STTC", "INVT"), ("QWAVE", "IMI")],
)
def test_a_broader_finding_stands_with_a_narrower_one(broader: str, code: str) -> None:
    said = read(CASES[code])
    assert said[broader] >= said[code]


def test_pacing() -> None:
    assert read(Heart(waves=LEFT), spikes=True)["PACE"] > 0.5
    assert read(Heart(waves=LEFT))["PACE"] < 0.5


def test_the_score_grows_with_the_distance_from_the_limit() -> None:
    scores = [read(Heart(waves=usual_waves(pr_s=pr), rate_per_min=60))["1AVB"] for pr in (0.14, 0.19, 0.22, 0.26)]
    assert scores == sorted(scores)
    assert scores[1] < 0.5 < scores[2]


def test_limits_by_sex() -> None:
    heart = Heart(waves=usual_waves(qt_s=0.465), rate_per_min=60)
    assert read(heart, sex="M")["LNGQT"] > read(heart, sex="F")["LNGQT"]
    assert read(heart, sex=None)["LNGQT"] == read(heart, sex="M")["LNGQT"]


def test_no_wave_no_criterion() -> None:
    only_qrs = {name: wave for name, wave in usual_waves().items() if name in "qrs"}
    said = read(Heart(waves=only_qrs, rate_per_min=160, noise_mv=0.001))
    assert said["1AVB"] == 0
    assert np.isfinite(said["INVT"])
    assert np.isfinite(said["LOWT"])
    assert said["SR"] < 0.5


def test_grades_on_paper() -> None:
    assert above(200, 200, 5) == 0.5
    assert above(205, 200, 5) == pytest.approx(1 / (1 + np.exp(-1)))
    assert below(195, 200, 5) == above(205, 200, 5)
    assert np.isnan(above(np.nan, 200, 5))
    assert every(0.9, 0.2) == 0.2
    assert np.isnan(every(0.9, np.nan))
    assert some(0.9, np.nan) == 0.9
    assert np.isnan(some(np.nan))
    leads = {"II": 0.9, "aVF": 0.3, "III": 0.8}
    assert two_neighbours(leads, ("II", "aVF", "III")) == 0.3


def test_a_rule_says_what_it_held_against_which_limit() -> None:
    signal, _ = CASES["SBRAD"].record(np.random.default_rng(0))
    recording = Recording(
        record_id="slow", patient_id="p", signal=signal.astype(np.float32), leads=STANDARD_LEADS, sampling_rate_hz=500.0
    )
    rules, codes = Rules(), ("SBRAD", "LVH", "MI", "NORM", "a finding without a rule")
    listed = rules.criteria(handed_over({"slow": recording}), codes)["slow"]
    assert set(listed) == set(codes[:-1])
    rate = next(c for c in listed["SBRAD"] if c.measure == "rate_per_min")
    assert (rate.limit, rate.asks_above, rate.is_met) == (60, False, True)
    assert rate.value == pytest.approx(46, abs=1)
    names = {c.measure for c in listed["LVH"]}
    assert {"qrs_ms", "r_mv aVL + s_mv V3"} <= names
    assert any(name.startswith("s_mv V1 + r_mv V") for name in names)
    assert not any(c.is_met for c in listed["LVH"] if c.measure.startswith("s_mv V1"))
    # what is listed does not depend on who asks, and nothing is listed where nobody asks
    assert read(CASES["SBRAD"])["SBRAD"] == pytest.approx(min(c.degree for c in listed["SBRAD"]), abs=0.05)


def test_of_two_leads_the_rhythm_is_read_and_nothing_is_denied_that_others_may_show() -> None:
    told = read(CASES["AF"], leads=("V1", "V5"))
    assert told["AF"] > 0.5
    assert told["STACH"] < 0.5
    normal = read(NORMAL, leads=("II", "V1", "V2", "V3"))
    assert normal["AF"] < 0.5
    # a normal ECG, an infarction or a block: what is not seen may be in the leads that are not there
    assert all(np.isnan(normal[code]) for code in ("NORM", "IMI", "LBBB", "STE", "LVH", "CD", "STTC"))
    assert all(np.isnan(list(read(NORMAL, leads=("II'",)).values())))  # no standard lead at all
