"""What columns and answers are usually called, in English, French and German: guesses, marked as such in a draft."""

from collections.abc import Iterable

from ecg_eval.domain.columns import MISSING_WORDS
from ecg_eval.domain.findings import translate, vocabulary
from ecg_eval.domain.spelling import folded

# our column -> folded names that people give it
COLUMNS = {
    "record_id": (
        "recordid record recording ecg ecgid ecgname ecgno ecgnumber ekg ekgid fileid file filename case "
        "caseid trace tracing exam examid numeroecg idecg nomecg id"
    ),
    "reader_id": (
        "readerid reader gp gps doctor physician rater observer annotator creator participant medecin lecteur arzt "
        "leser nom name participantid"
    ),
    "finding": "finding question questiontext label item",
    "reading": "reading answer response reponse antwort value",
    "arm": "arm help aide bras condition modality mode aid aided ai ia avecia withai",
    "period": "period session phase periode round",
    "position": "position order ordre rank sequence reihenfolge",
    "confidence": "confidence conf certainty certitude confiance sicherheit",
    "seconds": (
        "seconds time duration leadtime readingtime temps duree sekunden dauer times readingtimes timeseconds tempss"
    ),
    "comment": "comment comments remark commentaire remarque notes kommentar bemerkung",
    "patient_id": "patientid patient patientno idpatient",
    "age_years": "ageyears age alter",
    "sex": "sex sexe gender geschlecht",
    "site": "site center centre hospital",
    "kind": "kind type role profession group groupe fonction specialty speciality specialite status",
    "years_experience": "yearsexperience experience years anneesexperience yearsofexperience yearsofpractice",
}
_BY_NAME = {name: ours for ours, names in COLUMNS.items() for name in names.split()}

ANSWERS = {
    "present": "present yes y oui o ja j true vrai x 1 positive positif pos",
    "absent": "absent no n non nein false faux 0 negative negatif neg none ",
    "uncertain": (
        "uncertain incertain doute doubt doubtful possible probable maybe unsure unsicher peutetre indetermine"
    ),
    "refer": "refer referral adresser aadresser avis",
    "missing": (
        "missing nd np unreadable notreadable illisible nonlisible unlesbar artefact artifact nsp nesaitpas dontknow"
    ),
}
_DENIALS = ("no", "not", "non", "pas", "kein", "keine", "ohne", "sans", "without")
_BY_ANSWER = {word: answer for answer, words in ANSWERS.items() for word in words.split()}

_UNAIDED = "unaided without withoutai sans sansia sansaide control controle alone noai 0 no non ohne ohneki"
_AIDED = "aided with withai avec avecia avecaide ai ia assisted 1 yes oui mit mitki"
# of these, those that say so within a longer name
_NAMED_ARMS = ("unaided", "aided", "assisted", "control", "controle")
_ARMS = dict.fromkeys(_UNAIDED.split(), "unaided") | dict.fromkeys(_AIDED.split(), "aided")

# ordinal answers, the lowest first
_GRADES = (
    "excluded absent exclu exclue ausgeschlossen definitelyno certainlynot no non nein",
    "unlikely improbable probablynot peuprobable unwahrscheinlich",
    "possible equivocal uncertain unsure incertain moglich moeglich unsicher doubtful douteux",
    "likely probable wahrscheinlich",
    "certain definite definitely sure sicher present yes oui ja",
)
_RANKS = {word: rank for rank, words in enumerate(_GRADES) for word in words.split()}

_KINDS = {
    "gp": (
        "gp gps generalpractitioner generalist familyphysician familydoctor medecingeneraliste generaliste mg hausarzt"
    ),
    "cardiologist": "cardiologist cardiologue kardiologe cardiology",
    "resident": "resident interne assistenzarzt registrar trainee",
    "student": "student etudiant medicalstudent externe",
    "nurse": "nurse infirmier infirmiere pflege",
    "model": "model ai ia algorithm algorithme dnn",
}
_BY_KIND = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_TRUTH = (
    "truth",
    "gold",
    "groundtruth",
    "reference",
    "referencestandard",
    "consensus",
    "adjudicated",
    "label",
    "labels",
    "verite",
)
_AI = (
    "ai",
    "ia",
    "model",
    "algorithm",
    "algo",
    "dnn",
    "network",
    "machine",
    "ki",
    "prediction",
    "predictions",
    "scores",
)


# a cart's numbers and statements often count as a finding without saying quite the same
_SCHEMES = ("scp", "snomed_ct", "code", "aha", "ge_12sl", "philips_dxl", "glasgow")


def column_of(name: str) -> str | None:
    """Return which of our columns a name probably is."""
    return _BY_NAME.get(folded(name))


def answer_of(word: str) -> str | None:
    """Return which answer a word probably is."""
    if word.strip().casefold() in MISSING_WORDS or word.strip() in ("-", "--", "/"):
        return "missing"
    return "uncertain" if word.strip() == "?" else _BY_ANSWER.get(folded(word))


def answer_about(word: str, code: str) -> str | None:
    """Return which answer a word is that names a finding itself: "AF" is present, "no AF" absent, "AF?" uncertain."""
    text = word.strip()
    doubted = text.rstrip(" ?")
    if finding_of(doubted) == code:
        return "uncertain" if doubted != text else "present"
    first, _, rest = text.partition(" ")
    return "absent" if folded(first) in _DENIALS and finding_of(rest) == code else None


def grade_of(word: str) -> int | None:
    """Return the place of a word on the usual scale from excluded (0) to certain (4)."""
    return _RANKS.get(folded(word))


def arm_of(word: str) -> str | None:
    """Return which arm a word probably is."""
    return _ARMS.get(folded(word))


def arm_in(name: str) -> str | None:
    """Return the arm that a file's name speaks of: "answers without AI" is unaided, "avec IA" aided."""
    parts = [folded(part) for part in "".join(c if c.isalnum() else " " for c in name).split()]
    for n in (3, 2, 1):
        met = {_ARMS.get("".join(parts[i : i + n])) for i in range(len(parts) - n + 1)}
        met = {arm for arm in met if arm} if n > 1 else {_ARMS[part] for part in parts if part in _NAMED_ARMS}
        if met:
            return next(iter(met)) if len(met) == 1 else None
    return None


def kind_of(word: str) -> str | None:
    """Return which kind of readers a word probably is."""
    plain = folded(word)
    return _BY_KIND.get(plain) or _BY_KIND.get(plain.rstrip("s"))


def finding_of(word: str) -> str | None:
    """Return the finding that a word is: its code, its name in either language, or its spelling in one scheme."""
    plain = folded(word)
    for known_code, finding in vocabulary().items():
        if plain in (folded(known_code), folded(finding.name_en), folded(finding.name_fr)):
            return known_code
    codes = {code for scheme in _SCHEMES if (code := translate(word, scheme)) is not None}
    return next(iter(codes)) if len(codes) == 1 else None


def says(words: Iterable[str], name: str) -> bool:
    """Whether a file's or column's name holds one of some words as a part."""
    parts = {folded(part) for part in "".join(c if c.isalnum() else " " for c in name).split()} | {folded(name)}
    return bool(parts & set(words))


def is_truth(name: str) -> bool:
    """Whether a name speaks of the truth."""
    return says(_TRUTH, name)


def is_ai(name: str) -> bool:
    """Whether a name speaks of a program."""
    return says(_AI, name)
