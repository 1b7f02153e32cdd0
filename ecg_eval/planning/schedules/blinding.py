"""Blinded ids: a code for each reading, so that an ECG read again, or by a colleague, is not known by its id."""

import numpy as np

# no vowels (no words, no months, no 1E5 that a spreadsheet takes for a number), nothing that looks like something else
_LETTERS, _SIGNS = "BCDFGHJKLMNPQRTVWXZ", "BCDFGHJKLMNPQRTVWXZ2346789"


def blinded_ids(n: int, rng: np.random.Generator) -> list[str]:
    """Return different codes that begin with a letter, four signs or more.

    Parameters
    ----------
    n : int
    rng : numpy Generator
    """
    length = 4
    while len(_LETTERS) * len(_SIGNS) ** (length - 1) < 20 * n:  # few are possible by chance or by guessing
        length += 1
    codes: dict[str, None] = {}
    while len(codes) < n:
        first = rng.integers(len(_LETTERS), size=n)
        rest = rng.integers(len(_SIGNS), size=(n, length - 1))
        made = (
            _LETTERS[f] + "".join(_SIGNS[s] for s in signs)
            for f, signs in zip(first.tolist(), rest.tolist(), strict=True)
        )
        codes.update(dict.fromkeys(made))
    return list(codes)[:n]
