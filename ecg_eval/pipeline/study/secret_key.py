"""The secret key of a study's pseudonyms."""

from ecg_eval.config.schema import RunConfig
from ecg_eval.domain.people.pseudonyms import Pseudonyms
from ecg_eval.errors import InputFileError


def pseudonyms_of(config: RunConfig) -> Pseudonyms | None:
    """Return the pseudonyms that a configuration asks for, None where it asks for none.

    Raises
    ------
    InputFileError
        When the key's file is missing or too short.
    """
    if config.pseudonyms is None:
        return None
    path = config.data_root / config.pseudonyms
    if not path.is_file():
        remedy = f"Make one: openssl rand -hex 32 > {path}. Keep it apart from the results."
        raise InputFileError("pseudonyms", str(path), "the file of a secret key", remedy=remedy)
    return Pseudonyms(path.read_bytes().strip())
