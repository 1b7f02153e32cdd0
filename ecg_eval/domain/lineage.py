"""Which archives hold the same recordings, and whether a reader learnt from what it reads here.

Archives are copied into one another: a model "trained on the Challenge" has seen PTB-XL. Each archive is written here
as the groups of recordings that it holds; two archives share recordings where they hold a group in common. So the
relation is symmetric, and it passes through a copy but not through a collection: Georgia and PTB-XL are both in the
Challenge, and have nothing in common with each other. What another archive holds of one is a group of its own.

Sources: the archives' own pages and papers. Challenge 2020 and 2021 (Reyna et al., Comput Cardiol 2021;48:1-4) and 2025
(moody-challenge.physionet.org/2025) list their collections, QTDB its sources (Laguna et al., Comput Cardiol
1997;24:673-676), NSTDB its two clean records (physionet.org/content/nstdb), CODE-15 % that it is a sample of CODE
(zenodo.org/records/4916206). CODE-test was published as the test set of a network taught on CODE (Ribeiro et al., Nat
Commun 2020;11:1760), so it counts as apart from it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, NamedTuple

from ecg_eval.errors import ConfigError, UnknownNameError

_CPSC = ("CPSC 2018", "CPSC 2018, unused")
_CHALLENGE_2020 = (*_CPSC, "INCART", "PTB", "PTB-XL", "Georgia")
_JS = ("Chapman-Shaoxing", "Ningbo")
# QTDB's sources: 15 records of mitdb, 33 of edb, 13 of svdb, 6 of stdb, 10 of nsrdb, 4 of ltdb, 24 of sddb
_QTDB = ("mitdb", "edb", "svdb", "stdb", "nsrdb", "ltdb", "sddb")

# name -> title and the groups of recordings that it holds; names are those of the datasets where there is one
ARCHIVES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ptb_xl": ("PTB-XL", ("PTB-XL",)),
    "ptb_xl_plus": ("PTB-XL+", ("PTB-XL",)),
    "ptb": ("PTB Diagnostic ECG Database", ("PTB",)),
    "incart": ("St Petersburg INCART 12-lead Arrhythmia Database", ("INCART",)),
    "cpsc2018": ("China Physiological Signal Challenge 2018", _CPSC[:1]),
    "cpsc_extra": ("CPSC-Extra, unused recordings of CPSC 2018", _CPSC[1:]),
    "georgia": ("Georgia 12-lead ECG Challenge Database", ("Georgia",)),
    "chapman_shaoxing": ("Chapman University and Shaoxing People's Hospital", _JS[:1]),
    "ningbo": ("Ningbo First Hospital", _JS[1:]),
    "chapman_shaoxing_ningbo": ("A large scale 12-lead electrocardiogram database for arrhythmia study", _JS),
    "challenge2020": ("PhysioNet/Computing in Cardiology Challenge 2020", _CHALLENGE_2020),
    "challenge2021": ("PhysioNet/Computing in Cardiology Challenge 2021", (*_CHALLENGE_2020, *_JS)),
    "challenge2025": ("George B. Moody PhysioNet Challenge 2025", ("PTB-XL", "CODE, in CODE-15 %", "SaMi-Trop")),
    "code": ("CODE, Telehealth Network of Minas Gerais", ("CODE, in CODE-15 %", "CODE, other")),
    "code15": ("CODE-15 %", ("CODE, in CODE-15 %",)),
    "code_test": ("CODE-test", ("CODE-test",)),
    "samitrop": ("SaMi-Trop", ("SaMi-Trop",)),
    "mimic_iv_ecg": ("MIMIC-IV-ECG", ("MIMIC-IV-ECG",)),
    "mimic_iv": ("MIMIC-IV, of the same patients", ("MIMIC-IV-ECG",)),
    "ludb": ("Lobachevsky University Electrocardiography Database", ("LUDB",)),
    "mitdb": ("MIT-BIH Arrhythmia Database", ("mitdb, in QTDB", "mitdb, in NSTDB", "mitdb, other")),
    "nstdb": ("MIT-BIH Noise Stress Test Database", ("NSTDB noise", "mitdb, in NSTDB")),
    "qtdb": ("QT Database", tuple(f"{name}, in QTDB" for name in _QTDB)),
    "edb": ("European ST-T Database", ("edb, in QTDB", "edb, other")),
    "svdb": ("MIT-BIH Supraventricular Arrhythmia Database", ("svdb, in QTDB", "svdb, other")),
    "stdb": ("MIT-BIH ST Change Database", ("stdb, in QTDB", "stdb, other")),
    "nsrdb": ("MIT-BIH Normal Sinus Rhythm Database", ("nsrdb, in QTDB", "nsrdb, other")),
    "ltdb": ("MIT-BIH Long-Term ECG Database", ("ltdb, in QTDB", "ltdb, other")),
    "sddb": ("Sudden Cardiac Death Holter Database", ("sddb, in QTDB", "sddb, other")),
}

_SAID = re.compile(r"(?P<archive>.+?)(?:\s+folds?\s+(?P<folds>.+))?", re.IGNORECASE)
NOTHING = "nothing"  # what a reader that learnt from no archive says; blank says that it is not stated

Kind = Literal["independent", "not_stated", "relative", "other_folds", "same_archive", "same_folds"]


Thresholds = Literal["independent", "thresholds_here", "thresholds_perhaps_here"]


class Training(NamedTuple):
    """One archive that a reader learnt from, and the folds of it where they are stated."""

    archive: str
    folds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Dependence:
    """What a reader learnt from, seen from the recordings that it reads.

    Attributes
    ----------
    kind : str
        "independent" (none of it shares recordings with these), "relative" (an archive that does), "other_folds" (this
        archive, none of the folds read), "same_archive" (this archive, folds not stated), "same_folds" (folds that are
        read here), or "not_stated".
    archives : tuple of str
        Names of the archives that make it so.
    """

    kind: Kind
    archives: tuple[str, ...] = ()


def archive_name(text: str) -> str:
    """Return the name that an archive goes by here; a name that is no archive's is kept as it is (one's own data).

    Raises
    ------
    UnknownNameError
        When it is so near to a known name that it was probably meant.

    Examples
    --------
    >>> archive_name("PTB-XL"), archive_name("CODE 15 %"), archive_name("my hospital")
    ('ptb_xl', 'code15', 'my hospital')
    """
    archives = {_squeezed(name): name for name in ARCHIVES}
    squeezed = _squeezed(text)
    if squeezed in archives:
        return archives[squeezed]
    near = get_close_matches(squeezed, list(archives), n=1, cutoff=0.85)
    if near:
        remedy = f"Did you mean {archives[near[0]]!r}?"
        raise UnknownNameError("lineage", "archive", "a known one, or clearly another", text, remedy)
    return text.strip()


def relatives(name: str, stated: Iterable[str] = ()) -> frozenset[str]:
    """Return the archives that hold recordings of an archive, other than itself.

    Parameters
    ----------
    name : str
    stated : iterable of str
        Archives that it says it shares recordings with. Of the archives known here, those that hold all of a stated one
        are added; those that hold a part of it may hold another part.

    Examples
    --------
    >>> sorted(relatives("georgia"))
    ['challenge2020', 'challenge2021']
    >>> sorted(relatives("nstdb"))
    ['mitdb']
    """
    own_groups = _groups(name)
    kin = {other for other in ARCHIVES if own_groups & _groups(other)}
    for archive in map(archive_name, stated):
        groups = _groups(archive)
        kin |= {archive} | {other for other in ARCHIVES if groups and groups <= _groups(other)}
    return frozenset(kin - {name})


def trainings(text: str) -> tuple[Training, ...]:
    """Return what a statement such as "ptb_xl folds 1-8; georgia" says.

    Raises
    ------
    ConfigError, UnknownNameError
        For folds that are no numbers, and for a misspelled archive.

    Examples
    --------
    >>> trainings("PTB-XL folds 1-3,5; my hospital")
    (Training(archive='ptb_xl', folds=(1, 2, 3, 5)), Training(archive='my hospital', folds=()))
    >>> trainings("nothing")
    ()
    """
    statements = [part.strip() for part in text.split(";") if part.strip()]
    if [part.casefold() for part in statements] == [NOTHING]:
        return ()
    stated = []
    for part in statements:
        match = _SAID.fullmatch(part)
        folds = match["folds"] if match else None
        archive = match["archive"] if match else part
        stated.append(Training(archive_name(archive), _numbers(folds, part) if folds else ()))
    return tuple(stated)


def dependence(
    trained_on: str | None, *, dataset: str, related: Iterable[str], folds_read: Sequence[int] = ()
) -> Dependence:
    """Return whether a reader is independent of the recordings that it reads.

    Parameters
    ----------
    trained_on : str or None
        As ``trainings`` reads it; None where it is not stated.
    dataset : str
        Name of the dataset that is read.
    related : iterable of str
        Its relatives.
    folds_read : sequence of int
        Folds of the recordings read.
    """
    if trained_on is None:
        return Dependence("not_stated")
    stated = trainings(trained_on)
    # an outside plug-in is spelled as freely as our own
    of_archive = [t for t in stated if _squeezed(t.archive) == _squeezed(dataset)]
    if any(set(t.folds) & set(folds_read) for t in of_archive):
        return Dependence("same_folds", (dataset,))
    if any(not t.folds or not folds_read for t in of_archive):
        return Dependence("same_archive", (dataset,))
    kin = frozenset(related)
    shared = tuple(dict.fromkeys(t.archive for t in stated if t.archive in kin))
    if shared:
        return Dependence("relative", shared)
    return Dependence("other_folds", (dataset,)) if of_archive else Dependence("independent")


def thresholds_dependence(thresholds_from: str | None, *, dataset: str, folds_read: Sequence[int] = ()) -> Thresholds:
    """Return whether a reader's thresholds were chosen on the recordings that it reads.

    Independent weights do not help where thresholds were chosen on the test set: they are tuned to its answers.

    Parameters
    ----------
    thresholds_from : str or None
        As ``trainings`` reads it; None where nothing is stated, which is taken for elsewhere.
    dataset : str
        Name of the dataset that is read.
    folds_read : sequence of int
        Folds of the recordings read; empty where the dataset has none, so that all of it is read.

    Examples
    --------
    >>> thresholds_dependence("CODE-test", dataset="code_test")
    'thresholds_here'
    >>> thresholds_dependence("ptb_xl fold 9", dataset="ptb_xl", folds_read=[10])
    'independent'
    >>> thresholds_dependence("ptb_xl", dataset="ptb_xl", folds_read=[10])
    'thresholds_perhaps_here'
    """
    of_archive = [t for t in trainings(thresholds_from or NOTHING) if _squeezed(t.archive) == _squeezed(dataset)]
    if any(set(t.folds) & set(folds_read) or not folds_read for t in of_archive):
        return "thresholds_here"
    return "thresholds_perhaps_here" if any(not t.folds for t in of_archive) else "independent"


def _groups(name: str) -> frozenset[str]:
    return frozenset(ARCHIVES[name][1]) if name in ARCHIVES else frozenset()


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", text.casefold()).replace("+", "plus")


def _numbers(text: str, statement: str) -> tuple[int, ...]:
    """Return the whole numbers of "1-3,5"."""
    numbers: list[int] = []
    for part in text.split(","):
        low, dash, high = (x.strip() for x in part.partition("-"))
        if not low.isdecimal() or (dash and not high.isdecimal()):
            raise ConfigError("trained_on", "folds", "of the form 1-8 or 1,2,5", statement)
        numbers += range(int(low), int(high or low) + 1)
    return tuple(numbers)
