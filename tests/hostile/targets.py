"""One target a reader: bytes of a stranger go in, an answer or an EcgEvalError comes out, and nothing else.

Shared by the property tests (hypothesis) and the fuzzer (scripts/fuzz_readers.py). Each writes its bytes into a folder
as the file that its reader reads, and asks the reader for all that it can give.
"""

import gzip
import json
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
from made_clinical_files import (
    counts,
    write_aecg,
    write_dicom,
    write_edf,
    write_ishne,
    write_muse,
    write_philips,
    write_scp,
)
from made_studies import accuracy, kappa, summary, written
from outside_networks import TAKES, exported, handed, onnx_network, recording

from ecg_eval.config.load import load_config
from ecg_eval.datasets._clinical.formats import read_clinical
from ecg_eval.datasets._fetching.checksums import checksum_list
from ecg_eval.datasets._tables.beat_annotations import read_annotations
from ecg_eval.datasets._tables.hdf5_tracings import TracingsFile
from ecg_eval.datasets._wfdb_files.recordings import Person
from ecg_eval.datasets._wfdb_files.records import read_record
from ecg_eval.datasets.packed_array import PackedArray
from ecg_eval.datasets.wfdb_folder import WfdbFolder
from ecg_eval.domain.facts.shard import ModelInShard, ShardFacts
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import EcgEvalError
from ecg_eval.models._parts.network_card import FORMAT
from ecg_eval.pipeline.drafting.draft import draft_studies
from ecg_eval.pipeline.observatory.pool import numbers_table, pool_studies
from ecg_eval.pipeline.study.door import scores_of
from ecg_eval.references.votes.adjudication import read_answers
from ecg_eval.storage.shard_folder import ShardFolder
from ecg_eval.tables.answer_sheets import SheetColumn, SheetWords, write_answer_sheet
from ecg_eval.tables.presets import PRESETS
from ecg_eval.tables.table_files import read_table

EXPORTS = Path(__file__).parents[1] / "tables"
Target = Callable[[bytes, Path], None]

HEADER = b"x 2 500 4\nx.dat 16 1000/mV 16 0 1 6 0 I\nx.dat 16 1000/mV 16 0 2 10 0 II\n# Age: 61\n"
SAMPLES = np.array([[1, 2], [0, 3], [2, 1], [3, 4]], dtype="<i2").tobytes()
LABELS = b"record_id,patient_id,age_years,sex,fold,AF\nx,p1,61,F,1,1\n"
READINGS = b"record_id,reader_id,finding,reading\nx,gp1,AF,present\n"
CONFIG = b"""name: a
dataset: {name: simulated, n_records: 10}
models: [prevalence]
findings: [AF]
"""
CHECKSUMS = b"0" * 64 + b" a/b.dat\n" + b"1" * 64 + b"  ./c.hea\n"


def wfdb_header(data: bytes, folder: Path) -> None:
    """Read a header of these bytes, with a small signal file beside it."""
    (folder / "x.hea").write_bytes(data)
    (folder / "x.dat").write_bytes(SAMPLES)
    read_record(folder / "x")


def wfdb_samples(data: bytes, folder: Path) -> None:
    """Read a signal file of these bytes in the WFDB format that the first byte chooses."""
    formats = ("16", "8", "24", "32", "61", "80", "160", "212", "310", "311", "508", "516", "524")
    chosen = formats[data[0] % len(formats)] if data else "16"
    header = HEADER.replace(b".dat 16 ", f".dat {chosen} ".encode()).replace(b" 6 0 I", b" ").replace(b" 10 0 II", b"")
    (folder / "x.hea").write_bytes(header)
    (folder / "x.dat").write_bytes(data[1:])
    read_record(folder / "x")


def clinical_file(data: bytes, folder: Path) -> None:
    """Read a hospital's file of these bytes, whatever its format."""
    (folder / "x").write_bytes(data)
    read_clinical(folder / "x")


def hdf5_tracings(data: bytes, folder: Path) -> None:
    """Read a file of tracings of these bytes."""
    (folder / "x.hdf5").write_bytes(data)
    file = TracingsFile(folder / "x.hdf5", STANDARD_LEADS, 400, None, "units")
    file.rows_by_id()
    if file.count():
        file.recording(0, "x", Person("p", None, None))


def annotations(data: bytes, folder: Path) -> None:
    """Read beats of these bytes beside a record."""
    (folder / "x.hea").write_bytes(HEADER)
    (folder / "x.atr").write_bytes(data)
    read_annotations(folder / "x", "atr")


def label_table(data: bytes, folder: Path) -> None:
    """Read a table of labels of these bytes beside one record."""
    (folder / "x.hea").write_bytes(HEADER)
    (folder / "x.dat").write_bytes(SAMPLES)
    (folder / "labels.csv").write_bytes(data)
    dataset = WfdbFolder(folder, folder / "labels.csv")
    dataset.records()
    dataset.labels(["AF"])


