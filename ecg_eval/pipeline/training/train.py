"""`ecg-eval train`: a network of a named architecture is trained on a configured archive, and left with its card.

After every epoch a checkpoint is kept; the same command goes on from it after a kill, to the same weights to the byte
(on the processor). A finished training is not repeated.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ecg_eval.config.load import load_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.errors import InputFileError, ProblemsError
from ecg_eval.models._parts.network_card import NetworkCard, load_network, read_card
from ecg_eval.pipeline.progress import Progress, silent
from ecg_eval.pipeline.study.check import examine
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.provenance import dataset_facts
from ecg_eval.pipeline.study.store import RUNS, store_uri
from ecg_eval.pipeline.study.version import own_version
from ecg_eval.pipeline.training.lessons import WHO, Material, for_a_network, gathered
from ecg_eval.storage.atomic import digest_of_bytes, write_atomically
from ecg_eval.storage.lock import held

if TYPE_CHECKING:
    from ecg_eval.models._parts.network_training import Teaching, Trained
    from ecg_eval.models._parts.training_state import Tensors

CARD, WEIGHTS, CHECKPOINT, CURVES = "network.json", "network.safetensors", "checkpoint.safetensors", "curves.csv"


@dataclass(frozen=True, kw_only=True)
class TrainOutcome:
    """What a training left.

    Attributes
    ----------
    card, weights, curves : Path
    findings : tuple of str
        What the network says, in the order of its outputs.
    facts : mapping
        How it came about: as its card has it.
    epochs : tuple of mapping
        One an epoch.
    gone_on_from : int
        Epochs that stood already when this began.
    not_taught : mapping of str to str
    not_used : mapping of str to int
    tracking : str
    """

    card: Path
    weights: Path
    curves: Path
    findings: tuple[str, ...]
    facts: Mapping[str, object]
    epochs: tuple[Mapping[str, float], ...]
    gone_on_from: int
    not_taught: Mapping[str, str]
    not_used: Mapping[str, int]
    tracking: str


def train_file(
    path: Path,
    *,
    overrides: Sequence[str] = (),
    out: Path | None = None,
    anew: bool = False,
    progress: Progress = silent,
) -> TrainOutcome:
    """Train the network of a configuration, or go on where a training was broken off.

    Parameters
    ----------
    path : Path
    overrides : sequence of str
    out : Path, optional
        Folder of weights, card, curves and checkpoint; runs/NAME-training when not given.
    anew : bool
        Whether a checkpoint that stands there is left aside.
    progress : Progress

    Raises
    ------
    EcgEvalError
        When the configuration is wrong, nothing can be learnt, or the folder holds another training.
    """
    config = for_a_network(load_config(path, overrides))
    if problems := examine(config, contents=False).problems:
        raise ProblemsError(str(path), problems)
    with speaking_as(config):
        return train_network(config, out or RUNS / f"{config.name}-training", anew=anew, progress=progress)


def train_network(config: RunConfig, folder: Path, *, anew: bool = False, progress: Progress = silent) -> TrainOutcome:
    """Train the network of a configuration into a folder; see ``train_file``."""
    from ecg_eval.models._parts.network_training import Teaching, facts_of, train

    with held(folder):
        material = gathered(config, progress)
        first, learnt_before = _first_weights(config, material)
        teaching = Teaching(
            settings=config.training,
            taken=material.taken,
            learn=material.learn,
            stop=material.stop,
            seed=config.seed,
            first=first,
        )
        at = folder / CHECKPOINT
        trained = train(
            teaching,
            checkpoint=at.read_bytes() if at.is_file() and not anew else None,
            name=str(at),
            keep=lambda content: write_atomically(at, content),
            watch=lambda numbers: _watched(numbers, progress),
        )
        facts = {**facts_of(trained, teaching), "not_used": material.not_used, "not_taught": material.not_taught}
        _write(config, material, trained, facts, learnt_before, folder)
    return TrainOutcome(
        card=folder / CARD,
        weights=folder / WEIGHTS,
        curves=folder / CURVES,
        findings=material.findings,
        facts=facts,
        epochs=tuple(asdict(epoch) for epoch in trained.history),
        gone_on_from=trained.gone_on_from,
        not_taught=material.not_taught,
        not_used=material.not_used,
        tracking=_tracked(config, material, teaching, trained, folder),
    )


def train_lines(outcome: TrainOutcome) -> list[str]:
    """Return what came of a training in words, and how a configuration names the network."""
    facts = outcome.facts
    lines = []
    if outcome.gone_on_from:
        done = len(outcome.epochs) == outcome.gone_on_from
        lines.append(
            "Nothing had changed: this training had ended already."
            if done
            else f"Gone on after epoch {outcome.gone_on_from}."
        )
    lines.append(
        f"{facts['epochs_done']} epochs on {facts['n_train']} ECGs; the best, {facts['best_epoch']}, has a mean AUROC "
        f"of {facts['auroc_threshold']:.3f} on the {facts['n_threshold']} ECGs of the threshold folds, by which it was "
        "chosen: no measure of how good it is."
    )
    lines += [f"Not taught: {code}: {why}." for code, why in outcome.not_taught.items()]
    lines += [f"Not used: {n} ECG{'' if n == 1 else 's'}: {reason}." for reason, n in outcome.not_used.items()]
    lines += ["", "Name it in a configuration:", "  models:"]
    lines += [f"    - {{name: trained_network, id: network, path: {outcome.card.resolve()}}}", ""]
    lines += [f"Weights: {outcome.weights}", f"Curves:  {outcome.curves}", f"MLflow:  {outcome.tracking}"]
    return lines


def _watched(numbers: range, progress: Progress) -> Iterator[int]:
    yield from (int(name) for name in progress([str(n) for n in numbers], "Training"))


def _first_weights(config: RunConfig, material: Material) -> tuple["Tensors", tuple[str, ...]]:
    """Return the weights that a training begins with, and what they have seen; none where it begins anew."""
    if config.training.start_from is None:
        return {}, ()
    from ecg_eval.models._parts.network_training import head_of

    path = config.data_root / config.training.start_from
    card = read_card(path, who=WHO)
    if card.architecture != config.training.architecture:
        rule = f"of the architecture that is trained, {config.training.architecture}"
        raise InputFileError(WHO, "training.start_from", rule, card.architecture)
    network = load_network(card, path.parent, who=WHO)
    weights = dict(network.state_dict())
    if card.outputs != material.findings:
        weights = {name: value for name, value in weights.items() if name.rpartition(".")[0] != head_of(network)}
    return weights, card.trained_on


def _write(
    config: RunConfig,
    material: Material,
    trained: "Trained",
    facts: Mapping[str, object],
    learnt_before: Sequence[str],
    folder: Path,
) -> None:
    from ecg_eval.models._parts.training_state import as_safetensors

    weights = as_safetensors(trained.weights)
    dataset = material.parts.dataset
    folds = ",".join(map(str, sorted({*config.split.train, *config.split.threshold})))
    card = NetworkCard(
        architecture=config.training.architecture,
        input=config.training.input,
        outputs=material.findings,
        trained_on=tuple(dict.fromkeys([f"{dataset.name} folds {folds}", *dataset.lineage, *learnt_before])),
        weights=WEIGHTS,
        weights_sha256=digest_of_bytes(weights),
        training=facts,
    )
    write_atomically(folder / WEIGHTS, weights)
    write_atomically(folder / CARD, card.text)
    curves = pd.DataFrame([asdict(epoch) for epoch in trained.history])
    write_atomically(folder / CURVES, curves.to_csv(index=False, lineterminator="\n"))


def _tracked(config: RunConfig, material: Material, teaching: "Teaching", trained: "Trained", folder: Path) -> str:
    """Log a training with its curves to MLflow, and say what came of it; never raise because of the store."""
    if not config.tracking.enabled:
        return "Tracking is switched off in the configuration."
    from ecg_eval.tracking.log_items import dataset_of
    from ecg_eval.tracking.log_training import training_run
    from ecg_eval.tracking.mlflow_tracker import log_to_mlflow

    dataset = dataset_of(
        dataset_facts(material.parts.dataset),
        record_ids=material.record_ids,
        n_patients=material.n_patients,
        version=own_version(),
    )
    run = training_run(
        name=config.name,
        digest=trained.digest,
        dataset=dataset,
        params=config.training.model_dump(mode="json") | {"seed": teaching.seed, "device": trained.device},
        epochs=[asdict(epoch) for epoch in trained.history],
        best_epoch=trained.best.number,
        artifacts=(CARD, CURVES),
    )
    outcome = log_to_mlflow(
        [run],
        uri=store_uri(config),
        experiment=config.tracking.experiment,
        run_folder=folder,
        log_later="Give the same command again when the store answers: nothing is trained twice.",
        limit_s=config.tracking.limit_s,
    )
    return outcome.message
