"""Pages that hold every picture that the package draws, in both languages, from studies as small as possible."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import pandas as pd
from conftest import study_frames
from reports.sections import test_costs, test_measurements, test_single_choice
from reports.study_fixture import toy_result
from reports.test_build import all_sections

import ecg_eval
from ecg_eval.domain.contracts import Section
from ecg_eval.domain.facts.pooled import PooledNumber, Pooling, Question, StudyNumber
from ecg_eval.domain.facts.stress import StressNumber, StressPart, StressResult
from ecg_eval.domain.result import Block, StudyResult, Table
from ecg_eval.reports.build import render_report
from ecg_eval.reports.pooled_page import render_pooling
from ecg_eval.reports.stress_page import render_stress
from ecg_eval.stats.estimate import Estimate

LONG = "a_network_with_a_long_name"
MANY = ("AF", "1AVB", "LBBB", "INJIN", "INJAL", "AMI", "VCLVH", "STACH")  # names of four lines among them


class Wide(Section):
    """A table of a reader and ten measures, as of subgroups in a report; some cells with the number of a footnote."""

    name = "wide"
    title: ClassVar[dict[str, str]] = {"en": "Wide", "fr": "Large"}

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return the table."""
        cells = [f"+0.02 (-0.23 to +0.27){' [1]' if i % 3 else ''}" for i in range(10)]
        row = {"Subgroup": "Women", "Reader": "12 simulated readers (mean), unaided"}
        return [Table("Wide", pd.DataFrame([row | {f"Measure {i}": cell for i, cell in enumerate(cells)}] * 3))]


def pages(language: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each page and the page: a whole report, then single sections, then pages of their own."""
    for name, result in _results():
        chosen = [section for section in all_sections() if name in ("many_readers", section.name)]
        yield name, render_report(result, language=language, sections=chosen)
    yield "wide", render_report(toy_result(), language=language, sections=[Wide()])
    yield "stress", render_stress(_stressed(), language=language)
    yield "pool", render_pooling(_pooled(), language=language)


def _results() -> Iterator[tuple[str, StudyResult]]:
    yield "many_readers", toy_result(findings=MANY, n_readers=18, n_records=60)
    yield "single_choice", test_single_choice._result()
    yield "measurements", test_measurements.result()
    cpu_s = {test_costs.BIG: 20.0, test_costs.SMALL: 0.5}
    yield "costs", test_costs.result(difference=(0.02, -0.01, 0.05), cpu_s=cpu_s, sizes={test_costs.BIG: 1000})
    over_time = ["learning", "fatigue", "carry_over"]
    yield "questions", _asked([*over_time, "calibration_error", "error_at_coverage", "sensitivity_by_policy"])


def _asked(metrics: list[str]) -> StudyResult:
    """Return a crossover of four GPs beside a program with a long name, two of whose answers are none."""
    readings, readers, truth = study_frames(n_records=80)
    place = readings.groupby(["reader_id", "arm"], dropna=False).cumcount()
    readings = readings.assign(reader_id=readings["reader_id"].replace("model", LONG), position=place + 1)
    turned = np.where(place % 2, readings["arm"] == "aided", readings["arm"] != "aided")
    readings["period"] = np.where(readings["reader_id"] == LONG, None, np.where(turned, 1, 2))
    readings.loc[readings.index[::17], "reading"] = "uncertain"
    named = readers.assign(reader_id=readers["reader_id"].replace("model", LONG))
    prevalence = {"AF": {"value": 0.068, "source": "SAFE, age 65 and over"}}
    asked = [{"name": m, "prevalence": prevalence} if "thousand" in m else m for m in metrics]
    return ecg_eval.evaluate(readings, truth, readers=named, metrics=asked, resamples=60).result


def _stressed() -> StressResult:
    kinds = StressPart(
        perturbation="limb_reversal", unit="", source="by hand", about="Electrodes that change places.",
        doses=(1.0, 2.0, 3.0), n_records=(9, 9, 9),
        dose_words=("both arms", "left arm and left leg", "right arm and left leg"),
    )  # fmt: skip
    degrees = StressPart(
        perturbation="baseline_wander", unit="mV", source="by hand", about="A baseline that moves.",
        doses=(0.1, 0.5, 1.0), dose_words=("0.1 mV", "0.5 mV", "1 mV"), n_records=(9, 9, 9),
    )  # fmt: skip
    estimate = Estimate(value=0.8, low=0.7, high=0.9, method="by hand", n=9)
    numbers = [
        StressNumber(
            model=model, perturbation=part.perturbation, dose=dose, metric="auroc", finding="macro", value=estimate,
            change=None if dose is None else estimate,
        )
        for model in (LONG, "rules")
        for part in (kinds, degrees)
        for dose in (None, *part.doses)
    ]  # fmt: skip
    return StressResult(
        name="stress", dataset="An archive", simulated=True, n_records=9, parts=(kinds, degrees),
        numbers=tuple(numbers), failed=(), unsaid=(), silent=(), level=0.95, overall="macro",
    )  # fmt: skip


def _pooled() -> Pooling:
    estimate = Estimate(value=0.8, low=0.7, high=0.9, method="by hand", n=9)
    names = [f"A study of practices in region {i}" for i in range(1, 6)]
    studies = tuple(
        StudyNumber(
            study=name, software_version="2.1.0", period="2025", value=0.8, low=0.7, high=0.9, cases=40, weight=0.2
        )
        for name in names
    )
    numbers = tuple(
        PooledNumber(
            question=Question(quantity=quantity, reader=LONG, is_software=True, arm="unaided", finding="AF"),
            estimate=estimate, prediction_low=0.6, prediction_high=0.95, tau=0.2, i_squared=0.3,
            heterogeneity=Estimate(value=4.0, method="by hand", n=5, p_value=0.4), studies=studies, withheld=1,
        )
        for quantity in ("sensitivity", "specificity")
    )  # fmt: skip
    about = tuple((name, "An archive", "crossover", 120, True) for name in names)
    return Pooling(studies=about, numbers=numbers, drifts=(), refused=())