def packed_array(data: bytes, folder: Path) -> None:
    """Read a packed array of these bytes."""
    (folder / "x.npy").write_bytes(data)
    (folder / "x.csv").write_bytes(LABELS)
    dataset = PackedArray(folder / "x.npy", folder / "x.csv", 500, "mV", leads=["I", "II"])
    for problem in dataset.problems():
        raise problem
    dataset.load("x")


def manifest(data: bytes, folder: Path) -> None:
    """Read the manifest of a packed array of these bytes."""
    np.save(folder / "x.npy", np.zeros((1, 4, 2), dtype=np.float32))
    (folder / "x.csv").write_bytes(data)
    dataset = PackedArray(folder / "x.npy", folder / "x.csv", 500, "mV", leads=["I", "II"])
    for problem in dataset.problems():
        raise problem
    dataset.records()
    dataset.labels(["AF"])
    dataset.load("x")


def _table(suffix: str) -> Target:
    def read(data: bytes, folder: Path) -> None:
        (folder / f"x{suffix}").write_bytes(data)
        read_table(folder / f"x{suffix}")

    read.__doc__ = f"Read a table of readings, {suffix}, of these bytes."
    return read


def configuration(data: bytes, folder: Path) -> None:
    """Read a configuration of these bytes."""
    (folder / "run.yaml").write_bytes(data)
    load_config(folder / "run.yaml")


def checksums(data: bytes, folder: Path) -> None:
    """Read a list of checksums of these bytes; every path stays in its folder."""
    for path in checksum_list(data, source="x"):
        assert (folder / path).resolve().is_relative_to(folder.resolve()), path


