"""Where things are kept that can be made again: packed signals, answers of services."""

import os
from pathlib import Path


def user_cache() -> Path:
    """Return the user's cache folder: ``ECG_EVAL_CACHE``, or ecg-eval in ``XDG_CACHE_HOME``, or in ~/.cache."""
    chosen, caches = os.environ.get("ECG_EVAL_CACHE"), os.environ.get("XDG_CACHE_HOME")
    return Path(chosen).expanduser() if chosen else (Path(caches) if caches else Path.home() / ".cache") / "ecg-eval"
