"""What looks like a person's: names, e-mail addresses, dates of birth, national identifiers. A warning, no proof.

Ids are looked at one by one; a number is a national identifier only where its own check digits say so, so that a plain
number of a recording is none. What is met is counted, and never repeated in the warning.
"""

import re
from collections.abc import Iterable

_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_BIRTH = re.compile(
    r"\b(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}|(?:19|20)\d{2}[./-](?:0?[1-9]|1[0-2])[./-](?:0?[1-9]|[12]\d|3[01]))\b"
)
_TITLE = re.compile(
    r"\b(?:Dr|Pr|Prof|Docteur|Doctor|Professeur|Professor|Mme|Mlle|Mrs|Mr|Ms|Herr|Frau|M)\b\.?\s+[^\W\d_]{3,}"
)
_TWO_NAMES = re.compile(
    r"[^\W\d_]\w*[a-zà-ÿ]{2,}(?:-[^\W\d_]+)?[\s_.-]+[^\W\d_]{3,}|[A-ZÀ-Þ]{3,}[\s_]+[A-ZÀ-Þ][a-zà-ÿ]{2,}"
)
_NUMBER_BESIDE = re.compile(r"^\d+[\s_.,-]+|[\s_.,#(-]+\d+\)?$")
_DIGITS = re.compile(r"[\s.-]")
_NIR = re.compile(r"[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}\d{2}")
_SSN = re.compile(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
# words that are no names, in ids of readers and recordings
_COMMON = frozenset(
    [
        "reader",
        "doctor",
        "ecg",
        "rhythm",
        "record",
        "recording",
        "patient",
        "case",
        "gp",
        "resident",
        "cardiologist",
        "student",
        "nurse",
        "model",
        "simulated",
        "panel",
        "expert",
        "group",
        "lecteur",
        "medecin",
        "interne",
        "cas",
        "ai",
        "the",
        "test",
        "train",
        "sample",
        "trace",
        "lead",
        "file",
        "site",
        "centre",
        "center",
        "hospital",
        "clinic",
        "practice",
        "hopital",
        "clinique",
        "cabinet",
        "service",
        "ward",
    ]
)


def personal_in(texts: Iterable[str], *, names: bool) -> dict[str, int]:
    """Count the texts that hold each kind of what is a person's: "mail", "birth", "national_id", and "name" if asked.

    Examples
    --------
    >>> personal_in(["Dr Martin", "dr_01", "a.b@c.org", "1 84 12 76 451 089 46", "12345"], names=True)
    {'mail': 1, 'national_id': 1, 'name': 1}
    >>> personal_in(["Jean Dupont 0001", "12 Marie Curie", "Site Nord 3", "Reader one 4", "GP 12"], names=True)
    {'name': 2}
    """
    counts: dict[str, int] = {}
    for text in texts:
        kinds = [
            *(["mail"] if _MAIL.search(text) else []),
            *(["birth"] if _BIRTH.search(text) else []),
            *(["national_id"] if _is_national(text) else []),
            *(["name"] if names and _is_name(text) else []),
        ]
        for kind in kinds:
            counts[kind] = counts.get(kind, 0) + 1
    return {kind: counts[kind] for kind in ("mail", "birth", "national_id", "name") if kind in counts}


def _is_name(text: str) -> bool:
    """Whether a text is a title with a name, or two words that may be a person's, none of them common in ids.

    A number beside the words ("Jean Dupont 0001") takes nothing from what they are.
    """
    if _TITLE.search(text):
        return True
    words = [word.casefold() for word in re.split(r"[\W_\d]+", text) if word]
    bare = _NUMBER_BESIDE.sub("", text.strip())
    return bool(_TWO_NAMES.fullmatch(bare)) and not set(words) & _COMMON and bare[:1].isupper()


def _is_national(text: str) -> bool:
    """Whether a text is a French NIR, an NHS number or a US social security number, by its own check where it has one.

    Sources: INSEE, key of the NIR is 97 - (number mod 97); NHS Data Dictionary, NHS number, modulus 11.
    """
    if _SSN.fullmatch(text.strip()):
        return True
    plain = _DIGITS.sub("", text.strip()).upper()
    if _NIR.fullmatch(plain):
        number = int(plain[:13].replace("2A", "19").replace("2B", "18"))
        return 97 - number % 97 == int(plain[13:])
    spaced = re.fullmatch(r"\d{3}[ -]\d{3}[ -]\d{4}", text.strip())
    if spaced:
        left = 11 - sum((10 - i) * int(digit) for i, digit in enumerate(plain[:9])) % 11
        return left != 10 and left % 11 == int(plain[9])
    return False
