"""A configuration's own words become the domain's, while the study at hand is made."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

from ecg_eval.config.schema import Group, Kind, OwnFinding, RunConfig
from ecg_eval.domain.findings import own_finding
from ecg_eval.domain.own_words import Named, OwnWords, speaking


def own_words_of(config: RunConfig) -> OwnWords:
    """Return the findings, kinds and groups that a configuration declares."""
    return words_of(config.defined, config.kinds, config.groups)


def words_of(findings: Sequence[OwnFinding], kinds: Mapping[str, Kind], groups: Mapping[str, Group]) -> OwnWords:
    """Return findings, kinds and groups as the domain knows them."""
    return OwnWords(
        findings=tuple(
            own_finding(f.code, name_en=f.en, name_fr=f.fr, broader=f.broader, urgency=f.urgency) for f in findings
        ),
        kinds=tuple(
            Named(word=word, one={"en": k.en, "fr": k.fr}, many={"en": k.en_many, "fr": k.fr_many})
            for word, k in kinds.items()
        ),
        groups=tuple(Named(word=word, one={"en": g.en, "fr": g.fr}) for word, g in groups.items()),
    )


def speaking_as(config: RunConfig) -> AbstractContextManager[None]:
    """Let a configuration's own words be known.

    Raises
    ------
    ProblemsError
        For a finding that cannot be defined so.
    """
    return speaking(own_words_of(config))
