"""Which recordings can be read: each is loaded once, examined, and kept, kept with a flag, or left out with a reason.

The policy says what follows from each kind of flaw (``signals.quality_kinds``); a run's configuration may change it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from ecg_eval.config.schema import Quality
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.facts.plain import from_plain, to_plain
from ecg_eval.domain.facts.screening import FlawCount, QualityFacts, QualityPolicy
from ecg_eval.domain.recording import Recording
from ecg_eval.domain.result import STAGE_KEPT
from ecg_eval.domain.signal_digest import signal_digest
from ecg_eval.errors import ConfigError, EcgEvalError, ProblemsError, suggestion
from ecg_eval.pipeline.executors.looks import Each, looked_at_here
from ecg_eval.pipeline.progress import Progress
from ecg_eval.pipeline.study.door import recording_of
from ecg_eval.signals.corrections import corrections_of
from ecg_eval.signals.quality import examine, shorter_than_usual
from ecg_eval.signals.quality_kinds import KINDS, LIMITS, Limits, QualityFinding

STAGE = "signal"
QUALITY_COLUMNS = ("record_id", "action", "kind", "leads", "value", "unit", "limit", "detail")
_ALWAYS = "no_signal"  # nothing could be done with such a recording


@dataclass(frozen=True)
class Policy:
    """What is looked for, and what follows from it.

    Attributes
    ----------
    actions : mapping of str to str
        "exclude", "flag", "note" or "off" for every kind of flaw.
    limits : Limits
    correct : tuple of str
        "electrodes", "polarity": what is undone where its cause is beyond doubt, before anybody reads.
    """

    actions: Mapping[str, str] = field(default_factory=lambda: {kind: about.action for kind, about in KINDS.items()})
    limits: Limits = field(default_factory=Limits)
    correct: tuple[str, ...] = ()

    def follows(self, finding: QualityFinding) -> str:
        """Return what follows from a flaw: "correct" where it is undone, else the action of its kind."""
        action = self.actions[finding.kind]
        return "correct" if action in ("flag", "note") and corrections_of([finding], self.correct) else action

    def facts(self) -> QualityPolicy:
        """Return the policy for provenance."""
        return QualityPolicy(actions=dict(self.actions), limits=asdict(self.limits))


@dataclass(frozen=True)
class Screened:
    """What became of the recordings.

    Attributes
    ----------
    usable : list of str
        Record ids that every later stage may load.
    left_out : list of tuple
        (record_id, reader_id, stage, reason) of those that cannot be read, and of flaws in those that are kept.
    quality : DataFrame
        One row a recording and flaw: ``QUALITY_COLUMNS``.
    digests : dict of str to str
        Record id -> digest of its signal (``domain.signal_digest``), of every recording that loads.
    other_units : dict of str to str
        Record id -> unit of its signal, of recordings that are not in mV.
    """

    usable: list[str]
    left_out: list[tuple[str, str, str, str]]
    quality: pd.DataFrame
    digests: dict[str, str] = field(default_factory=dict)
    other_units: dict[str, str] = field(default_factory=dict)


def policy_of(quality: Quality) -> Policy:
    """Return the policy of a configuration: the defaults, and what it changes.

    Raises
    ------
    ProblemsError
        With every kind of flaw and every limit that is unknown or senseless.
    """
    problems: list[EcgEvalError] = []
    for what, given, words in (("actions", quality.actions, tuple(KINDS)), ("limits", quality.limits, LIMITS)):
        for key in given:
            if key not in words:
                where = f"quality.{what}"
                problems.append(ConfigError(where, "key", "a known one", key, suggestion(key, words)))
    problems += [
        ConfigError(f"quality.limits.{key}", "limit", "0 or more", value)
        for key, value in quality.limits.items()
        if not value >= 0
    ]
    if quality.actions.get(_ALWAYS, "exclude") != "exclude":
        remedy = "Nothing can be read where there is no signal."
        problems.append(
            ConfigError(f"quality.actions.{_ALWAYS}", "action", "exclude", quality.actions[_ALWAYS], remedy)
        )
    if problems:
        raise ProblemsError("quality", problems)
    return Policy({**Policy().actions, **quality.actions}, replace(Limits(), **quality.limits), quality.correct)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look at one recording finds; `broken` says why it cannot be loaded."""

    broken: str = ""
    flaws: tuple[QualityFinding, ...] = ()
    duration_s: float = 0.0
    digest: str = ""
    units: str = "mV"


