import re
from collections import Counter
from string import Formatter

import pytest

from ecg_eval import registry
from ecg_eval.domain.contracts import Metric
from ecg_eval.domain.notes import NOTES
from ecg_eval.domain.reading import ANSWERS, READER_KINDS
from ecg_eval.domain.study import COUNTS_AS
from ecg_eval.errors import UnknownNameError
from ecg_eval.metrics.accuracy import Accuracy
from ecg_eval.metrics.bases.by_reader import SAYS_NOTHING
from ecg_eval.metrics.brier import Brier
from ecg_eval.metrics.mcnemar import Mcnemar
from ecg_eval.reports.words import LANGUAGES, Words, _table, catalogue, known_phrase
from ecg_eval.signals.quality_kinds import KINDS
from ecg_eval.stats.mrmc.part_means import NOTHING_VARIES


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_all_languages_have_the_same_keys() -> None:
    english = list(catalogue("en"))
    for language in LANGUAGES:
        assert list(catalogue(language)) == english
        assert len(_table(f"{language}.csv")) == len(english), "a key is given twice"


def test_no_line_begins_with_french_punctuation() -> None:
    words = Words("fr")
    texts = [
        words.apart(["a, b", "c"]),
        words.listed(["a, b", "c", "d"]),
        words.phrase("one reader alone; no such phrase"),
    ]
    assert [text for text in texts if " ;" in text] == []
    assert all("\u00a0;" in text for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_the_same_places(language: str) -> None:
    for key, english in catalogue("en").items():
        text = catalogue(language)[key]
        assert text, key
        # a short form may need fewer words, never others
        assert placeholders(text) <= placeholders(english), key
        if key != "answer.each":
            assert placeholders(text) == placeholders(english), key


def test_free_text_keeps_its_variable_parts() -> None:
    for row in _table("phrases.fr.csv"):
        assert row["en"].count("{}") == row["text"].count("{}"), row["en"]
        assert row["text"].strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_domain_has_a_name(language: str) -> None:
    words = Words(language)
    assert all(words.has(f"kind.{kind}") and words.has(f"kind.{kind}.many") for kind in READER_KINDS)
    assert all(words.has(f"answer_word.{answer}") for answer in ANSWERS)
    assert all(words.has(f"counts_as.{word}") for word in COUNTS_AS)


def test_unknown_names_are_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="'zz'"):
        Words("zz")
    with pytest.raises(UnknownNameError, match="Did you mean 'reader'"):
        Words("en")("raeder")


def test_names_for_people() -> None:
    words = Words("en")
    assert words.metric("sensitivity") == "Sensitivity"
    assert words.metric("ppv", short=True) == "PPV"
    assert words.metric("half_life") == "Half life"
    assert words.finding("AF") == "Atrial fibrillation"
    assert words.finding("macro") == "Mean over findings"
    assert words.finding("pooled") == "All findings together"
    assert words.finding("XYZ") == "XYZ"
    assert words.arm("aided") == "aided"
    assert words.arm("night shift") == "night shift"
    assert words.kind("gp", many=True) == "GPs"
    assert words.kind("vet") == "vet"
    assert words.subgroup("sex=F") == "women"
    assert words.subgroup("age=40-64") == "age 40-64 years"
    assert words.subgroup("ward=3") == "ward=3"


def test_groups_of_readers_are_put_into_words() -> None:
    words = Words("en")
    assert words.group("gp", 12, "mean") == "12 GPs (mean)"
    assert words.group("gp", 12, "all") == "12 GPs together"
    assert words.group("gp", 12, "sentence.mean") == "the 12 GPs on average"
    assert words.group("gp", 12, "plain") == "12 GPs"
    assert words.group("gp", 1, "plain") == "1 GP"
    assert Words("fr").group("gp", 12, "mean") == "12 médecins généralistes (moyenne)"


def test_free_text_is_translated_where_known_and_kept_where_not() -> None:
    french = Words("fr")
    assert Words("en").phrase("no case has the finding") == "no case has the finding"
    assert french.phrase("no case has the finding") == "aucun cas ne présente l'anomalie"
    assert french.phrase("only 12 of 1000 resamples could be used").startswith("seuls 12 des 1000")
    assert french.phrase("a reason nobody thought of") == "a reason nobody thought of"
    assert french.phrase("12 readers; a method nobody knows") == "12 lecteurs\u00a0; a method nobody knows"
    assert french.phrase("") == ""


