"""What ECGs are drawn from: the dataset of a configuration, or an archive's folder, and what is known of each ECG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.config.load import load_config
from ecg_eval.config.schema import Quality, Split, Subgroups
from ecg_eval.datasets.ptb_xl import PtbXl
from ecg_eval.domain.columns import number_column, text_column
from ecg_eval.domain.contracts import Dataset
from ecg_eval.domain.findings import expand_findings
from ecg_eval.domain.joins import join
from ecg_eval.domain.lineage import NOTHING, trainings
from ecg_eval.domain.own_words import NO_WORDS, OwnWords
from ecg_eval.errors import InputFileError, ProblemsError, UnknownNameError, suggestion
from ecg_eval.pipeline.study.build import make_dataset, make_model
from ecg_eval.pipeline.study.evaluate import subgroup_values
from ecg_eval.pipeline.study.own_words import own_words_of, speaking_as
from ecg_eval.tables.table_files import file_problem, read_table

_RECORD = "record_id"
QUALITY = "quality"
_THIRDS = {"difficulty": ("easy", "middle", "hard")}
_OTHER_THIRDS = ("low", "middle", "high")


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """An archive as a draw sees it.

    Attributes
    ----------
    dataset : Dataset
    findings : tuple of str
        Codes that the configuration names; empty for a folder.
    own_words : OwnWords
        That the configuration declares.
    split : Split
        Folds that models learn from, and those that are read.
    quality : Quality
    subgroups : Subgroups
        Its bands of age.
    learnt : mapping of str to str
        Model -> what its weights have seen, as ``domain.lineage`` reads it.
    trained_on : tuple of str
        The same of programs that are no models of the configuration.
    """

    dataset: Dataset
    findings: tuple[str, ...] = ()
    own_words: OwnWords = NO_WORDS
    split: Split = field(default_factory=Split)
    quality: Quality = field(default_factory=Quality)
    subgroups: Subgroups = field(default_factory=Subgroups)
    learnt: Mapping[str, str] = field(default_factory=dict)
    trained_on: tuple[str, ...] = ()


def source_of(path: Path, overrides: Sequence[str] = (), trained_on: Sequence[str] = ()) -> Source:
    """Return the source that a configuration, or a folder in PTB-XL's layout, is.

    Parameters
    ----------
    path : Path
    overrides : sequence of str
        Of the configuration, ``a.b.c=value``.
    trained_on : sequence of str
        What further models learnt from: "ptb_xl folds 1-8".

    Raises
    ------
    EcgEvalError
        When there is nothing to draw from, in words.
    """
    for archive in trained_on:
        trainings(archive)  # refuses a misspelt archive
    if path.suffix.lower() not in (".yaml", ".yml"):
        ptb_xl = PtbXl(path)
        if not ptb_xl.records()["has_signal"].any():
            ptb_xl = PtbXl(path, sampling_rate_hz=100)
        return Source(dataset=_usable(ptb_xl), trained_on=tuple(trained_on))
    config = load_config(path, overrides)
    models = {plug.label: make_model(plug, config) for plug in config.models}
    with speaking_as(config):
        findings = expand_findings(config.codes)
    return Source(
        dataset=_usable(make_dataset(config)),
        findings=findings,
        own_words=own_words_of(config),
        split=config.split,
        quality=config.quality,
        subgroups=config.subgroups,
        learnt={label: "; ".join(model.trained_on) or NOTHING for label, model in models.items()},
        trained_on=tuple(trained_on),
    )


def _usable(dataset: Dataset) -> Dataset:
    if problems := dataset.problems():
        raise ProblemsError(dataset.name, problems)
    return dataset


def with_table(records: pd.DataFrame, about: Path | None) -> tuple[pd.DataFrame, int]:
    """Return the records with the columns of a table of one's own, and how many of its ids the archive does not have.

    Raises
    ------
    InputFileError
        When it is no table, has no `record_id`, names an ECG twice, or none of the archive.
    """
    if about is None:
        return records, 0
    if problem := file_problem(about):
        raise problem
    table = read_table(about)
    if _RECORD not in table:
        raise InputFileError(str(about), "column", _RECORD, list(map(str, table.columns)), "Rename it.")
    ids = text_column(table[_RECORD]).astype("string")
    if ids.duplicated().any():
        raise InputFileError(str(about), f"rows of {ids[ids.duplicated()].iloc[0]}", "one", remedy="Keep one.")
    match = join(ids.dropna(), records.index)
    if not match.n_both:
        rule = f"those of the archive ({match.counts('the table', 'the archive')})"
        raise InputFileError(str(about), _RECORD, rule, list(match.unmatched[:3]), match.remedy(records.index))
    made = records.copy()
    for column in table.columns:
        if column != _RECORD:
            numbers, wrong = number_column(table[column])
            cells = text_column(table[column]).astype("string") if wrong.any() else pd.Series(numbers)
            made[str(column)] = pd.Series(cells.to_numpy(), index=pd.Index(ids)).reindex(records.index)
    return made, len(match.unmatched)


def levels_of(records: pd.DataFrame, columns: Sequence[str], bands_years: Sequence[int]) -> pd.DataFrame:
    """Return the level of each ECG in some columns, NA where it is not told.

    Age is cut into bands, other numbers with fractions into thirds (easy, middle and hard for `difficulty`).

    Raises
    ------
    UnknownNameError
        For a column that the archive does not have.
    """
    there = ["age", *(str(c) for c in records.columns if c not in ("patient_id", "has_signal", "age_years"))]
    made = {}
    for column in columns:
        if column not in there or (column == "age" and "age_years" not in records):
            remedy = suggestion(column, there)
            raise UnknownNameError("ecg-eval plan cases", "column", "one that the archive has", column, remedy)
        if column != "age" and pd.api.types.is_float_dtype(records[column]):
            made[column] = _thirds(records[column], _THIRDS.get(column, _OTHER_THIRDS))
        else:
            made[column] = subgroup_values(records, column, bands_years)
    return pd.DataFrame(made, index=records.index)


def _thirds(numbers: pd.Series, names: tuple[str, str, str]) -> pd.Series:
    values = numbers.to_numpy(dtype=np.float64)
    has_value = ~np.isnan(values)
    words = pd.Series(pd.NA, index=numbers.index, dtype="string")
    if has_value.any():
        cuts = np.quantile(values[has_value], [1 / 3, 2 / 3])
        words[has_value] = np.array(names, dtype=object)[np.searchsorted(cuts, values[has_value])]
    return words
