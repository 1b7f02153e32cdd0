"""Conclusions as doctors and devices write them, each with what a cardiologist would say that it states.

The sentences are written by hand for this test, in the words of each language's reports. "LVH?" is uncertain, "!ISC"
absent; broader findings that follow (a bundle branch block is a conduction disturbance) are left out of the lists.
"""

import csv
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_eval.domain._phrases import CUES, FILLER, LANGUAGES, NOTHING, PhraseBook, plain
from ecg_eval.domain.conclusions import TEXT_LANGUAGES, Conclusion, findings_in
from ecg_eval.domain.findings import descendants, vocabulary
from ecg_eval.errors import InputFileError, UnknownNameError

ENGLISH = {
    "Normal ECG": "NORM",
    "Normal sinus rhythm. Normal ECG.": "SR NORM",
    "Sinus rhythm, normal axis, no acute ST changes": "SR !LAD !RAD !ST_ABN",
    "NSR, LBBB": "SR LBBB",
    "Sinus bradycardia, first degree AV block, otherwise normal": "SBRAD 1AVB NORM?",
    "Sinus tachycardia with frequent PVCs": "STACH PVC",
    "AF with rapid ventricular response": "AF",
    "Atrial flutter with 2:1 AV block": "AFL",
    "2:1 AV block": "2AVB",
    "Normal": "NORM",
    "Not normal": "!NORM",
    "Sinus rhythm, abnormal": "SR ABN !NORM",
    "Sinus rhythm, axis normal": "SR !LAD !RAD",
    "T waves are flat in I, aVL and inverted in V1-3": "LOWT INVT",
    "T waves are flat or inverted in V5,6": "LOWT? INVT?",
    "Sinus rhythm. Rhythm was previously atrial fibrillation.": "SR !AF",
    "Patient should be considered for a pacemaker": "",
    "LVH possible, RBBB": "LVH? RBBB",
    "No abnormal ECG": "NORM? !ABN",
    "Probable atrial flutter": "AFL?",
    "Sinus rhythm, no evidence of atrial fibrillation": "SR !AF",
    "Right bundle branch block and left anterior fascicular block": "RBBB LAFB",
    "Incomplete RBBB": "IRBBB",
    "Incomplete left bundle branch block": "ILBBB",
    "RBBB, LAHB, 1st degree AV block": "RBBB LAFB 1AVB",
    "No LBBB or RBBB": "!LBBB !RBBB",
    "No Q waves, ST elevation or LVH": "!QWAVE !STE !LVH",
    "No ST elevation, LBBB": "!STE LBBB",
    "Old inferior MI": "IMI OLD_MI",
    "Possible old inferior MI": "IMI? OLD_MI?",
    "Inferior infarct, probably old": "IMI OLD_MI?",
    "Inferior infarct, old anterior infarct": "IMI AMI OLD_MI",
    "No old infarct, new LBBB": "!OLD_MI LBBB",
    "Inferior infarct, age undetermined": "IMI",
    "Cannot rule out anterior infarct, age undetermined": "AMI?",
    "An anteroseptal infarct cannot be excluded": "ASMI?",
    "No acute MI": "!ACUTE_MI",
    "Acute anterior STEMI": "AMI ACUTE_MI",
    "Q waves in II, III, aVF consistent with old inferior myocardial infarction": "QWAVE IMI? OLD_MI?",
    "LVH by voltage criteria": "VCLVH LVH?",
    "LVH with repolarisation abnormality": "LVH_STT",
    "?LVH": "LVH?",
    "LVH?": "LVH?",
    "RBBB. ? old inferior MI": "RBBB IMI? OLD_MI?",
    "Prolonged QT interval": "LNGQT",
    "QTc normal, PR interval is normal": "!LNGQT !LPR !1AVB",
    "ST depression in V4-V6, suggestive of ischaemia": "STD ISC?",
    "T wave inversion in I, aVL": "INVT",
    "Nonspecific ST-T wave abnormality": "NSSTT NST",
    "Ventricular-paced rhythm": "VPACE",
    "Sinus rhythm with PACs, not in AF": "SR PAC !AF",
    "Complete heart block": "3AVB",
    "Second degree AV block, Mobitz type I": "MOB1",
    "WPW pattern": "WPW",
    "Left atrial enlargement; borderline ECG": "LAE NORM? BORD",
    "Abnormal ECG": "!NORM ABN",
    "Low voltage QRS": "LVOLT",
    "AF with controlled ventricular rate, LAD, old inferior MI": "AF LAD IMI OLD_MI",
    "Trifascicular block: RBBB, LAFB and 1st degree AV block": "RBBB LAFB 1AVB",
    "Not AF - sinus with PACs": "!AF SR PAC",
    "Widespread ST elevation, ?pericarditis": "STE PERI?",
    "ST elevation in II, III, aVF - inferior STEMI": "STE IMI ACUTE_MI",
    "Atrial fibrillation has resolved": "!AF",
    "No ischaemia but left bundle branch block": "!ISC LBBB",
    "Ischaemia or LV strain": "ISC? LVH? LVSTRAIN?",
    "No evidence of\nischaemia": "!ISC",
    "Early repolarisation": "ERP",
    "Junctional rhythm, poor R wave progression": "JUNC PRWP",
    "left bundle branch block, this is most commonly due to    ischaemic heart disease.": "LBBB",
    "st segments are depressed and t waves inverted in i, avl, v5,6. this may be due to lv strain or ischaemia.": (
        "STD INVT ISC? LVH? LVSTRAIN?"
    ),
}
FRENCH = {
    "ECG normal": "NORM",
    "Tracé sans particularité": "NORM",
    "Normal": "NORM",
    "RAS": "NORM",
    "Probablement normal": "NORM?",
    "ECG anormal": "!NORM ABN",
    "Rythme sinusal régulier, pas de trouble de la repolarisation": "SR !STTC",
    "RSR, axe normal, pas de trouble de conduction": "SR !CD !LAD !RAD",
    "FA": "AF",
    "ACFA rapide": "AF",
    "Fibrillation auriculaire, BBG complet": "AF LBBB",
    "Flutter auriculaire 2/1": "AFL",
    "Pas de FA": "!AF",
    "Pas d'argument pour une ischémie": "!ISC",
    "Absence de sus-décalage du segment ST": "!STE",
    "Rythme sinusal, BBD incomplet": "SR IRBBB",
    "Bloc de branche droit incomplet": "IRBBB",
    "Bloc incomplet de branche gauche": "ILBBB",
    "Bloc de branche droit complet et hémibloc antérieur gauche": "RBBB LAFB",
    "BBD + HBAG": "RBBB LAFB",
    "BAV 1": "1AVB",
    "BAV du premier degré": "1AVB",
    "BAV du 2ème degré Mobitz 2": "MOB2",
    "BAV complet": "3AVB",
    "HVG": "LVH",
    "Suspicion d'HVG": "LVH?",
    "HVG possible": "LVH?",
    "Séquelle de nécrose inférieure": "IMI OLD_MI",
    "Séquelle probable de nécrose antérieure": "AMI?",
    "Infarctus inférieur à discuter": "IMI?",
    "Ondes Q de nécrose en inférieur": "IMI",
    "Aspect compatible avec une ischémie antérieure": "ISCAN?",
    "Sus-décalage du segment ST en V2-V4": "STE",
    "Sous-décalage de ST en latéral": "STD",
    "ESV, ESA": "PVC PAC",
    "Extrasystoles ventriculaires bigéminées": "VBIG",
    "Bradycardie sinusale": "SBRAD",
    "Tachycardie sinusale, sinon normal": "STACH NORM?",
    "QT long": "LNGQT",
    "QTc normal": "!LNGQT",
    "Rythme électro-entraîné": "PACE",
    "Ondes T négatives en V1-V3": "INVT",
    "Troubles non spécifiques de la repolarisation": "NSSTT NST",
    "Pas de BBG ni de BBD": "!LBBB !RBBB",
    "Ni BBG, ni HVG": "!LBBB !LVH",
    "Pas d'ischémie, FA": "!ISC AF",
    "Rythme sinusal sans HVG mais BBG": "SR !LVH LBBB",
    "BBG ?": "LBBB?",
    "Microvoltage": "LVOLT",
    "Aspect de BBD incomplet": "IRBBB",
    "Pas de trouble du rythme ni de la conduction": "!CD",
    "Pas de trouble du rythme, de la conduction ou de la repolarisation": "!CD !STTC",
    "Pas d'argument pour un syndrome coronarien aigu": "!ACUTE_ISC",
    "FA, pas de modification par rapport au tracé précédent": "AF",
    "Pré-excitation de type WPW": "WPW",
    "On ne peut exclure une séquelle d'infarctus inférieur": "IMI? OLD_MI?",
    "Imprégnation digitalique": "DIG",
    "Hypertrophie auriculaire gauche": "LAE",
}
GERMAN = {
    "Normales EKG": "NORM",
    "EKG o.B.": "NORM",
    "Sinusrhythmus, Linkstyp, sonst unauffälliges EKG": "SR NORM?",
    "Sinusrhythmus, Steiltyp, kein Hinweis auf Ischämie": "SR !ISC",
    "Vorhofflimmern": "AF",
    "VHF, LSB": "AF LBBB",
    "Vorhofflimmern/-flattern": "AF AFL?",
    "Tachykardes Vorhofflimmern": "AF",
    "Kein Vorhofflimmern": "!AF",
    "Vorhofflimmern nicht nachweisbar": "!AF",
    "Unvollständiger Rechtsschenkelblock": "IRBBB",
    "Inkompletter RSB": "IRBBB",
    "inkompl. LSB": "ILBBB",
    "Kompletter Linksschenkelblock": "LBBB",
    "Linksanteriorer Hemiblock": "LAFB",
    "LAHB und RSB": "LAFB RBBB",
    "AV-Block I": "1AVB",
    "AVB I°": "1AVB",
    "A-V Block I. Grades": "1AVB",
    "AV-Block II. Grades Typ Wenckebach": "MOB1",
    "AV-Block III": "3AVB",
    "AV-Block 2. Grades": "2AVB",
    "Alter Hinterwandinfarkt": "IMI OLD_MI",
    "Z.n. Vorderwandinfarkt": "AMI OLD_MI",
    "Inferiorer Infarkt wahrscheinlich alt": "IMI OLD_MI?",
    "Inferiorer Infarkt nicht auszuschließen": "IMI?",
    "Inferiorer Infarkt nicht auszuschliessen": "IMI?",
    "V.a. LVH": "LVH?",
    "Verdacht auf P-sinistrocardiale Lagetyp normal": "LAE? !LAD !RAD",
    "Linksschenkelblock Linkshypertrophie möglich": "LBBB LVH?",
    "Fragliche Ischämie lateral": "ISC?",
    "Überdrehter Linkstyp": "LAD",
    "Linkstyp": "",
    "Kein akuter Infarkt": "!ACUTE_MI",
    "Kein sicherer Hinweis auf Ischämie": "ISC?",
    "SVES, VES": "PAC PVC",
    "Ventrikuläre Extrasystole(n)": "PVC",
    "Supraventrikuläre Extrasystolen": "PAC",
    "Sinusbradykardie": "SBRAD",
    "Sinustachykardie ohne Erregungsrückbildungsstörungen": "STACH !STTC",
    "Schrittmacher-EKG": "PACE",
    "QT-Verlängerung": "LNGQT",
    "QT-Verlaengerung": "LNGQT",
    "Ischaemie": "ISC",
    "Isch\u00c3\u00a4mie": "ISC",
    "Isch?mie": "ISC",
    "Periphere Niederspannung": "LVOLT",
    "Sinusrhythmus, LAHB + RSB (bifaszikulärer Block)": "SR LAFB RBBB BIFASC",
    "ST-Hebungen II, III, aVF, V.a. akuten Hinterwandinfarkt": "STE IMI? ACUTE_MI?",
    "Sinusrhythmus ohne akute Ischämiezeichen": "SR !ACUTE_ISC",
    "AV-Block III. Grades mit ventrikulärem Ersatzrhythmus": "3AVB VESCR",
    "Kein AV-Block, kein Schenkelblock": "!AVB !BBB",
    "ST-Senkung in V4-V6, T negativ in I, aVL": "STD INVT",
    "Unspezifisches abnormes T": "NT NDT",
    "Unauffällig": "NORM",
    "Sinusrhythmus, Steiltyp, pathologisch": "SR !NORM ABN",
    "vollständiger Schenkelblock, rechts": "RBBB",
    "Vorhofflattern 2:1": "AFL",
    "Isch#mie": "ISC",
    "Intraventrikuläre Leitungsstörung": "IVCD",
    "Keine ST-Hebung, keine Q-Zacken": "!STE !QWAVE",
    "Weder LSB noch RSB": "!LBBB !RBBB",
    "Abnormes EKG": "!NORM ABN",
    "anterolaterale Ischämie oder Linksbelastung": "ISCAL? LVH? LVSTRAIN?",
}
SENTENCES = [
    *(("en", text, said) for text, said in ENGLISH.items()),
    *(("fr", text, said) for text, said in FRENCH.items()),
    *(("de", text, said) for text, said in GERMAN.items()),
]


