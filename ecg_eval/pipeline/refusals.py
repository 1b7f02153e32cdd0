"""Why a plan is refused, in the language in which it was asked for.

An error says in parts, in English, what was expected, what came and what to do. Each is looked up among the report's
phrases, a rule with the "must be" before it, as a sentence differs from language to language; a message whose rule is
not known there stays English.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ecg_eval.errors import EcgEvalError, ProblemsError
from ecg_eval.reports.words import Words, known_phrase


@contextmanager
def refused_in(language: str) -> Iterator[None]:
    """Let errors of what is done within speak a language.

    Parameters
    ----------
    language : {"en", "fr"}

    Raises
    ------
    EcgEvalError
        The one that came, its parts as they were.
    """
    words = Words(language)
    try:
        yield
    except EcgEvalError as error:
        if language != "en":
            error.args = (refusal_text(error, words),)
        raise


def refusal_text(error: EcgEvalError, words: Words) -> str:
    """Return the message of an error in the words of a language.

    Parameters
    ----------
    error : EcgEvalError
    words : Words
    """
    if isinstance(error, ProblemsError):
        lines = [f"  - {refusal_text(problem, words)}" for problem in error.problems]
        return "\n".join([words("refused.several", who=error.who, n=len(lines)), *lines])
    rule = known_phrase(words, f"must be {error.rule}")
    if rule is None:  # half a sentence in each language is worse than a whole one in English
        return str(error)
    text = words("refused", who=error.who, what=words.phrase(error.what), rule=rule)
    if error.has_value:
        value = words.phrase(error.value) if isinstance(error.value, str) else repr(error.value)
        text += words("refused.got", value=value)
    return f"{text}. {words.phrase(error.remedy)}".rstrip()
