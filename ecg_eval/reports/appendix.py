"""The appendix: every estimate of a run on one page that searches and sorts, with what each metric means.

The rows travel in the page itself, each distinct text once and the whole compressed: a study of 25,000 estimates takes
half a megabyte. Rows of floors (readers that nobody needs to beat) and the second of two rows that say the same of a
pair of readers stand back until they are asked for.
"""

import gzip
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from ecg_eval.domain.result import StudyResult
from ecg_eval.reports import numbers
from ecg_eval.reports.build import page_of, script
from ecg_eval.reports.view import View, look

if TYPE_CHECKING:
    from markupsafe import Markup

# what is shown, in its order; "row" is the line of evaluation.csv, its heading being line 1
_TEXTS = ("metric", "reader", "arm", "compared_with", "finding", "subgroup")
_NUMBERS = ("value", "low", "high", "n", "n_positive", "n_clusters", "p_value", "p_adjusted")
_WORDS = ("method", "reason")
COLUMNS = (*_TEXTS, *_NUMBERS, *_WORDS, "row")
_FLOOR, _MIRRORED = 1, 2


def render_appendix(result: StudyResult, *, language: str = "en", beside: Mapping[str, str] | None = None) -> str:
    """Return the page of all estimates.

    Parameters
    ----------
    result : StudyResult
    language : str
        "en" or "fr".
    beside : mapping of str to str, optional
        "summary" and "report" -> the file of that page in the same folder, to link to.

    Returns
    -------
    str
        A page that asks for nothing from anywhere; ``#metric=sensitivity&finding=AF`` behind its address filters it.
    """
    view = look(result, language)
    words, frame = view.words, result.evaluation.frame
    coded: dict[int, list[str]] = {}
    codes: dict[str, list[str]] = {}
    columns: list[Sequence[float | int | None]] = []
    for place, name in enumerate(COLUMNS):
        if name in (*_TEXTS, *_WORDS):
            number_of, texts = pd.factorize(frame[name].astype(object).fillna(""))
            codes[name] = [str(text) for text in texts]
            coded[place] = [_shown(view, name, text) for text in codes[name]]
            columns.append([int(code) for code in number_of])
        elif name == "row":
            columns.append(list(range(2, len(frame) + 2)))
        else:
            columns.append([_plain(value) for value in frame[name]])
    columns.append(_standing_back(view, frame))
    packed = json.dumps(list(zip(*columns, strict=True)), separators=(",", ":"), allow_nan=False)
    facts = {
        "columns": [words(f"appendix.{name}") for name in COLUMNS],
        "coded": coded,
        "codes": {name: codes[name] for name in ("metric", "reader", "finding", "arm")},
        "places": {name: COLUMNS.index(name) for name in ("metric", "reader", "finding", "arm")},
        "other": COLUMNS.index("compared_with"),
        "definitions": _definitions(view),
        "count": words("appendix.count", n="%n", m="%m"),
    }
    return page_of(
        view,
        "appendix.html.j2",
        kind=words("page.appendix"),
        look="appendix",
        beside={words(f"page.{name}"): page for name, page in (beside or {}).items()},
        script=script("appendix.js"),
        n=numbers.count(len(frame), words),
        columns=facts["columns"],
        facts=_inert(facts),
        packed=b64encode(gzip.compress(packed.encode("utf-8"), mtime=0)).decode("ascii"),
    )


def _shown(view: View, column: str, text: str) -> str:
    """Return a text of the table in the page's language; what has no translation stays as it is."""
    words = view.words
    if not text:
        return ""
    if column == "metric":
        return words.metric(text)
    if column == "finding":
        return words.finding(text)
    if column == "subgroup":
        return words.subgroup(text)
    if column == "arm":
        return " \u2212 ".join(words.arm(arm) for arm in text.split(" - "))
    if column in ("reader", "compared_with"):
        return view.reader(text) if text in view.kinds else text
    return words.phrase(text)


def _plain(value: float | None) -> float | int | None:
    """Return a number as JSON has it, with six digits behind the point; nothing where there is none."""
    if pd.isna(value):
        return None
    number = round(float(value), 6)
    return int(number) if number.is_integer() else number


def _standing_back(view: View, frame: pd.DataFrame) -> list[int]:
    """Return, a row, whether it is of a floor (1) and whether an earlier one says the same of the pair (2)."""
    study = view.result.study
    floors = {str(r) for r in study.readers.index if study.is_floor(str(r))}
    met: set[tuple[str, ...]] = set()
    flags = []
    texts = (frame[name].astype(object).fillna("").astype(str) for name in _TEXTS)
    for metric, reader, arm, other, finding, subgroup in zip(*texts, strict=True):
        flag = _FLOOR if reader in floors or other in floors else 0
        if other:
            scope = (metric, arm, finding, subgroup)
            flag |= _MIRRORED if (*scope, other, reader) in met else 0
            met.add((*scope, reader, other))
        flags.append(flag)
    return flags


def _definitions(view: View) -> dict[str, list[str]]:
    """Return what each metric asks, where its method comes from, and what it does not say."""
    words = view.words
    return {
        name: [
            f"{words(f'methods.{part}')}: {text}"
            for part, text in (
                ("question", words.phrase(facts.question)),
                ("source", facts.source),  # a citation has no language
                ("caveat", words.phrase(facts.caveat)),
            )
            if text
        ]
        for name, facts in view.metric_facts.items()
    }


def _inert(facts: Mapping[str, object]) -> "Markup":
    """Return facts as JSON in which no text can end the element that holds it."""
    from markupsafe import Markup

    text = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - escaped