PIECES = [
    *("no", "not", "or", "and", "but", ",", ".", "?", "/", "old", "acute", "normal", "possible", "xyz"),
    *("LBBB", "inferior MI", "pas de FA", "kein LSB", "ECG"),
]


def in_short(conclusion: Conclusion) -> set[str]:
    """Return answers as the tables above write them, without what follows from a narrower or broader one."""
    answers = conclusion.answers
    short = set()
    for code, answer in answers.items():
        narrower = descendants(code) - {code}
        if answer == "absent":
            if not any(code in descendants(other) - {other} for other, a in answers.items() if a == "absent"):
                short.add(f"!{code}")
        elif not any(answers.get(other) == answer for other in narrower):
            short.add(code if answer == "present" else f"{code}?")
    return short


@pytest.mark.parametrize(("language", "text", "said"), SENTENCES)
def test_sentence(language: str, text: str, said: str) -> None:
    conclusion = findings_in(text, language=language)
    assert in_short(conclusion) == set(said.split())
    assert conclusion.unread == ()


@pytest.mark.parametrize(("language", "text", "said"), SENTENCES)
def test_sentence_of_unknown_language(language: str, text: str, said: str) -> None:
    assert in_short(findings_in(text, language="any")) == set(said.split())


def test_what_is_not_understood_is_handed_back() -> None:
    conclusion = findings_in("Sinus rhythm. Takotsubo type 1 pattern! LVH", language="en")
    assert conclusion.answers == {"SR": "present", "LVH": "present", "VH": "present", "HYP": "present"}
    assert conclusion.unread == ("takotsubo",)
    assert findings_in("", language="de") == Conclusion({}, ())