def screen(
    dataset: Dataset, record_ids: Sequence[str], progress: Progress, policy: Policy, each: Each = looked_at_here
) -> Screened:
    """Load every recording once and sort out those that cannot be read.

    Parameters
    ----------
    dataset : Dataset
    record_ids : sequence of str
    progress : callable
    policy : Policy
    each : callable
        Who looks at the recordings; this process by default.
    """
    broken: list[tuple[str, str, str, str]] = []
    flaws: dict[str, list[QualityFinding]] = {}
    durations_s: list[float] = []
    digests: dict[str, str] = {}
    other_units: dict[str, str] = {}
    looks = each(
        partial(recording_of, dataset),
        record_ids,
        partial(look, policy),
        lambda items: progress(items, "Reading signals"),
    )
    for record_id, plain in zip(record_ids, looks, strict=True):
        looked = looked_of(plain)
        if looked.broken:
            broken.append((record_id, "", STAGE, looked.broken))
            continue
        flaws[record_id] = list(looked.flaws)
        durations_s.append(looked.duration_s)
        digests[record_id] = looked.digest
        if looked.units != "mV":
            other_units[record_id] = looked.units
    for record_id, short in zip(flaws, shorter_than_usual(np.array(durations_s), policy.limits), strict=True):
        if short and all(f.kind not in ("short", _ALWAYS) for f in flaws[record_id]):
            flaws[record_id].append(short)
    return replace(_sorted_out(flaws, broken, policy), digests=digests, other_units=other_units)


def look(policy: Policy, load: Callable[[str], Recording], record_id: str) -> object:
    """Return what a look at one recording finds, as plain values (`looked_of` reads them back)."""
    try:
        recording = load(record_id)
    except EcgEvalError as error:
        return to_plain(Looked(broken=str(error)))
    looked = Looked(
        flaws=tuple(flaws_of(recording, policy)),
        duration_s=recording.duration_s,
        digest=signal_digest(recording),
        units=recording.units,
    )
    return to_plain(looked)


def looked_of(plain: object) -> Looked:
    """Return what a look found, of its plain values."""
    return from_plain(Looked, plain, who="a look at a recording")


def is_usable(looked: Looked, policy: Policy) -> bool:
    """Whether nothing that was seen in a recording by itself excludes it."""
    return not looked.broken and all(policy.follows(flaw) != "exclude" for flaw in looked.flaws)


def flaws_of(recording: Recording, policy: Policy) -> list[QualityFinding]:
    """Return the flaws of one recording."""
    return examine(
        signal=recording.signal,
        leads=recording.leads,
        sampling_rate_hz=recording.sampling_rate_hz,
        units=recording.units,
        limits=policy.limits,
    )


def _sorted_out(
    flaws: Mapping[str, list[QualityFinding]], broken: list[tuple[str, str, str, str]], policy: Policy
) -> Screened:
    usable: list[str] = []
    left_out = list(broken)
    rows: list[tuple[object, ...]] = []
    for record_id, findings in flaws.items():
        by_action: dict[str, list[QualityFinding]] = {a: [] for a in ("exclude", "correct", "flag", "note", "off")}
        for finding in findings:
            by_action[policy.follows(finding)].append(finding)
        rows += [_row(record_id, action, f) for action, fs in by_action.items() if action != "off" for f in fs]
        if by_action["exclude"]:
            left_out.append((record_id, "", STAGE, "; ".join(f.text for f in by_action["exclude"])))
        else:
            usable.append(record_id)
            left_out += [(record_id, "", STAGE_KEPT, f.text) for f in by_action["flag"]]
            left_out += [(record_id, "", STAGE_KEPT, _corrected(f)) for f in by_action["correct"]]
    return Screened(usable, left_out, quality_table(rows))


def _corrected(finding: QualityFinding) -> str:
    words = "" if finding.correction is None else finding.correction.words
    return f"{finding.text}; corrected on request: {words}"


def _row(record_id: str, action: str, f: QualityFinding) -> tuple[object, ...]:
    return (record_id, action, f.kind, " ".join(f.leads), f.value, f.unit, f.limit, f.detail)


def quality_table(rows: Sequence[tuple[object, ...]] = ()) -> pd.DataFrame:
    """Return flaws as a table, one row a recording and flaw."""
    table = pd.DataFrame(list(rows), columns=list(QUALITY_COLUMNS))
    return table.astype({c: "float64" if c in ("value", "limit") else "string" for c in QUALITY_COLUMNS})


def quality_facts(screened: Screened, n_examined: int, policy: Policy) -> QualityFacts:
    """Return how many recordings were kept, kept with a flag or left out, how many show each flaw, and the policy."""
    table = screened.quality
    flagged = set(table.loc[table["action"].isin(["flag", "correct"]), "record_id"]) & set(screened.usable)
    counts = table.drop_duplicates(["record_id", "action", "kind"])[["action", "kind"]].value_counts()
    excluded = n_examined - len(screened.usable)
    unreadable = excluded - int(table.loc[table["action"] == "exclude", "record_id"].nunique())
    flaws = (
        FlawCount(action=action, kind=kind, records=int(counts[action, kind]))
        for kind in KINDS
        for action in ("exclude", "correct", "flag", "note")
        if (action, kind) in counts.index
    )
    return QualityFacts(
        examined=n_examined,
        kept=len(screened.usable) - len(flagged),
        kept_with_flag=len(flagged),
        excluded=excluded,
        unreadable=unreadable,
        flaws=tuple(flaws),
        policy=policy.facts(),
    )
