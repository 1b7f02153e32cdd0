"""The truth that makes several readers' answers most likely, when nobody knows it: the model of Dawid and Skene."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ecg_eval.domain.contracts import Reference
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.errors import ConfigError
from ecg_eval.references.votes.agreement import agreement_of
from ecg_eval.references.votes.voters import check_named, left_out_sentence, stacked, voters_of, votes_of
from ecg_eval.stats.latent.dawid_skene import FEWEST_READERS
from ecg_eval.stats.latent.latent_accuracy import latent_accuracy

WHO = "reference.latent_class"


class LatentClass(Reference):
    """The likeliest truth behind the unaided answers of three readers or more, each weighed by its own errors.

    Parameters
    ----------
    readers : sequence of str, optional
        Reader ids whose answers count.
    kinds : sequence of str, optional
        Kinds of readers whose answers count, when no reader is named.
    certainty : float
        Probability, from 0.5 to below 1, above which the truth is taken for known; what lies between it and its
        complement is unknown.
    """

    meaning = "The truth that makes the readers' unaided answers most likely; these readers are not independent of it."

    def __init__(self, *, readers: Sequence[str] = (), kinds: Sequence[str] = (), certainty: float = 0.5) -> None:
        check_named(WHO, readers, kinds)
        if not 0.5 <= certainty < 1:
            raise ConfigError(WHO, "certainty", "a probability from 0.5 to below 1", certainty)
        self.readers, self.kinds, self.certainty = tuple(readers), tuple(kinds), certainty

    def form(
        self,
        *,
        records: pd.DataFrame,
        findings: Sequence[str],
        labels: ReferenceStandard | None,
        readings: pd.DataFrame,
        readers: pd.DataFrame,
    ) -> ReferenceStandard:
        """Return the likeliest truth, finding by finding; a finding that the model cannot speak of is unknown.

        Raises
        ------
        ConfigError
            When a voter is unknown, or fewer than three vote.
        """
        voters = voters_of(WHO, named=self.readers, kinds=self.kinds, readers=readers, fewest=FEWEST_READERS)
        votes = votes_of(voters, readings=readings, records=records.index, findings=findings)
        answers = stacked(votes)
        fits = [latent_accuracy(answers=answers[:, i]) for i in range(len(findings))]
        posterior = np.column_stack([fit.posterior for fit in fits])
        truth = np.where(
            posterior > self.certainty, 1.0, np.where(posterior < 1 - self.certainty, 0.0, np.nan)
        )  # an even chance is unknown
        method = (
            f"Latent class of {len(voters)} readers, unaided (Dawid and Skene), taken for known where its probability "
            f"is above {self.certainty:g}; it assumes that readers, given the truth, err independently of one another "
            "and alike on all ECGs, so that an error that most of them share is taken for right."
        )
        method += left_out_sentence(voters, readings)
        lost = [f for f, fit in zip(findings, fits, strict=True) if fit.reason]
        if lost:
            method += f" It cannot be fitted for {len(lost)} findings, whose truth is unknown: {', '.join(lost)}."
        return ReferenceStandard(
            table=pd.DataFrame(truth, index=records.index, columns=list(findings)),
            method=method,
            formed_by=voters,
            agreement=agreement_of(votes),
        )
