"""Instructions for readers and an information sheet, in English and French, as pages that are printed or edited."""

import math
from html import escape

from ecg_eval.planning.materials.questions import CONFIDENCE, WORDS, Questions
from ecg_eval.planning.schedules.schedule import Schedule
from ecg_eval.planning.wordings import Words

_STYLE = """
@page { size: A4; margin: 20mm; }
body { font-family: sans-serif; font-size: 10.5pt; line-height: 1.4; max-width: 170mm; margin: 0 auto; }
h1 { font-size: 18pt; } h2 { font-size: 12pt; margin: 4mm 0 1mm; break-after: avoid; } p { margin: 0 0 1.5mm; }
ul { columns: 2; margin: 0; padding-left: 5mm; }
"""
PAGES = ("instructions", "information")


def page_to_read(kind: str, schedule: Schedule, questions: Questions) -> str:
    """Return one of ``PAGES`` in the language of the questions.

    Parameters
    ----------
    kind : str
    schedule : Schedule
    questions : Questions
    """
    words = WORDS.of(questions.language)
    facts = _facts(schedule, questions, words)
    parts = [f"<h1>{escape(words(kind))}</h1>"]
    if kind == "information":
        parts.append(f"<p><em>{escape(words('information.fill'))}</em></p>")
    number = 1
    while f"{kind}.{number}" in words.texts:
        key = f"{kind}.{number}"
        parts.append(f"<h2>{number}. {escape(words(key))}</h2>")
        parts += [f"<p>{escape(words(k, **facts))}</p>" for k in _paragraphs(key, schedule, words)]
        if key == "instructions.6":
            parts.append("<ul>" + "".join(f"<li>{escape(name)}</li>" for name in questions.names.values()) + "</ul>")
        number += 1
    head = f'<meta charset="utf-8"><title>{escape(words(kind))}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="{words.language}"><head>{head}</head><body>{"".join(parts)}</body></html>'


def _paragraphs(key: str, schedule: Schedule, words: Words) -> list[str]:
    """Return the keys of a section's paragraphs that hold for the design."""
    settings = schedule.settings
    holds = {"sequential": settings.design == "sequential", "again": settings.has_washout}
    more = [f"{key}.{name}" for name, is_so in holds.items() if is_so]
    return [k for k in (f"{key}.text", *more) if k in words.texts]


def _facts(schedule: Schedule, questions: Questions, words: Words) -> dict[str, object]:
    """Return what a reader has to do: of readers with different numbers, the most."""
    table, settings = schedule.table, schedule.settings
    by_reader = table.groupby("reader_id")
    per_session = table.groupby(["reader_id", "session"])["place"].max().max()
    dates = sorted(d for d in table["date"].astype(str) if d)
    between = (
        words("between.dates", first=words.date(dates[0]), last=words.date(dates[-1]))
        if dates
        else words("between.days", first=1, last=int(table["day"].max()))
    )
    answers = {name: word for word, name in questions.answers.items()}
    return {
        "readings": words.count("reading", int(by_reader.size().max())),
        "sessions": words.count("session", int(by_reader["session"].nunique().max())),
        "minutes": words.count("minute", max(1, math.ceil(int(per_session) * settings.seconds_per_ecg / 60))),
        "when": between,
        "low": CONFIDENCE[0],
        "high": CONFIDENCE[1],
        "yes": answers["present"],
        "no": answers["absent"],
        "uncertain": answers["uncertain"],
    }
