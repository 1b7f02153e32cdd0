"""What a dataset states that the vocabulary has no finding for: to be read before its labels are believed."""

from pathlib import Path

from ecg_eval.config.load import load_config
from ecg_eval.domain.findings import SCHEMES, without_translation
from ecg_eval.errors import ProblemsError
from ecg_eval.pipeline.study.build import make_dataset


def untranslated(config: Path, overrides: list[str]) -> list[tuple[str, int, str]]:
    """Return statement, how often it is made, and why it was left without a finding (empty where nobody looked).

    Raises
    ------
    ProblemsError
        When the dataset of the configuration cannot be read.
    """
    dataset = make_dataset(load_config(config, overrides))
    problems = dataset.problems()
    if problems:
        raise ProblemsError(str(config), problems)
    reasons = {spelling: why for scheme in SCHEMES for spelling, why in without_translation(scheme).items()}
    return [(str(s), int(n), reasons.get(str(s), "")) for s, n in dataset.untranslated().items()]