def test_doubt_of_unknown_words_stays_theirs() -> None:
    conclusion = findings_in("Rythme sinusal, pas de FA, Takotsubo ?", language="fr")
    assert (in_short(conclusion), conclusion.unread) == ({"SR", "!AF"}, ("takotsubo",))
    assert in_short(findings_in("Onde T négative en V1, à discuter embolie", language="fr")) == {"INVT"}


@pytest.mark.parametrize("language", TEXT_LANGUAGES)
@given(text=st.text() | st.lists(st.sampled_from(PIECES)).map(" ".join))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read(language: str, text: str) -> None:
    conclusion = findings_in(text, language=language)
    assert set(conclusion.answers) <= set(vocabulary())
    assert set(conclusion.answers.values()) <= {"present", "absent", "uncertain"}
    assert all(stretch.strip() for stretch in conclusion.unread)


def test_answers_are_nobody_elses() -> None:
    findings_in("AF", language="en").answers["AF"] = "absent"
    assert findings_in("AF", language="en").answers == {"AF": "present", "AFAFL": "present"}


def test_present_goes_before_uncertain_before_absent() -> None:
    assert findings_in("No ST elevation in V1. ST elevation in V2.", language="en").answers["STE"] == "present"
    assert findings_in("No LVH. Possible LVH.", language="en").answers["LVH"] == "uncertain"


