"""Plug-ins that break what they promised, each in one way."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
from toys.toy_study import ToyArchive, ToyMetric, ToyModel, ToyPanel, ToyReference

from ecg_eval.domain.contracts import PanelReadings
from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import SignalError


class _Scores(ToyModel):
    trained_on = ()
    needs = "anything"

    def scores(self, recordings, findings):
        return self.strange(np.array([[0.5] * len(findings) for _ in recordings]))


class FlatScores(_Scores):
    def strange(self, scores):
        return scores[:, 0]


class WildScores(_Scores):
    def strange(self, scores):
        return np.linspace(-10, 20, scores.size).reshape(scores.shape)


class InfiniteScores(_Scores):
    def strange(self, scores):
        scores[0, 0] = np.inf
        return scores


class WordScores(_Scores):
    def strange(self, scores):
        return [["high"] * scores.shape[1]] * len(scores)


class NoScores(_Scores):
    def strange(self, scores):
        return None


class Raises(_Scores):
    def strange(self, scores):
        raise RuntimeError("out of memory")


class Leaves(_Scores):
    def strange(self, scores):
        sys.exit(0)


class CannotLearn(ToyModel):
    trained_on = ()
    needs = "anything"

    def fit(self, recordings, labels, *, rng):
        raise RuntimeError("singular matrix")


class StrangeCard(ToyModel):
    trained_on = ()
    needs = "anything"

    def card(self):
        return ModelCard(facts={"auc": float("nan")})


class OldCard(ToyModel):
    trained_on = ()
    needs = "anything"

    def card(self):
        return {"n_parameters": 3}


class TrippedBy(ToyModel):
    """Fails on the recordings that it is told."""

    trained_on = ()
    needs = "anything"

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids

    def scores(self, recordings, findings):
        if set(self.ids) & set(recordings.ids):
            raise ValueError("a lead is the wrong way round")
        return super().scores(recordings, findings)


class NeedsMillivolts(ToyModel):
    """Refuses other units, when it learns and when it reads."""

    trained_on = ()
    needs = "mV"

    def fit(self, recordings, labels, *, rng):
        for recording in recordings:
            recording.require_millivolts(who=self.name)

    def scores(self, recordings, findings):
        for recording in recordings:
            recording.require_millivolts(who=self.name)
        return super().scores(recordings, findings)


class WontBeMade(ToyModel):
    trained_on = ()
    needs = "anything"

    def __init__(self) -> None:
        raise FileNotFoundError("weights.pt")


class LearntWhat(ToyModel):
    trained_on = "everything"
    needs = "anything"


class StrangeArchive(ToyArchive):
    """Does one thing wrong, or one with each of some recordings."""

    def __init__(self, *, does: str | dict[str, str]) -> None:
        super().__init__(n_records=40)
        self.does, self.does_with = (does, {}) if isinstance(does, str) else ("", does)

    def records(self):
        records = super().records()
        match self.does:
            case "no table":
                return list(records.index)
            case "numbered index":
                return records.reset_index(drop=True)
            case "repeated index":
                return pd.concat([records, records.iloc[:1]])
            case "no patient":
                return records.drop(columns="patient_id")
            case "numbered patient":
                return records.assign(patient_id=range(len(records)))
            case "has_signal in words":
                return records.assign(has_signal="yes")
            case "fold in words":
                return records.assign(fold="one")
            case "age in words":
                return records.assign(age_years="old")
            case "sex in words":
                return records.assign(sex="male")
            case "records raise":
                raise KeyError("ecg_id")
        return records

    def labels(self, findings):
        labels = super().labels(findings)
        table = labels.table
        match self.does:
            case "labels are a table":
                return table
            case "labels of few":
                return ReferenceStandard(table=table.iloc[5:], method="m")
            case "labels lack a finding":
                return ReferenceStandard(table=table.iloc[:, :0], method="m")
            case "labels of 2":
                return ReferenceStandard(table=table + 1, method="m")
        return labels

    def load(self, record_id):
        recording = super().load(record_id)
        match self.does_with.get(record_id):
            case "an array":
                return recording.signal
            case "another recording":
                return super().load("t25")
            case "float64":
                return replace(recording, signal=recording.signal.astype(float))
            case "infinite":
                signal = recording.signal.copy()
                signal[3, 3] = np.inf
                return replace(recording, signal=signal)
            case "a lead twice":
                return replace(recording, leads=("II", *recording.leads[1:]))
            case "load raises":
                raise KeyError("filename_hr")
            case "load leaves":
                sys.exit(0)
        if self.does == "some in other units" and int(record_id[1:]) % 10 in (0, 4):
            return replace(recording, units="not calibrated")
        if self.does == "all in other units":
            return replace(recording, units="z-score")
        if self.does == "none loads":
            raise SignalError(record_id, "file", "whole", "nothing")
        return recording


class StrangePanel(ToyPanel):
    """Does one thing wrong."""

    def __init__(self, *, does: str) -> None:
        self.does = does

    def read(self, request):  # noqa: PLR0912 - a branch a broken promise
        given = super().read(request)
        readings, readers, left_out = given.readings, given.readers, given.left_out
        if self.does == "raises":
            raise KeyError("reader")
        match self.does:
            case "a frame":
                return readings
            case "another column":
                readings = readings.rename(columns={"score": "points"})
            case "score in words":
                readings = readings.assign(score="high")
            case "another word":
                readings = readings.assign(reading=_replaced(readings["reading"], "present", "yes"))
            case "another record":
                readings = readings.assign(record_id=_replaced(readings["record_id"], "t04", "x99"))
            case "another finding":
                readings = readings.assign(finding=_replaced(readings["finding"], "AF", "LBBB"))
            case "another reader":
                readings = readings.assign(reader_id=_replaced(readings["reader_id"], "sure", "nobody"))
            case "twice":
                readings = pd.concat([readings, readings.iloc[:1]], ignore_index=True)
            case "no kind":
                readers = readers.drop(columns="kind")
            case "another kind":
                readers = readers.assign(kind="wizard")
            case "readers twice":
                readers = pd.concat([readers, readers.iloc[:1]])
            case "left out without a reason":
                left_out = left_out.drop(columns="reason")
        return PanelReadings(readings=readings, readers=readers, left_out=left_out)


def _replaced(column, old, new):
    return column.astype(str).replace(old, new).astype("category")


class StrangeReference(ToyReference):
    """Does one thing wrong."""

    meaning = "A toy."

    def __init__(self, *, does: str) -> None:
        self.does = does

    def form(self, *, records, findings, labels, readings, readers):
        truth = super().form(records=records, findings=findings, labels=labels, readings=readings, readers=readers)
        match self.does:
            case "a frame":
                return truth.table
            case "other order":
                return ReferenceStandard(table=truth.table.iloc[::-1], method="m")
            case "values of 3":
                return ReferenceStandard(table=truth.table * 3, method="m")
            case "votes of few":
                return ReferenceStandard(table=truth.table, method="m", votes={"sure": truth.table.iloc[1:]})
            case "a reading of nobody":
                return ReferenceStandard(table=truth.table, method="m", is_reading_of="nobody")
        raise ZeroDivisionError


class StrangeMetric(ToyMetric):
    """Does one thing wrong."""

    question, source, caveat, answers = "?", "none", "none", "description"

    def __init__(self, *, does: str) -> None:
        self.does = does

    def rows(self, study, *, level):
        row = next(iter(super().rows(study, level=level)))
        yield row
        match self.does:
            case "a number":
                yield 0.5
            case "another metric":
                yield replace(row, metric="auroc")
            case "raises":
                raise ValueError("singular")
            case "leaves":
                sys.exit(0)


class Dataset:
    """Of the right name, and no more."""
