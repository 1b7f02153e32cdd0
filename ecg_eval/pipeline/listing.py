"""What a configuration can name, without importing any of it."""

from ecg_eval import registry
from ecg_eval.domain.findings import label_sets, vocabulary

LISTS = (*registry.KINDS, "findings")
_MOST_SHOWN = 12


def listing(kind: str) -> dict[str, str]:
    """Return names and one-line descriptions of a kind of plug-in, or of the findings and label sets."""
    if kind != "findings":
        return registry.describe(kind)
    sets = {name: f"label set of {len(codes)}: {_shown(codes)}" for name, codes in label_sets().items()}
    return sets | {code: f.name_en for code, f in vocabulary().items()}


def _shown(codes: tuple[str, ...]) -> str:
    """Return a label set's codes, the first dozen of a long one."""
    rest = len(codes) - _MOST_SHOWN
    return ", ".join(codes[:_MOST_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
