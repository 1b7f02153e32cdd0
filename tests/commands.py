"""Commands called in this process, as a user types them."""

import sys

import pytest

from ecg_eval.cli import main as cli


def status_of(*words: object) -> int:
    """Return the exit status of ``ecg-eval WORDS``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["ecg-eval", *map(str, words)])
        try:
            cli.main()
        except SystemExit as ended:
            return int(ended.code or 0)
    return 0
