"""Simulated GPs, who err as published readers do: the rehearsal of a study before anybody has read anything.

Not people. They see the truth through noise, and an AI's answers in the aided arm, which pull them, right or wrong.
A report of a study with them says "simulated" in its headline.
"""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ecg_eval.domain.contracts import Panel, PanelReadings, PanelRequest
from ecg_eval.domain.findings import vocabulary
from ecg_eval.domain.reading import ABSENT, AIDED, PRESENT, REFER, UNAIDED, UNCERTAIN, readers_table, readings_table
from ecg_eval.errors import ArgumentError, EcgEvalError, ReadingsError, UnknownNameError, suggestion
from ecg_eval.panels._simulation.designs import assignments
from ecg_eval.panels._simulation.reader_model import (
    DIFFICULTY_SD,
    EXPERTISE,
    Occasions,
    Readers,
    draw_readers,
    evidence,
    follow_advice,
    reading_seconds,
    stated_confidence,
)
from ecg_eval.stats.allotment.designs import DESIGNS

Floats = NDArray[np.float64]

EFFECTS = {"learning": 0.0, "fatigue": 0.05, "period": 0.05, "carry_over": 0.1}

# half-width of the zone around the criterion in which a reader may answer "uncertain" or "refer"
_UNSURE = 0.20
_MAY_REFER = {"act_now": 0.6, "urgent": 0.4, "routine": 0.15, "none": 0.0}
_MAY_BE_UNCERTAIN = 0.5


