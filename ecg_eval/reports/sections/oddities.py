"""What is odd in the data, before any number is believed: what is missing, repeated, one-sided or contradictory."""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar

import pandas as pd

from ecg_eval.domain.contracts import Section
from ecg_eval.domain.oddities import Oddity, oddities
from ecg_eval.domain.result import Block, Paragraph, StudyResult, Table
from ecg_eval.reports import numbers
from ecg_eval.reports.words import Words

_NAMED_AT_MOST, _RECORDS_AT_MOST = 5, 3
_OF_ANYBODY = ("parents_absent", "not_exclusive")  # kinds that may be of the truth


class Oddities(Section):
    """What is odd in the readings, the truth and the recordings, and what follows."""

    title: ClassVar[dict[str, str]] = {
        "en": "What is odd in these data",
        "fr": "Ce qui surprend dans ces données",
    }

    def blocks(self, result: StudyResult, *, language: str) -> list[Block]:
        """Return one row a kind of oddity, or the sentence that there is none."""
        words = Words(language)
        odd = oddities_of(result)
        if not odd:
            return [Paragraph(words("oddities.nothing"))]
        table = pd.DataFrame.from_records(in_words(odd, words))
        kinds = {"n": numbers.count(len(odd), words), "kinds": numbers.count(len(table), words)}
        return [
            Paragraph(words("oddities.intro" if len(odd) > 1 else "oddities.intro.one", **kinds)),
            Table(words("oddities.caption"), table),
        ]


@lru_cache(maxsize=4)
def oddities_of(result: StudyResult) -> list[Oddity]:
    """Return what is odd in a result's study, by what was asked of it; page and console share it."""
    asked = result.provenance
    return oddities(result.study, subgroups=asked.subgroups, exclusive=asked.exclusive, metrics=asked.metrics.values())


def in_words(odd: Sequence[Oddity], words: Words) -> list[dict[str, str]]:
    """Return one row a kind: what is odd, in how many places, where, and what follows."""
    rows = []
    for kind in dict.fromkeys(oddity.kind for oddity in odd):
        alike = [oddity for oddity in odd if oddity.kind == kind]
        where = words.apart([place(oddity, words) for oddity in alike[:_NAMED_AT_MOST]])
        more = len(alike) - _NAMED_AT_MOST
        if more > 0:
            where = words("left_out.more", shown=where, n=numbers.count(more, words))
        rows.append(
            {
                words("oddities.what"): words(f"oddity.{kind}"),
                words("oddities.places"): numbers.count(len(alike), words),
                words("oddities.where"): where,
                words("oddities.follows"): words(f"oddity.{kind}.follows"),
            }
        )
    return rows


def place(oddity: Oddity, words: Words) -> str:
    """Return where an oddity is and how often: "AF, gp_01 (aided): 3 of 40 ECGs not read [12, 15, 16 and 0 more]"."""
    who = oddity.reader or (words("oddities.truth") if oddity.kind in _OF_ANYBODY else "")
    if who and oddity.arm:
        who = f"{who} ({words.arm(oddity.arm)})"
    findings = ", ".join(words.finding(code) for code in oddity.finding.split(", ") if code)
    arm = words.arm(oddity.arm) if oddity.arm and not who else ""
    key = f"oddities.word.{oddity.detail}"
    detail = words(key) if words.has(key) else words.finding(oddity.detail)
    of = None if oddity.of is None else numbers.count(oddity.of, words)
    counted = words(f"oddity.{oddity.kind}.count", n=numbers.count(oddity.count, words), of=of, detail=detail)
    named = ", ".join(oddity.records[:_RECORDS_AT_MOST])
    more = f"{named}, …" if named and oddity.count > _RECORDS_AT_MOST else named
    before = ", ".join(part for part in (findings, who, arm) if part)
    return (f"{before}{words('colon')} " if before else "") + counted + (f" [{more}]" if more else "")
