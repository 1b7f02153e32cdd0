"""The files of a schedule among those looked at: its key unblinds what came back, the others are no answers."""

from collections.abc import Sequence
from pathlib import Path

from ecg_eval.domain.columns import text_column
from ecg_eval.pipeline.drafting.look import Look, values_of
from ecg_eval.tables.long_form import FILE, ROW
from ecg_eval.tables.unblinding import BLINDED, is_key, unblinded

# of the other tables that `ecg-eval plan schedule` writes
_PLANNED = ({BLINDED, "session", "place"}, {"reader_id", "period", "arm", "column", "value", "ecgs"})


def without_schedules(looks: Sequence[Look]) -> tuple[list[Look], list[str]]:
    """Return the looks at answers, truth and readers, those with blinded ids unblinded; and what was not used.

    Parameters
    ----------
    looks : sequence of Look
    """
    keys = [look for look in looks if is_key(_columns(look))]
    planned = [look for look in looks if look not in keys and any(part <= set(_columns(look)) for part in _PLANNED)]
    rest = [look for look in looks if look not in keys and look not in planned]
    notes = [f"{look.path.name} is part of a schedule, and holds no answer" for look in planned]
    for key in keys:
        codes = set(text_column(key.table[BLINDED]).dropna())
        blinded = [look for look in rest if look.preset and codes & set(look.ids)]
        for look in blinded:
            _unblind(look, key)
        if not blinded:
            notes.append(f"{key.path.name} is a key, and no file has one of its blinded ids")
    return rest, notes


def _columns(look: Look) -> list[str]:
    return [str(c) for c in look.table.columns]


def _unblind(look: Look, key: Look) -> None:
    """Note what a file says under the ids of recordings; what does not fit is said by the check of the draft."""
    raw = look.table.reset_index(drop=True)
    raw[FILE], raw[ROW] = look.path.name, range(len(raw))
    look.table, _ = unblinded(raw, key.table, who=key.path.name)
    look.columns = {c: c for c in _columns(look)}
    look.ids, look.readers = values_of(look.table, "record_id"), values_of(look.table, "reader_id")
    look.key = Path(key.path)