class SimulatedGps(Panel):
    """A panel of simulated readers.

    Parameters
    ----------
    n_readers : int
    expertise : str
        "gp", "student", "resident", "cardiologist", or "mixed" (mostly GPs, some residents and cardiologists).
    ai : str, optional
        Reader id of the model whose answers are shown in the aided arm; without it there is no aided arm.
    design : str
        "crossover" (everybody reads everything in both arms, half of it aided first), "crossed" (unaided, then aided),
        "sequential" (unaided, then at once with the AI shown), "half_and_half" (half of it aided, nothing twice),
        "parallel", "split_plot" or "stepped_wedge" (by practice).
    reliance : float
        Factor on how readily readers take the AI's answer: 1 as published, 0 for a study without any effect.
    effects : dict of str to float, optional
        What changes while the study runs, in place of ``EFFECTS``: `learning` (d' gained per 100 recordings read),
        `fatigue` (d' lost from the beginning to the end of a period), `period` (d' gained per period after the first),
        `carry_over` (share of an occasion's noise that comes back when the recording is seen again, in [0, 1]).
    missing : float
        Chance that a recording was not read, in [0, 1).
    """

    simulated = True
    name: ClassVar[str] = "simulated_gps"

    def __init__(
        self,
        n_readers: int = 12,
        expertise: str = "gp",
        ai: str | None = None,
        design: str = "crossover",
        reliance: float = 1.0,
        effects: Mapping[str, float] | None = None,
        missing: float = 0.01,
    ) -> None:
        if not isinstance(n_readers, int) or n_readers < 1:
            raise ArgumentError(self.name, "n_readers", "a whole number of 1 or more", n_readers)
        kinds = (*EXPERTISE, "mixed")
        for what, word, words in (("expertise", expertise, kinds), ("design", design, tuple(DESIGNS))):
            if word not in words:
                rule = f"one of {', '.join(words)}"
                raise ArgumentError(self.name, what, rule, word, suggestion(str(word), words))
        for key in effects or {}:
            if key not in EFFECTS:
                rule = f"one of {', '.join(EFFECTS)}"
                raise ArgumentError(self.name, "effects", rule, key, suggestion(key, EFFECTS))
        self.effects = {**EFFECTS, **(effects or {})}
        if not 0 <= self.effects["carry_over"] <= 1:
            raise ArgumentError(self.name, "effects.carry_over", "in [0, 1]", self.effects["carry_over"])
        if not 0 <= missing < 1:
            raise ArgumentError(self.name, "missing", "in [0, 1)", missing)
        if reliance < 0:
            raise ArgumentError(self.name, "reliance", "0 or more", reliance)
        self.n_readers, self.expertise, self.ai, self.design = n_readers, expertise, ai, design
        self.reliance, self.missing = reliance, missing

    def problems(self) -> list[EcgEvalError]:
        """Return nothing: it needs no files."""
        return []

    def read(self, request: PanelRequest) -> PanelReadings:
        """Return simulated readings of the records asked for.

        Raises
        ------
        ReadingsError
            When the dataset has no labels to simulate from.
        UnknownNameError
            When the model named `ai` has not read anything.
        """
        readers = draw_readers(self._expertise(), reliance_factor=self.reliance, rng=request.rng)
        return self.read_as(readers, request)

    def read_as(self, readers: Readers, request: PanelRequest) -> PanelReadings:
        """Return readings of the records asked for by these very readers, whose true performance is then known.

        Raises
        ------
        ReadingsError, UnknownNameError
            As ``read`` does.
        """
        plan = assignments(
            self.design,
            practices=readers.practice,
            n_records=len(request.records),
            aided=self.ai is not None,
            rng=request.rng,
        )
        return self.read_planned(readers, request, plan)

    def read_planned(self, readers: Readers, request: PanelRequest, plan: pd.DataFrame) -> PanelReadings:
        """Return readings of the records asked for by these very readers, who read what a plan says and when.

        Parameters
        ----------
        readers : Readers
        request : PanelRequest
        plan : DataFrame
            One row a reading: `reader`, `record` (positions in `readers` and the records), `aided`, `period`,
            `position`. The panel's own design says no more than whether a second reading follows at once.

        Raises
        ------
        ReadingsError, UnknownNameError
            As ``read`` does.
        """
        truth = self._truth(request)
        advice, score = self._advice(request)
        rng = request.rng
        plan = plan[rng.random(len(plan)) >= self.missing].reset_index(drop=True)
        difficulty = _difficulty(request.records, rng)
        occasions = self._occasions(plan)
        unaided = evidence(
            readers=readers,
            occasions=occasions,
            truth=truth,
            difficulty=difficulty,
            findings=request.findings,
            # read again at once, it is the same occasion: nothing but the AI's answer is new
            carry_over=1.0 if self.design == "sequential" else self.effects["carry_over"],
            rng=rng,
        )
        shown = np.where(occasions.aided[:, None], advice[occasions.record], np.nan)
        final = follow_advice(unaided, shown, readers=readers, occasions=occasions, rng=rng)
        answers = _coherent(_answers(final, request.findings, rng), request.findings)
        ids = [f"{e}{i + 1:02d}" for i, e in enumerate(readers.expertise)]
        table = {
            "reading": answers,
            "confidence": stated_confidence(final, shown, aided=occasions.aided, rng=rng),
            "ai_reading": _in_words(shown),
            "ai_score": np.where(occasions.aided[:, None], score[occasions.record], np.nan),
        }
        seconds = reading_seconds(readers=readers, occasions=occasions, difficulty=difficulty, rng=rng)
        readings = _long(plan, request, np.array(ids, dtype=object), table, seconds)
        return PanelReadings(
            readings=readings_table(readings, who=self.name),
            readers=_readers(ids, readers),
            aided_by={} if self.ai is None else {AIDED: self.ai},
        )

    def _expertise(self) -> list[str]:
        if self.expertise != "mixed":
            return [self.expertise] * self.n_readers
        # of every six, four GPs, a resident and a cardiologist
        return [("gp", "gp", "resident", "gp", "cardiologist", "gp")[i % 6] for i in range(self.n_readers)]

    def _truth(self, request: PanelRequest) -> Floats:
        if request.labels is None:
            remedy = "Simulated readers see the dataset's labels through noise; use a dataset that has labels."
            raise ReadingsError(self.name, "labels", "given by the dataset", None, remedy)
        table = request.labels.table.reindex(index=request.records.index, columns=list(request.findings))
        return table.to_numpy(dtype=float)

    def _advice(self, request: PanelRequest) -> tuple[Floats, Floats]:
        """Return the AI's calls and scores, each of shape (n_records, n_findings), NaN where it gave none."""
        empty = np.full((len(request.records), len(request.findings)), np.nan)
        if self.ai is None:
            return empty, empty
        table = request.model_readings
        mine = table[table["reader_id"] == self.ai]
        if mine.empty:
            reader_ids = list(table["reader_id"].unique())
            raise UnknownNameError(self.name, "ai", "a model with readings", self.ai, suggestion(self.ai, reader_ids))
        calls, scores = empty.copy(), empty.copy()
        row = request.records.index.get_indexer(pd.Index(mine["record_id"]))
        column = pd.Index(request.findings).get_indexer(pd.Index(mine["finding"]))
        known_cell = (row >= 0) & (column >= 0)
        ai_calls = mine["reading"].map({PRESENT: 1.0, ABSENT: 0.0}).to_numpy(dtype=float, na_value=np.nan)
        calls[row[known_cell], column[known_cell]] = ai_calls[known_cell]
        scores[row[known_cell], column[known_cell]] = mine["score"].to_numpy(dtype=float, na_value=np.nan)[known_cell]
        return calls, scores

    def _occasions(self, plan: pd.DataFrame) -> Occasions:
        period, position = plan["period"].to_numpy(), plan["position"].to_numpy()
        last = plan.groupby(["reader", "period"])["position"].transform("max").to_numpy()
        before = position + (period - 1) * last
        effects = self.effects
        sharpness = effects["learning"] * before / 100 + effects["period"] * (period - 1)
        sharpness = sharpness - effects["fatigue"] * (position / last - 0.5)
        return Occasions(
            reader=plan["reader"].to_numpy(dtype=np.int64),
            record=plan["record"].to_numpy(dtype=np.int64),
            aided=plan["aided"].to_numpy(dtype=bool),
            sharpness=np.asarray(sharpness, dtype=np.float64),
        )