def test_narrower_and_broader_findings_follow() -> None:
    denied = findings_in("Pas de trouble de conduction, BAV 1", language="fr").answers
    assert denied["LBBB"] == "absent"
    assert denied["1AVB"] == "present"
    assert denied["CD"] == "present"


def test_unknown_language() -> None:
    with pytest.raises(UnknownNameError, match="language must be a known one"):
        findings_in("Normal", language="it")


# what a device doubts by itself, and what is read as two findings side by side
NOT_WORD_FOR_WORD = {
    "Possible Left atrial enlargement": "LAE?",
    "Possible Right atrial enlargement": "RAE?",
    "Suspect arm lead reversal, interpretation assumes no reversal": "ARMREV?",
    "Suspect unspecified pacemaker failure": "PACEFAIL?",
    "RBBB and left anterior fascicular block": "RBBB LAFB",
    "RBBB with left anterior fascicular block": "RBBB LAFB",
    "RBBB and left posterior fascicular block": "RBBB LPFB",
}


def test_devices_statements_are_read_as_the_vocabulary_translates_them() -> None:
    text = files("ecg_eval.domain").joinpath("vocabulary", "vendor_spellings.csv").read_text(encoding="utf-8")
    wrong = []
    for row in csv.DictReader(text.splitlines()):
        statement = row["spelling"]
        if statement.isupper() and " " not in statement:
            continue  # an acronym for machines
        conclusion = findings_in(statement, language="en")
        if statement in NOT_WORD_FOR_WORD:
            assert in_short(conclusion) == set(NOT_WORD_FOR_WORD[statement].split())
        elif conclusion.answers.get(row["finding"]) != "present" or conclusion.unread:
            wrong.append((statement, row["finding"], conclusion))
    assert wrong == []