def _export(preset: str, name: str) -> Target:
    def read(data: bytes, folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        PRESETS[preset].is_one(path.parent if preset == "challenge" else path)
        PRESETS[preset].read(path.parent if preset == "challenge" else path, read_table, lambda word: word == "1")

    read.__doc__ = f"Read an export, {preset}, of these bytes."
    return read


def drafted_study(data: bytes, folder: Path) -> None:
    """Draft a study from a table of these bytes."""
    (folder / "x").mkdir(exist_ok=True)
    (folder / "x" / "x.csv").write_bytes(data)
    (folder / "study.yaml").unlink(missing_ok=True)
    draft_studies([folder / "x"], folder / "study.yaml")


def observatory(data: bytes, folder: Path) -> None:
    """Pool a study's file of these bytes with another."""
    (folder / "x.json").write_bytes(data)
    other = written(folder, {"y": summary("y", accuracy(8, 10, 9, 10), agreement=(kappa(0.5, 0.1),))})
    numbers_table(pool_studies([folder / "x.json", *other]).numbers)


def adjudicated(data: bytes, folder: Path) -> None:
    """Read an adjudicator's answers of these bytes."""
    (folder / "x.csv").write_bytes(data)
    read_answers(folder / "x.csv")


def onnx_file(data: bytes, folder: Path) -> None:
    """Open a network of these bytes with ONNX Runtime, and let it read."""
    from ecg_eval.models.onnx_file import OnnxFile

    (folder / "x.onnx").write_bytes(data)
    scores_of(
        OnnxFile(folder / "x.onnx", outputs=["AF", "LBBB"], input=TAKES, trained_on=[]),
        "x",
        handed(recording()),
        ["AF"],
    )


def torch_file(data: bytes, folder: Path) -> None:
    """Open a network of these bytes with PyTorch."""
    from ecg_eval.models.torch_export import TorchExport

    (folder / "x.pt2").write_bytes(data)
    TorchExport(folder / "x.pt2", outputs=["AF", "LBBB"], input=TAKES, trained_on=[])


def skops_file(data: bytes, folder: Path) -> None:
    """Open an estimator of these bytes."""
    from ecg_eval.models.sklearn_skops import SklearnSkops

    (folder / "x.skops").write_bytes(data)
    SklearnSkops(folder / "x.skops", outputs=["AF"], trained_on=[])


def network_card(data: bytes, folder: Path) -> None:
    """Read the card of a network that was trained here, of these bytes."""
    from ecg_eval.models._parts.network_card import read_card

    (folder / "network.json").write_bytes(data)
    read_card(folder / "network.json", who="x")


def network_arrays(data: bytes, folder: Path) -> None:
    """Read the weights of a small network, of these bytes."""
    from ecg_eval.models.small_network import SmallNetwork

    (folder / "x.npz").write_bytes(data)
    SmallNetwork.restore(folder / "x.npz")


def predictions(data: bytes, folder: Path) -> None:
    """Read a model's answers in a file of these bytes."""
    from ecg_eval.models.predictions_file import PredictionsFile

    (folder / "x.csv").write_bytes(data)
    scores_of(PredictionsFile(folder / "x.csv", trained_on=[]), "x", handed(recording()), ["AF"])


def endpoint_answer(data: bytes, folder: Path) -> None:
    """Read what a server answers, of these bytes; what is no answer is none, with its reason."""
    from ecg_eval.models._parts.asking import NoAnswerError
    from ecg_eval.models.http_endpoint import HttpEndpoint

    model = HttpEndpoint("http://127.0.0.1:9/x", outputs=["AF", "LBBB"], input=TAKES, trained_on=[])
    with suppress(NoAnswerError):
        model._table(data, 1)


def container_answer(data: bytes, folder: Path) -> None:
    """Read what a container's program leaves, of these bytes."""
    from ecg_eval.models.container import Container

    (folder / "x.csv").write_bytes(data)
    Container("true {recordings} {answers}", trained_on=[])._answer(folder / "x.csv")


def shard(data: bytes, folder: Path) -> None:
    """Read what a shard says of itself, of these bytes."""
    (folder / "shard.json").write_bytes(data)
    ShardFolder(folder).read_facts()


def shard_work(data: bytes, folder: Path) -> None:
    """Read what a shard worked out, of these bytes; what is no whole file is none."""
    (folder / "work").mkdir(exist_ok=True)
    (folder / "work" / "00000.tsv.gz").write_bytes(data)
    ShardFolder(folder).read_piece("work", 0)


TARGETS: dict[str, Target] = {
    "wfdb_header": wfdb_header,
    "wfdb_samples": wfdb_samples,
    **dict.fromkeys(("dicom", "edf", "scp_ecg", "ishne", "hl7_aecg", "muse_xml", "philips_xml"), clinical_file),
    "hdf5_tracings": hdf5_tracings,
    "annotations": annotations,
    "label_table": label_table,
    "packed_array": packed_array,
    "manifest": manifest,
    "readings_csv": _table(".csv"),
    "readings_xlsx": _table(".xlsx"),
    "readings_parquet": _table(".parquet"),
    "label_studio_json": _export("label_studio", "x.json"),
    "label_studio_csv": _export("label_studio", "x.csv"),
    "redcap": _export("redcap", "x.csv"),
    "answer_sheets": _export("answer_sheets", "x.xlsx"),
    "grand_challenge": _export("grand_challenge", "x.json"),
    "challenge_outputs": _export("challenge", "outputs/x.csv"),
    "drafted_study": drafted_study,
    "configuration": configuration,
    "checksums": checksums,
    "observatory": observatory,
    "adjudicated": adjudicated,
    "onnx_file": onnx_file,
    "torch_file": torch_file,
    "skops_file": skops_file,
    "network_card": network_card,
    "network_arrays": network_arrays,
    "predictions": predictions,
    "endpoint_answer": endpoint_answer,
    "container_answer": container_answer,
    "shard": shard,
    "shard_work": shard_work,
}


def seeds(folder: Path) -> dict[str, list[bytes]]:
    """Return valid inputs of each target, written in a folder, for a fuzzer to start from."""
    stored = counts(8)
    array, sheet = BytesIO(), BytesIO()
    np.save(array, np.zeros((1, 4, 2), dtype=np.float32))
    from openpyxl import Workbook

    book = Workbook()
    for row in READINGS.decode().splitlines():
        book.active.append(row.split(","))
    book.save(sheet)
    import pandas as pd

    frame = pd.read_csv(BytesIO(READINGS), dtype="string")
    return {
        "wfdb_header": [HEADER, b"x/2 2 500 8\na 4\n~ 4\n", b"x 1\nx.dat 212x2:3+1 200(5)/uV\n"],
        "wfdb_samples": [bytes([i]) + SAMPLES * 4 for i in range(13)],
        "dicom": [write_dicom(folder / "s", stored).read_bytes()],
        "edf": [write_edf(folder / "s", counts(500)[:, :2] * 0.0025, ["ECG I", "ECG II"]).read_bytes()],
        "scp_ecg": [write_scp(folder / "s", stored, packed=p).read_bytes() for p in (True, False)],
        "ishne": [write_ishne(folder / "s", stored).read_bytes()],
        "hl7_aecg": [write_aecg(folder / "s", stored).read_bytes()],
        "muse_xml": [write_muse(folder / "s", stored).read_bytes()],
        "philips_xml": [
            write_philips(folder / "s", stored, encoding="utf-8", packed=p).read_bytes() for p in (True, False)
        ],
        "hdf5_tracings": [_hdf5()],
        "annotations": [_annotations()],
        "label_table": [LABELS],
        "packed_array": [array.getvalue()],
        "manifest": [LABELS],
        "readings_csv": [READINGS],
        "readings_xlsx": [sheet.getvalue()],
        "readings_parquet": [frame.to_parquet()],
        "label_studio_json": [
            (EXPORTS / "label_studio" / name).read_bytes() for name in ("export.json", "export.min.json")
        ],
        "label_studio_csv": [(EXPORTS / "label_studio" / "export.csv").read_bytes()],
        "redcap": [(EXPORTS / "redcap" / name).read_bytes() for name in ("raw.csv", "labelled.csv")],
        "answer_sheets": [_answer_sheet(folder / "s.xlsx")],
        "grand_challenge": [(EXPORTS / "grand_challenge" / "answers.json").read_bytes()],
        "challenge_outputs": [(EXPORTS / "challenge" / "A0001.csv").read_bytes()],
        "drafted_study": [READINGS, b"ecg;truth;a;b\n1;x;x;y\n2;y;y;y\n3;x;y;x\n4;x;x;x\n"],
        "configuration": [CONFIG],
        "checksums": [CHECKSUMS],
        "onnx_file": [onnx_network(folder / "s.onnx").read_bytes()],
        "torch_file": [exported(folder / "s.pt2").read_bytes()],
        "skops_file": [_skops(folder / "s.skops")],
        "network_card": [_card()],
        "network_arrays": [_arrays(folder / "s.npz")],
        "predictions": [b"record_id,AF,LBBB\na,0.5,0.25\nb,,1\n"],
        "endpoint_answer": [b'{"predictions": [[0.5, null]]}', b'{"scores": [[0.5, 1]]}'],
        "container_answer": [b"#a\nAF, LBBB\n1, 0\n0.75, 0.25\n"],
        "shard": [_shard(folder / "shard")],
        "shard_work": [gzip.compress(b'"a"\t[1.0, NaN]\n"b"\t"why"\n', 1, mtime=0)],
        "adjudicated": [b"record_id,finding,answer,comment\nx,AF,present,\ny,AF,,\nz,AF,non,x\n"],
        "observatory": [
            written(folder, {"x": summary("x", accuracy(80, 100, 90, 100), agreement=(kappa(0.6, 0.1),))})[
                0
            ].read_bytes()
        ],
    }


def _answer_sheet(path: Path) -> bytes:
    columns = [
        SheetColumn(header="ECG", means="record_id", is_fixed=True),
        SheetColumn(header="AF", means="finding:AF", words={"yes": "present"}),
    ]
    words = SheetWords(title="answers", choose="a word", number="a number")
    return write_answer_sheet(path, columns, [("K7MQ",)], reader="gp1", words=words).read_bytes()


def _skops(path: Path) -> bytes:
    import skops.io
    from sklearn.linear_model import LogisticRegression

    skops.io.dump(LogisticRegression().fit([[0.0], [1.0], [0.2], [0.9]], [0, 1, 0, 1]), path)
    return path.read_bytes()


def _card() -> bytes:
    card = {
        "format": FORMAT,
        "architecture": "small",
        "input": TAKES,
        "outputs": ["AF", None],
        "trained_on": ["ptb_xl folds 1-8"],
        "weights": "network.safetensors",
        "weights_sha256": "0" * 64,
        "training": {},
    }
    return json.dumps(card).encode()


def _arrays(path: Path) -> bytes:
    from ecg_eval.models._parts.residual_network import build
    from ecg_eval.models.small_network import SmallNetwork

    model = SmallNetwork()
    model._findings, model._networks = ("AF",), [build(1).eval()]
    model.save(path)
    return path.read_bytes()


def _shard(path: Path) -> bytes:
    models = {"net": ModelInShard(how="read", counts={"not_read": {"too short": 2}})}
    facts = ShardFacts(number=1, of=2, made_from={"a": "b"}, recordings=3, ids="c", models=models)
    ShardFolder(path).write_facts(facts)
    return (path / "shard.json").read_bytes()


def _hdf5() -> bytes:
    import h5py

    out = BytesIO()
    with h5py.File(out, "w") as file:
        file["tracings"] = np.ones((2, 8, 12), dtype=np.float32)
        file["exam_id"] = np.array([1, 2])
    return out.getvalue()


def _annotations() -> bytes:
    """Return two normal beats, at samples 1 and 3, an end mark after them (WFDB annotation format)."""
    return np.array([1 << 10 | 1, 1 << 10 | 2, 0], dtype="<u2").tobytes()


def answer(name: str, data: bytes, folder: Path) -> EcgEvalError | None:
    """Run a target; return the error that it told, None when it had an answer. Any other exception gets out."""
    try:
        TARGETS[name](data, folder)
    except EcgEvalError as error:
        return error
    return None