def _in_words(calls: Floats) -> NDArray[np.object_]:
    words = np.where(calls > 0.5, PRESENT, ABSENT).astype(object)
    words[np.isnan(calls)] = None
    return words


def _difficulty(records: pd.DataFrame, rng: np.random.Generator) -> Floats:
    """Return the difficulty of each record: the dataset's own where it knows it, drawn where it does not."""
    drawn = DIFFICULTY_SD * rng.normal(size=len(records))
    if "difficulty" not in records.columns:
        return np.asarray(drawn)
    stated = records["difficulty"].to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(stated), drawn, stated)


def _answers(final: Floats, findings: tuple[str, ...], rng: np.random.Generator) -> NDArray[np.object_]:
    """Put evidence into words. Just above the criterion a reader may refer, just below it may be uncertain.

    So a study that counts "refer" as present and "uncertain" as absent recovers what the evidence says.
    """
    urgency = [vocabulary()[code].urgency if code in vocabulary() else "routine" for code in findings]
    may_refer = np.array([_MAY_REFER[u] for u in urgency])
    wavers = np.abs(final) < _UNSURE
    draw = rng.random(final.shape)
    answers = np.where(final > 0, PRESENT, ABSENT).astype(object)
    answers[wavers & (final > 0) & (draw < may_refer[None, :])] = REFER
    answers[wavers & (final <= 0) & (draw < _MAY_BE_UNCERTAIN)] = UNCERTAIN
    return answers


def _coherent(answers: NDArray[np.object_], findings: tuple[str, ...]) -> NDArray[np.object_]:
    """Take "normal" back where the same reader names something abnormal in the same recording."""
    if "NORM" not in findings:
        return answers
    findings_of = vocabulary()
    abnormal = [i for i, code in enumerate(findings) if code not in findings_of or findings_of[code].urgency != "none"]
    named = np.isin(answers[:, abnormal], (PRESENT, REFER)).any(axis=1)
    normal = findings.index("NORM")
    answers[named & (answers[:, normal] != ABSENT), normal] = ABSENT
    return answers


def _long(
    plan: pd.DataFrame,
    request: PanelRequest,
    ids: NDArray[np.object_],
    table: dict[str, NDArray[np.object_] | Floats],
    seconds: Floats,
) -> pd.DataFrame:
    """Lay answers out as one row a reading."""
    n, m = len(plan), len(request.findings)
    records = request.records.index.to_numpy(dtype=object)
    once = {
        "record_id": records[plan["record"].to_numpy()],
        "reader_id": ids[plan["reader"].to_numpy()],
        "arm": np.where(plan["aided"].to_numpy(), AIDED, UNAIDED),
        "period": plan["period"].to_numpy(),
        "position": plan["position"].to_numpy(),
        "seconds": seconds,
    }
    columns = {name: np.repeat(values, m) for name, values in once.items()}
    columns |= {"finding": np.tile(np.array(request.findings, dtype=object), n)}
    columns |= {name: values.ravel() for name, values in table.items()}
    return pd.DataFrame(columns)


def _readers(ids: list[str], readers: Readers) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "reader_id": ids,
            "kind": "simulated",
            "years_experience": readers.years_experience,
            "ecgs_per_year": readers.ecgs_per_year,
            "practice_id": [f"practice{p + 1:02d}" for p in readers.practice],
            "training": readers.expertise,
            "description": "simulated reader, no person",
        }
    )
    return readers_table(frame, who="simulated_gps")