LABELS = ("Cohen kappa", "Cohen kappa, quadratic weights", "Cohen kappa, linear weights")
OVER = (
    "2 readers, fixed readers, Fisher z interval",
    "4 of 5 readers, random readers, cluster-robust, Fisher z interval",
    "1 of 2 readers, fixed readers, cluster-robust",
    "0 of 2 readers",
    "14 of 15 pairs; jackknife over 6 readers, random readers and cases, Fisher z interval",
    "15 pairs; jackknife over 6 readers, random readers and cases",
)
METHODS_OF_KAPPA = (
    *(f"{label}, mean over {over}" for label in LABELS for over in OVER),
    *(
        f"{name} kappa, {weights}{interval}"
        for name in ("Cohen", "Light")
        for weights in ("unweighted", "quadratic weights", "linear weights")
        for interval in ("", ", adjusted interval", ", adjusted interval, cluster-robust")
    ),
)
ENGLISH = re.compile(r"\b(mean|over|of|readers|pairs|weights|random|fixed|interval|unweighted|quadratic|linear)\b")


@pytest.mark.parametrize("method", METHODS_OF_KAPPA)
def test_kappas_of_pairs_and_their_means_are_made_in_french_words(method: str) -> None:
    french = Words("fr").phrase(method)
    assert french.startswith("kappa de ")
    assert not ENGLISH.findall(french)


def test_every_phrase_is_translated_once() -> None:
    english = [row["en"] for row in _table("phrases.fr.csv")]
    assert not [phrase for phrase, n in Counter(english).items() if n > 1], "the first would hide the others"


def test_french_punctuation_stays_on_the_line_of_its_word() -> None:
    for key in catalogue("fr"):
        values = dict.fromkeys(placeholders(catalogue("fr")[key]), "x")
        assert not re.search(r" [:;?!%»]|« ", Words("fr")(key, **values)), key


@pytest.mark.parametrize("name", registry.names("metrics"))
def test_every_metric_speaks_french(name: str) -> None:
    metric, french = registry.load("metrics", name, contract=Metric), Words("fr")
    assert french.has(f"metric.{name}")
    assert all(known_phrase(french, text) for text in (metric.question, metric.caveat))


def test_numbers_in_a_phrase_have_the_decimal_mark_of_the_language() -> None:
    method = "margin 0.05, random readers, cluster-robust, one-sided p of a difference of -0.05 or less"
    assert Words("en").phrase(method) == method
    assert Words("fr").phrase(method) == (
        "marge 0,05, lecteurs aléatoires, robuste par patient, p unilatéral d'une différence de \u22120,05 ou moins"
    )
    assert (
        Words("fr")
        .phrase("ppv at prevalence; prevalence 0.068 (1.0.3), taken as known")
        .endswith("(1.0.3), supposée connue")
    )


def test_what_ends_a_phrase_leaves_the_rest_to_other_phrases() -> None:
    french = Words("fr")
    assert french.phrase("sensitivity, subgroup minus all others, mean over 2 of 3 findings, 8 readers") == (
        "sensibilité, sous-groupe moins tous les autres, moyenne de 2 anomalies sur 3, 8 lecteurs"
    )
    assert french.phrase("random effects of practice, reader, ECG, ECG's help, random readers and cases") == (
        "effets aléatoires de cabinet, lecteur, ECG et effet de l'aide sur chaque ECG, lecteurs et cas aléatoires"
    )


def test_lists_in_a_sentence() -> None:
    words = Words("en")
    assert [words.listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_every_flaw_and_what_follows_has_its_words() -> None:
    for language in LANGUAGES:
        words = Words(language)
        assert all(words(f"flaw.{kind}") for kind in KINDS)
        assert all(words(f"quality.{action}") for action in ("exclude", "flag", "note", "off"))


@pytest.mark.parametrize(
    "text",
    [
        SAYS_NOTHING,
        NOTHING_VARIES,
        *(f"note: {note}" for note in NOTES),
        *(metric.caveat for metric in (Accuracy, Brier)),
        *(metric.question for metric in (Accuracy, Brier, Mcnemar)),
        "fewer than 20 ECGs of the subgroup count for this number",
        "fewer than 20 ECGs of one side count for this number",
        "normal interval, fixed readers, random cases: fewer than 4 readers say too little of others",
    ],
)
def test_what_metrics_say_has_its_french(text: str) -> None:
    assert known_phrase(Words("fr"), text) is not None
