"""How far a study is, in words: tables by reader and session, and departures from the plan."""

from collections.abc import Sequence
from pathlib import Path

from ecg_eval.planning.monitoring.progress import Counted, Departure, Progress
from ecg_eval.planning.text_table import aligned
from ecg_eval.planning.wordings import Wordings, Words

WORDS = Wordings(Path(__file__).with_name("words.csv"))


def progress_text(
    progress: Progress, language: str = "en", further: Sequence[str] = (), waiting: Sequence[str] = ()
) -> str:
    """Return how far a study is: how much, who, which sessions, and what is not as planned.

    Parameters
    ----------
    progress : Progress
    language : {"en", "fr"}
    further : sequence of str
        Breaches of the design in words, one a line.
    waiting : sequence of str
        Files of answers that are not there yet.
    """
    words = WORDS.of(language)
    planned, read = (sum(getattr(one, key) for one in progress.readers) for key in ("n_planned", "n_read"))
    files = [words("waiting", files=", ".join(waiting))] if waiting else []
    if not planned and not progress.departures:
        return "\n\n".join([words("nobody"), *files])
    percent = f"{100 * read / planned:.0f}" if planned else ""
    parts = [words("total", read=read, planned=planned, percent=percent)] if planned else []
    for counted in (progress.readers, progress.sessions):
        if counted:
            parts.append(_table(counted, words))
    lines = [*(_line(departure, words) for departure in progress.departures), *further]
    if lines:
        parts.append("\n".join([words("departures"), *(f"  - {x}" for x in lines)]))
    elif read:
        parts.append(words("as_planned"))
    return "\n\n".join([*parts, *files, words("blind")])


def _table(counted: Sequence[Counted], words: Words) -> str:
    with_sessions = counted[0].session is not None
    head = [words("reader")]
    head += [words("session"), words("date")] if with_sessions else []
    keys = ("planned", "read", "left", "overdue", "unanswered", "seconds", "range")
    table = [[*head, *(words(key) for key in keys)]]
    for one in counted:
        times = ["", ""]
        if one.seconds is not None and one.fastest is not None and one.slowest is not None:
            low, high = f"{one.fastest:.0f}", f"{one.slowest:.0f}"
            times = [f"{one.seconds:.0f}", words("to", low=low, high=high)]
        numbers = (one.n_planned, one.n_read, one.n_left, one.n_overdue, one.n_unanswered)
        where = [str(one.session), one.date] if with_sessions else []
        table.append([one.reader, *where, *map(str, numbers), *times])
    n_always = len(head) + 3
    used = [k for k in range(len(table[0])) if k < n_always or any(row[k] not in ("", "0") for row in table[1:])]
    return aligned([[row[k] for k in used] for row in table])


def _line(departure: Departure, words: Words) -> str:
    named = ", ".join(departure.records)
    more = ", …" if departure.count > len(departure.records) else ""
    return f"{departure.reader}: {words(departure.kind)}: {departure.count} [{named}{more}]"
