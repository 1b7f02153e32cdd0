"""Why a number is not there: not asked, not applicable and not computable are three things, each with its word.

A reader who was never asked about a finding did not fail at it, and one who gives no scores has no ROC curve. Only what
was asked, and could have been answered, "cannot be computed".
"""

from collections.abc import Sequence
from functools import lru_cache

from ecg_eval.domain.reading import is_answered
from ecg_eval.domain.study import ReaderStudy

NOT_ASKED, NOT_APPLICABLE, NOT_COMPUTABLE = "not_asked", "not_applicable", "not_computable"

Answered = frozenset[tuple[str, str, str]]


def why_missing(
    study: ReaderStudy, *, sides: Sequence[Sequence[str]], arm: str, finding: str, needs_scores: bool
) -> str:
    """Return the word for why a number that has no value has none.

    Parameters
    ----------
    study : ReaderStudy
    sides : sequence of sequences of str
        Whom the number is of: the readers of each side, several of a group.
    arm : str
        As in the evaluation: "aided - unaided" is of both.
    finding : str
        A finding; any other word is taken for a mean over findings.
    needs_scores : bool
        Whether it is made from scores.
    """
    asked, scored = _answered(study)
    arms = [a for a in arm.split(" - ") if a]

    def any_of(answered: Answered, readers: Sequence[str], one: str) -> bool:
        return all(any((reader, a, one) in answered for reader in readers) for a in arms)

    single = finding in study.findings
    if single and not all(any_of(asked, readers, finding) for readers in sides):
        return NOT_ASKED
    findings = [finding] if single else study.findings
    if needs_scores and not all(any(any_of(scored, readers, f) for f in findings) for readers in sides):
        return NOT_APPLICABLE
    return NOT_COMPUTABLE


@lru_cache(maxsize=4)
def _answered(study: ReaderStudy) -> tuple[Answered, Answered]:
    """Return the (reader, arm, finding) that have any answer, and those that have a score."""
    columns = ["reader_id", "arm", "finding"]
    table = study.readings
    given = (table.loc[is_answered(table), columns], table.loc[table["score"].notna(), columns])
    asked, scored = (frozenset(part.drop_duplicates().itertuples(index=False, name=None)) for part in given)
    return asked, scored
