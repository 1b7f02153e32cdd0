"""Tables whose headers name recordings or readers where other tables name findings: what their rows are."""

import re
from collections.abc import Sequence

from ecg_eval.pipeline.drafting import words
from ecg_eval.pipeline.drafting.look import Look, values_of
from ecg_eval.tables.answer_files import TRANSPOSE

_FEWEST = 4  # headers that are alike but for their numbers, from which on they are ids
_NAMED = 3


def without_lying(looks: Sequence[Look]) -> tuple[list[Look], list[str]]:
    """Return the tables that can be drafted, and of those with a column a recording that cannot, why.

    Of the others is noted what they do not name in each row: the one finding of all their answers, which is that of the
    truth, and that headers are readers.

    Parameters
    ----------
    looks : sequence of Look
        Changed where rows are findings, and where headers are readers.
    """
    # the first column of a table on its side names findings, which are no ids: those of the truth go before all others
    truths = [look for look in looks if words.is_truth(look.called)]
    ids = {name for look in truths or looks for name in look.ids if words.finding_of(name) is None}
    asked = {name for look in looks for name in look.wide if name not in ids and words.finding_of(name) is not None}
    upright, notes = [], list[str]()
    for look in looks:
        is_upright = truths and look not in truths and len(ids & set(look.ids)) * 2 > len(look.ids)
        if is_upright:  # its rows are the truth's recordings, so that its headers are none, however they are numbered
            _note_readers(look, asked)
        why = "" if is_upright or look.preset or look.is_readers_file else _why_not(look, ids, asked)
        if why:
            notes.append(f"{look.table_name} was not drafted: {why}. {TRANSPOSE}")
        else:
            upright.append(look)
    return upright, notes


def _why_not(look: Look, ids: set[str], asked: set[str]) -> str:
    """Return why a table cannot be drafted, empty where it can; note what its rows or headers are."""
    headers = [str(name) for name in look.table.columns]
    recordings = [name for name in headers if name in ids] or _numbered_alike(headers)
    if look.parts or len(recordings) * 2 <= len(headers):
        _note_readers(look, asked)
        return ""
    named = ", ".join(recordings[:_NAMED]) + (", ..." if len(recordings) > _NAMED else "")
    if not set(recordings) & ids or not look.wide:
        return f"it seems to have a column a recording ({named})"
    rest = [name for name in headers if name not in recordings]
    if look.columns.get("record_id") in recordings:  # beside a column of readers, the first other one was taken for it
        look.columns.pop("record_id")
    if look.wide != recordings and set(look.wide) < set(recordings):
        look.wide, look.unread = recordings, [name for name in look.unread if name not in recordings]
        look.words = list(dict.fromkeys(word for name in look.wide for word in values_of(look.table, name)))
    column = next((name for name in rest if _names_findings(look, name, asked)), "")
    if column:
        look.columns = {ours: name for ours, name in look.columns.items() if name != column} | {"finding": column}
        look.wide = [name for name in look.wide if name in recordings]
        look.ids, look.readers = list(look.wide), []
        look.unread = [name for name in look.unread if name != column]
    elif look.cells != "choice" and len(asked) != 1:
        return f"it has a column a recording ({named}), and says nowhere which findings it is about"
    elif look.cells != "choice":
        look.finding = next(iter(asked))
    return ""


def _note_readers(look: Look, asked: set[str]) -> None:
    """Note that headers are readers where all answers can be about the one finding of the truth alone."""
    is_wide = len(look.wide) > 1 and look.cells == "reading" and "record_id" in look.columns
    strange = all(words.finding_of(name) is None for name in look.wide)
    if is_wide and strange and not look.parts and "reader_id" not in look.columns and len(asked) == 1:
        look.finding, look.readers = next(iter(asked)), list(look.wide)


def _numbered_alike(headers: Sequence[str]) -> list[str]:
    """Return the headers that are alike but for a number ("E01", "E02"), where they are many and name no finding."""
    met: dict[str, list[str]] = {}
    for name in headers:
        if re.search(r"\d", name) and words.finding_of(name) is None:
            met.setdefault(re.sub(r"\d+", "#", name), []).append(name)
    most = max(met.values(), key=len, default=[])
    return most if len(most) >= _FEWEST else []


def _names_findings(look: Look, column: str, asked: set[str]) -> bool:
    """Whether the cells of a column are names of findings."""
    met = values_of(look.table, column)
    return bool(met) and all(word in asked or words.finding_of(word) is not None for word in met)
