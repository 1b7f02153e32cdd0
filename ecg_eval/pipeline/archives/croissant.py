"""A dataset's card as Croissant metadata (MLCommons, version 1.0), which catalogues and loaders of other programs read.

JSON-LD by https://docs.mlcommons.org/croissant/docs/croissant-spec.html, with the responsible-AI properties that the
card can fill (https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html). Only what is known is said: files
have the digests of those that were looked at, tables the columns that they have, findings the counts of the card.
Records and patients are not listed.
"""

import json
import mimetypes
import re
from pathlib import Path

import pandas as pd

from ecg_eval.datasets._fetching.archives import ARCHIVES
from ecg_eval.pipeline.archives.card import Card

_VERSION = re.compile(r"\d+(\.\d+){0,2}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LICENCES = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "MIT": "https://opensource.org/license/mit",
    "ODC-By 1.0": "https://opendatacommons.org/licenses/by/1-0/",
}
_KINDS = {"i": "sc:Integer", "f": "sc:Float", "b": "sc:Boolean"}
_ROWS = 2000  # of a table, looked at for the types of its columns

# the context of the specification's appendix 1, with that of the responsible-AI vocabulary
_CONTEXT: dict[str, object] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant_text(card: Card) -> str:
    """Return a card as Croissant JSON-LD."""
    return json.dumps(croissant(card), indent=2, ensure_ascii=False) + "\n"


def croissant(card: Card) -> dict[str, object]:
    """Return a card as the object that Croissant describes."""
    stated = card.stated
    files = _files(card)
    metadata: dict[str, object] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": card.name,
        "alternateName": stated.title,
        "description": _description(card),
        "license": _LICENCES.get(stated.licence, stated.licence),
        "citeAs": stated.citation,
        "isAccessibleForFree": stated.access != "credentialed",
        "keywords": ["electrocardiogram", "ECG", "12-lead ECG"],
        "distribution": files,
        "recordSet": [*(s for f in files if (s := _record_set(card, f)) is not None), *_findings(card)],
        "rai:dataCollection": f"Patients: {stated.population}. Devices: {stated.devices}.",
        "rai:dataAnnotationProtocol": " ".join(filter(None, [f"{stated.labelled_by}.", card.label_rule])),
        "rai:dataLimitations": _limitations(card),
    }
    if stated.url.startswith("https://"):
        metadata["url"] = stated.url
    if _VERSION.fullmatch(stated.version):
        metadata["version"] = stated.version
    if card.counts:
        metadata["rai:personalSensitiveInformation"] = [k for k in ("age_years", "sex") if k in card.counts]
    return {key: value for key, value in metadata.items() if value not in ("", [])}


def _description(card: Card) -> str:
    parts = [f"{card.stated.title}.", f"Version: {card.stated.version}.", f"Size: {card.stated.size}."]
    if counts := card.counts:
        parts.append(
            f"Here: {counts['records']} records of {counts['patients']} patients, {counts['records_with_signal']} with "
            "a signal."
        )
    parts.append(f"Leads in the files: {card.stated.lead_order}. Units: {card.stated.units}.")
    return " ".join(parts)


def _limitations(card: Card) -> list[str]:
    limitations = ["Prevalence is that of this collection; predictive values do not carry over to other patients."]
    if card.related:
        limitations.insert(0, f"Shares recordings or patients with: {', '.join(card.related.values())}.")
    return limitations


def _files(card: Card) -> list[dict[str, str]]:
    """Return the files whose digests are known; digests of many files together have no place in Croissant."""
    return [
        {
            "@type": "cr:FileObject",
            "@id": _identity(name),
            "name": name,
            "contentUrl": _address(card, name),
            "encodingFormat": mimetypes.guess_type(name)[0] or "application/octet-stream",
            "sha256": digest,
            **_size(card, name),
        }
        for name, digest in card.digests.items()
        if _SHA256.fullmatch(digest) and _is_file(card, name)
    ]


def _is_file(card: Card, name: str) -> bool:
    return card.root is not None and (card.root / name).is_file()


def _size(card: Card, name: str) -> dict[str, str]:
    return {"contentSize": f"{(Path(card.root or '') / name).stat().st_size} B"}


def _address(card: Card, name: str) -> str:
    """Return where a file is: of a public archive its address there, else its path below the folder."""
    by_name = {re.sub(r"[-_]", "", key): archive.url for key, archive in ARCHIVES.items()}
    return by_name.get(card.name.replace("_", ""), "") + name


def _record_set(card: Card, file: dict[str, str]) -> dict[str, object] | None:
    """Return the columns of a table as they stand in the file; None for what is no table."""
    name = file["name"]
    if card.root is None or not name.endswith(".csv"):
        return None
    try:
        table = pd.read_csv(card.root / name, nrows=_ROWS, float_precision="round_trip")
    except (OSError, ValueError):
        return None
    columns = [c for c in table.columns if not str(c).startswith("Unnamed")]
    fields = [
        {
            "@type": "cr:Field",
            "@id": _identity(f"{name}/{column}"),
            "name": str(column),
            "dataType": _KINDS.get(table[column].dtype.kind, "sc:Text"),
            "source": {"fileObject": {"@id": file["@id"]}, "extract": {"column": str(column)}},
        }
        for column in columns
    ]
    about = f"Columns of {name}, as the archive names them."
    identity = _identity(f"columns/{name}")
    return {"@type": "cr:RecordSet", "@id": identity, "name": identity, "description": about, "field": fields}


def _identity(text: str) -> str:
    """Return an identity without the white space that the validator refuses."""
    return "_".join(text.split())


def _findings(card: Card) -> list[dict[str, object]]:
    """Return the counts of findings as data of their own."""
    if not card.findings:
        return []
    kinds = dict.fromkeys(("present", "absent", "unknown"), "sc:Integer")
    fields = [
        {"@type": "cr:Field", "@id": f"findings/{key}", "name": key, "dataType": kinds.get(key, "sc:Text")}
        for key in ("code", "name", "present", "absent", "unknown")
    ]
    rows = [{f"findings/{key}": value for key, value in row.items()} for row in card.findings]
    about = "How many records show each finding, by the rule of annotation."
    identity = {"@type": "cr:RecordSet", "@id": "findings", "name": "findings", "description": about}
    return [identity | {"key": {"@id": "findings/code"}, "field": fields, "data": rows}]
