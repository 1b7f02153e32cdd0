"""What a dataset is, on one page: what it states, what is there, what it shares with others, what it cannot say.

Counts only: no record and no patient is named, so that a card of one's own recordings may be shown to others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NotRequired, TypedDict

import numpy as np
import pandas as pd

from ecg_eval import registry
from ecg_eval.config.load import load_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.facts.dataset import DatasetFacts
from ecg_eval.domain.findings import expand_findings, vocabulary
from ecg_eval.domain.lineage import ARCHIVES, relatives
from ecg_eval.errors import ArgumentError, ProblemsError, UnknownNameError
from ecg_eval.pipeline.plugins import load, make
from ecg_eval.pipeline.study.build import make_dataset

_NAMES = {
    "title": "Title",
    "version": "Version",
    "licence": "Licence",
    "citation": "To cite",
    "url": "Address",
    "access": "Access",
    "size": "Size as published",
    "population": "Patients",
    "devices": "Devices",
    "lead_order": "Leads in the files",
    "units": "Units in the files",
    "labelled_by": "Labelled by",
}


class RecordCounts(TypedDict):
    """How many there are, and of whom; what no record says is left out."""

    records: int
    records_with_signal: int
    patients: int
    age_years: NotRequired[dict[str, float]]
    sex: NotRequired[dict[str, int]]
    folds: NotRequired[dict[str, int]]


class FindingCounts(TypedDict):
    """How many records show a finding."""

    code: str
    name: str
    present: int
    absent: int
    unknown: int


@dataclass(frozen=True)
class Card:
    """What is known of a dataset.

    Attributes
    ----------
    name : str
    stated : DatasetFacts
        What its plug-in (or its owner) states.
    related : dict of str to str
        Archives that share its recordings or patients, with their titles.
    counts : dict of str to object
        What is actually there: records, patients, age, sex, folds; empty where the files were not looked at.
    findings : list of dict
        One row a finding: `code`, `name`, `present`, `absent`, `unknown` (records).
    label_rule : str
        How labels become present, absent or unknown.
    digests : dict of str to str
    root : Path or None
        Where its files are.
    """

    name: str
    stated: DatasetFacts
    related: dict[str, str]
    counts: RecordCounts | None = None
    findings: list[FindingCounts] = field(default_factory=list)
    label_rule: str = ""
    digests: dict[str, str] = field(default_factory=dict)
    root: Path | None = None


def make_card(what: str, *, root: Path | None = None) -> Card:
    """Return the card of a dataset.

    Parameters
    ----------
    what : str
        A run's configuration (its dataset and findings), or the name of a dataset.
    root : Path, optional
        Folder of a dataset given by name; without it a dataset that needs one is described by what it states alone.

    Raises
    ------
    EcgEvalError
        When there is no such dataset, or its files are not what they should be.
    """
    if Path(what).suffix in (".yaml", ".yml"):
        if root is not None:
            raise ArgumentError("card", "root", "left out for a configuration, which says it", str(root))
        config = load_config(Path(what))
        return card_of(make_dataset(config), expand_findings(config.codes), root=_root_of(config))
    cls = load("datasets", what)
    needs_root = "root" in registry.parameters(cls)
    if needs_root and root is None:
        return _stated_only(cls)
    dataset: Dataset = make("datasets", what, {"root": root} if needs_root else {})
    return card_of(dataset, root=root)


def _root_of(config: RunConfig) -> Path:
    return Path(config.data_root) / str(config.dataset.arguments.get("root", "."))


def _stated_only(cls: type[Dataset]) -> Card:
    stated = DatasetFacts(name=cls.name).saying({key: str(getattr(cls, key)) for key in _NAMES})
    return Card(cls.name, stated, _titles(relatives(cls.name, cls.lineage)))


def card_of(dataset: Dataset, findings: Sequence[str] = (), *, root: Path | None = None) -> Card:
    """Return the card of a dataset that is there.

    Parameters
    ----------
    dataset : Dataset
    findings : sequence of str
        Findings to count; all that it speaks of when not given.
    root : Path, optional

    Raises
    ------
    ProblemsError
        When its files are not what they should be.
    """
    problems = dataset.problems()
    if problems:
        raise ProblemsError(dataset.name, problems)
    records = dataset.records()
    rows, rule = _label_counts(dataset, findings or tuple(vocabulary()))
    return Card(
        name=dataset.name,
        stated=dataset.facts(),
        related=_titles(dataset.related()),
        counts=_counts(records),
        findings=rows,
        label_rule=rule,
        digests=dataset.digests(),
        root=root,
    )


def _titles(names: frozenset[str]) -> dict[str, str]:
    return {name: ARCHIVES[name][0] if name in ARCHIVES else name for name in sorted(names)}


def _counts(records: pd.DataFrame) -> RecordCounts:
    """Return what is there, of whom; what no record says is left out."""
    counts: RecordCounts = {
        "records": len(records),
        "records_with_signal": int(records["has_signal"].sum()),
        "patients": int(records["patient_id"].nunique()),
    }
    if "age_years" in records and records["age_years"].notna().any():
        age = records["age_years"].to_numpy(dtype=float, na_value=np.nan)
        low, first, median, third, high = np.nanpercentile(age, [0, 25, 50, 75, 100])
        counts["age_years"] = {
            **{"lowest": float(low), "quartile_1": float(first), "median": float(median)},
            **{"quartile_3": float(third), "highest": float(high), "unknown": int(np.isnan(age).sum())},
        }
    if "sex" in records and records["sex"].notna().any():
        by_sex = records["sex"].value_counts()
        counts["sex"] = {s: int(by_sex.get(s, 0)) for s in ("F", "M")} | {"unknown": int(records["sex"].isna().sum())}
    if "fold" in records and records["fold"].notna().any():
        counts["folds"] = {str(f): int(n) for f, n in records["fold"].value_counts().sort_index().items()}
    return counts


def _label_counts(dataset: Dataset, findings: Sequence[str]) -> tuple[list[FindingCounts], str]:
    """Return how many records show each finding that the dataset speaks of, and the rule behind it."""
    rows: list[FindingCounts] = []
    rule = ""
    for code in findings:
        try:
            labels = dataset.labels((code,))
        except UnknownNameError:
            continue  # it does not speak of it
        values = labels.table[code]
        rule = labels.method
        if values.notna().any():
            present, absent, unknown = (int(part.sum()) for part in (values == 1, values == 0, values.isna()))
            named = vocabulary()[code].name_en
            rows.append({"code": code, "name": named, "present": present, "absent": absent, "unknown": unknown})
    return rows, rule


def card_text(card: Card) -> str:
    """Return a card in Markdown."""
    stated = [(title, getattr(card.stated, key)) for key, title in _NAMES.items()]
    lines = [f"# {card.stated.title or card.name}", "", f"Dataset `{card.name}` of ecg_eval.", ""]
    lines += _table(("", "stated"), [row for row in stated if row[1]])
    lines += ["", "## What is there", ""]
    lines += _there(card.counts) if card.counts else ["The files were not looked at: give their folder with `--root`."]
    if card.findings:
        lines += ["", "## What it says its recordings show", "", card.label_rule, ""]
        keys = ("code", "name", "present", "absent", "unknown")
        lines += _table(("finding", *keys[1:]), [list(row.values()) for row in card.findings])
    lines += ["", "## What it shares with others", ""]
    if card.related:
        lines += [
            "A model that learnt from one of these is not independent of it.",
            "",
            *_table(("archive", "title"), list(card.related.items())),
        ]
    else:
        lines.append("No other archive is known to hold its recordings.")
    if card.digests:
        lines += ["", "## Digests", "", *_table(("file", "SHA-256"), [(n, f"`{d}`") for n, d in card.digests.items()])]
    lines += ["", "## What it does not say", "", *_CAVEATS]
    return "\n".join(lines) + "\n"


_CAVEATS = [
    "* Labels are what its makers said, by the rule above; unknown is neither present nor absent.",
    "* How frequent a finding is here says little of a GP's patients, and predictive values depend on it.",
    "* Whether two patients of its table are one person is not known; a run finds the same tracing under two ids.",
]


def _there(counts: RecordCounts) -> list[str]:
    rows: list[tuple[str, object]] = [
        ("records", counts["records"]),
        ("records with a signal", counts["records_with_signal"]),
        ("patients", counts["patients"]),
    ]
    if age := counts.get("age_years"):
        shown = (age[k] for k in ("median", "quartile_1", "quartile_3", "lowest", "highest"))
        text = "{:g} (quartiles {:g} and {:g}; {:g} to {:g})".format(*shown)
        rows.append(("age in years, median", f"{text}; unknown {age['unknown']}"))
    if sex := counts.get("sex"):
        rows.append(("women, men", f"{sex['F']}, {sex['M']}; unknown {sex['unknown']}"))
    if folds := counts.get("folds"):
        rows.append(("records by fold", ", ".join(f"{fold}: {n}" for fold, n in folds.items())))
    return _table(("", "count"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return a Markdown table; cells keep to their line and column."""
    cells = [[" ".join(str(c).replace("|", "\\|").split()) for c in row] for row in [head, *rows]]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    return [lines[0], f"|{'---|' * len(head)}", *lines[1:]]


def write_card(text: str, out: Path) -> None:
    """Write a card to a file.

    Raises
    ------
    ArgumentError
        When it cannot be written there.
    """
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ArgumentError("card", "out", f"a file that can be written ({error.strerror})", str(out)) from None