def rows_of(language: str) -> list[list[str]]:
    text = files("ecg_eval.domain").joinpath("vocabulary", f"phrases.{language}.csv").read_text(encoding="utf-8")
    return list(csv.reader(text.splitlines()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_table_is_well_formed(language: str) -> None:
    rows = rows_of(language)
    assert rows[0] == ["means", "phrase", "note"]
    assert [row for row in rows if len(row) != 3] == []
    assert {row[0] for row in rows} >= {"filler", "nothing", "not before", "maybe before", "or", "and", "but"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_means_two_things(language: str) -> None:
    meanings: dict[str, set[str]] = {}
    for means, phrase, _ in rows_of(language)[1:]:
        if " " not in phrase and not means.startswith("<"):
            for word in phrase.split("|"):
                meanings.setdefault(word, set()).add(means)
    assert {word: m for word, m in meanings.items() if len(m) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_phrases_read_as_what_they_mean(language: str) -> None:
    book = PhraseBook((language,))
    wrong = []
    for means, phrase, _ in rows_of(language)[1:]:
        if means.startswith("<") or set(phrase) & set(" <>[]*"):
            continue
        for word in phrase.split("|"):
            events = book.events(plain(word.replace("_", " ")))
            kind = means if means in (*CUES, FILLER, NOTHING) else f"finding {means.partition(' ')[2]}".strip()
            if [event.kind for event in events] != [kind]:
                wrong.append((word, kind, [event.kind for event in events]))
    assert wrong == []


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("LBBBB,lsb,", "means must be codes or a cue"),
        ("LBBB,<x> block,", "phrase must be made of known classes"),
        ("LBBB,left [bundle branch] block,", "phrase must be one whose brackets hold no spaces"),
        ("LBBB,[left],", "phrase must be one with a word that must be there"),
    ],
)
def test_broken_table(row: str, rule: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecg_eval.domain import _phrases

    monkeypatch.setattr(_phrases, "_table", lambda language: f"means,phrase,note\n{row}\n")
    with pytest.raises(InputFileError, match=rule):
        PhraseBook(("en",))
