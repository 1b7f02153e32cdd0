"""Which of the files looked at speak of the same recordings, and what is to be said where they write ids otherwise."""

from collections.abc import Mapping, Sequence

from ecg_eval.domain.joins import arrows, by_number, join, perhaps
from ecg_eval.errors import InputFileError
from ecg_eval.pipeline.drafting import words
from ecg_eval.pipeline.drafting.look import Look

_SHOWN = 3


def give_back_zeros(looks: Sequence[Look]) -> None:
    """Give back the zeros that all ids of a file lost, beside those of another file."""
    for look in looks:
        for other in looks:
            if look is other or look.preset or not look.ids or set(look.ids) & set(other.ids):
                continue
            match = join(look.ids, other.ids)
            if match.digits is not None and 2 * len(match.near) >= len(look.ids):
                look.options["record_id_digits"] = match.digits
                look.ids = [name.zfill(match.digits) if name.isdecimal() else name for name in look.ids]
                break


def of_the_same_recordings(looks: Sequence[Look]) -> list[list[Look]]:
    """Return the looks in sets that share recordings: ids of both, or half of the ids of either written otherwise."""
    parts: list[list[Look]] = []
    for look in looks:
        touching = [part for part in parts if any(_share(look.ids, other.ids) for other in part)]
        parts = [part for part in parts if part not in touching]
        parts.append([*(other for part in touching for other in part), look])
    return parts


def _share(ids: Sequence[str], others: Sequence[str]) -> bool:
    if set(ids) & set(others):
        return True
    return 2 * len(join(ids, others).near) >= min(len(ids), len(others)) > 0


def same_ids(ids: Sequence[str], of: Look) -> list[str]:
    """Return the line that declares ids written otherwise in another file to be the same; nothing where none are."""
    match = join(ids, of.ids)
    if not match.near:
        return []
    n, pairs = f"{len(match.near)} of {match.n_left} ids", arrows(match.near)
    return [f"record_ids: alike   # guess: {n} are those of {of.table_name}, written otherwise: {pairs}"]


def refuse_strangers(parts: Sequence[Sequence[Look]], findings: Mapping[str, set[str]], who: str) -> None:
    """Refuse a truth, or the one file of a reader or an AI, whose ids are not those of other files on its findings.

    Parameters
    ----------
    parts : sequence of sequence of Look
        The files of each study.
    findings : mapping of table name to set of str
        What each is about.
    who : str

    Raises
    ------
    InputFileError
        Naming the files, how many ids each has, and those that are perhaps the same.
    """
    alone = [part[0] for part in parts if len(part) == 1 and not part[0].preset and len(part[0].readers) < 2]
    for look in alone:
        for other in (x for part in parts if look not in part for x in part):
            if not findings[look.table_name] & findings[other.table_name]:
                continue
            left, right = (other, look) if words.is_truth(look.called) else (look, other)
            pairs = perhaps(by_number(left.ids, right.ids))
            such = [", ".join(map(repr, ids[:_SHOWN])) for ids in (left.ids, right.ids)]
            shown = pairs or f"There are such as {such[0]}, and such as {such[1]}"
            raise InputFileError(
                who,
                f"ids of {left.table_name} and {right.table_name}",
                f"the same in files of one study; none of the {len(left.ids)} ids of {left.table_name} is among the "
                f"{len(right.ids)} of {right.table_name}",
                remedy=f"{shown}: write them alike in both, or import each by itself.",
            )
