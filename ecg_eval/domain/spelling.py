"""When two spellings are of one word: what capitals, accents, spaces and punctuation make differ."""

import unicodedata


def folded(word: object) -> str:
    """Return a word without case, accents, space and punctuation, to tell near-equal spellings.

    Examples
    --------
    >>> folded(" Aidé "), folded("un-aided")
    ('aide', 'unaided')
    """
    plain = unicodedata.normalize("NFKD", str(word)).casefold()
    return "".join(letter for letter in plain if letter.isalnum())
