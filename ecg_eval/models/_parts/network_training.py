"""A network of a named architecture is trained: early stopping, imbalance, variations, one checkpoint an epoch.

What an epoch draws depends on the seed and its number alone, and the learning rate on the number of the step, so that a
training that was killed goes on from its last checkpoint to the same weights.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ecg_eval.config.schema import Training
from ecg_eval.errors import ConfigError, InputFileError
from ecg_eval.models._parts.architectures import built
from ecg_eval.models._parts.ecg_augmentation import USUAL, checked_amounts, varied
from ecg_eval.models._parts.network_input import Batch, NetworkInput
from ecg_eval.models._parts.network_steps import masked_loss, start_at_prevalence, threads
from ecg_eval.models._parts.training_state import Epoch, State, Tensors, finished

_WHO = "train"
_RISING = 0.25  # share of the steps over which the learning rate rises
_FIRST, _LAST = 1 / 25, 1e-4  # of the highest learning rate, where it begins and ends
_MOST = 20.0  # times that a recording with a finding counts at most
_READ_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Lessons:
    """Recordings to learn from, or to stop by.

    Attributes
    ----------
    windows : ndarray of float32, shape (n_windows, n_leads, n_samples)
    rows : ndarray of int, shape (n_windows,)
        The recording of each window.
    labels : ndarray of float32, shape (n_recordings, n_findings)
        1, 0 or NaN.
    """

    windows: Batch
    rows: NDArray[np.int64]
    labels: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Teaching:
    """All that a training depends on.

    Attributes
    ----------
    settings : Training
    taken : NetworkInput
    learn, stop : Lessons
        Of the training folds and of the threshold folds.
    seed : int
    first : dict of str to Tensor
        Weights to begin with, by name; those that are not given are drawn.
    """

    settings: Training
    taken: NetworkInput
    learn: Lessons
    stop: Lessons
    seed: int
    first: Tensors = field(default_factory=dict)

    @property
    def amounts(self) -> dict[str, float]:
        """Return the variations, checked."""
        asked = USUAL if self.settings.augmentation is None else self.settings.augmentation
        return checked_amounts(asked, who=_WHO)

    @property
    def weight(self) -> NDArray[np.float32]:
        """Return how many times a recording with each finding counts, shape (n_findings,)."""
        y = self.learn.labels
        n_with, n_without = np.nansum(y, axis=0), np.nansum(1 - y, axis=0)
        if self.settings.imbalance == "none":
            return np.ones(y.shape[1], dtype=np.float32)
        return np.asarray(np.clip(n_without / np.maximum(n_with, 1), 1, _MOST), dtype=np.float32)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of recordings, labels, settings and seed."""
        settings = self.settings.model_dump(mode="json", exclude={"start_from", "device", "threads"})
        whole = hashlib.sha256(json.dumps([settings, self.seed, self.amounts], sort_keys=True).encode())
        for part in (self.learn, self.stop):
            for array in (part.windows, part.rows, part.labels):
                whole.update(str(array.shape).encode())
                whole.update(np.ascontiguousarray(array).data)
        for name, value in sorted(self.first.items()):
            whole.update(name.encode())
            whole.update(value.numpy().tobytes())
        return whole.hexdigest()


@dataclass(frozen=True, kw_only=True, eq=False)
class Trained:
    """What a training left.

    Attributes
    ----------
    weights : dict of str to Tensor
        Of the best epoch, on the processor.
    history : tuple of Epoch
    best : Epoch
    digest : str
    gone_on_from : int
        Epochs that stood already.
    device : str
    n_parameters : int
    """

    weights: Tensors
    history: tuple[Epoch, ...]
    best: Epoch
    digest: str
    gone_on_from: int
    device: str
    n_parameters: int


def train(
    teaching: Teaching,
    *,
    checkpoint: bytes | None,
    name: str,
    keep: Callable[[bytes], None],
    watch: Callable[[range], Iterable[int]],
) -> Trained:
    """Return a trained network.

    Parameters
    ----------
    teaching : Teaching
    checkpoint : bytes or None
        The last that was kept of the same training.
    name : str
        Of the checkpoint's file, for messages.
    keep : callable
        Is handed each epoch's checkpoint.
    watch : callable
        Epochs to come -> the same, while something may be shown.

    Raises
    ------
    EcgEvalError
        When the settings cannot be, or the checkpoint is of another training.
    """
    settings, device = teaching.settings, _device(teaching.settings)
    others = [torch.cuda.current_device()] if device.type == "cuda" else []
    with threads(settings.threads), torch.random.fork_rng(devices=others):
        torch.manual_seed(_seed(teaching.seed, 0))
        state = _begun(teaching, device)
        if checkpoint is not None:
            state.go_on_from(checkpoint, who=_WHO, name=name)
        stood = len(state.history)
        for number in watch(range(stood + 1, settings.epochs + 1)):
            if finished(state.history, best=state.best_epoch, epochs=settings.epochs, patience=settings.patience):
                break
            torch.manual_seed(_seed(teaching.seed, number))
            state.note(_one_epoch(teaching, state, number, device))
            keep(state.to_bytes())
    best = state.best_epoch
    if best is None:
        raise InputFileError(_WHO, name, "a checkpoint of at least one epoch")
    return Trained(
        weights=_at_prevalence(state.best, f"{head_of(state.network)}.bias", teaching.weight),
        history=tuple(state.history),
        best=best,
        digest=state.digest,
        gone_on_from=stood,
        device=str(device),
        n_parameters=sum(p.numel() for p in state.network.parameters()),
    )


def outputs_of(network: nn.Module, lessons: Lessons, device: torch.device) -> NDArray[np.float64]:
    """Return the logits of each recording, the mean over its windows, shape (n_recordings, n_findings)."""
    network.eval()
    with torch.inference_mode():
        windows = torch.split(torch.from_numpy(lessons.windows), _READ_AT_ONCE)
        parts = [network(x.to(device)).float().cpu() for x in windows]
    each = torch.cat(parts).double().numpy()
    total = np.zeros((len(lessons.labels), each.shape[1]))
    np.add.at(total, lessons.rows, each)
    return total / np.maximum(np.bincount(lessons.rows, minlength=len(total)), 1)[:, None]


def macro_auroc(labels: NDArray[np.float32], outputs: NDArray[np.float64]) -> float:
    """Return the mean AUROC over the findings that have both classes among the known labels; NaN for none."""
    from sklearn.metrics import roc_auc_score

    areas = []
    for y, score in zip(labels.T, outputs.T, strict=True):
        is_known = np.isfinite(y)
        if len(np.unique(y[is_known])) > 1:
            areas.append(float(roc_auc_score(y[is_known], score[is_known])))
    return float(np.mean(areas)) if areas else math.nan


def _device(settings: Training) -> torch.device:
    there = torch.cuda.is_available()
    if settings.device == "cuda" and not there:
        remedy = "Leave `training.device` out, or install a build of PyTorch for the card."
        raise ConfigError(_WHO, "training.device", "a device that PyTorch sees", "cuda", remedy)
    return torch.device("cuda" if there and settings.device != "cpu" else "cpu")


def _seed(seed: int, epoch: int) -> int:
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0] >> 1)


def _begun(teaching: Teaching, device: torch.device) -> State:
    settings, y = teaching.settings, teaching.learn.labels
    network = built(settings.architecture, n_findings=y.shape[1], taken=teaching.taken, who=_WHO)
    if not math.isfinite(macro_auroc(teaching.stop.labels, np.zeros(teaching.stop.labels.shape))):
        rule = "folds that show some finding, and lack it: training is stopped by them"
        raise ConfigError(_WHO, "split.threshold", rule, f"{len(teaching.stop.labels)} recordings without")
    start_at_prevalence(network, y, teaching.weight)
    head = head_of(network)
    if teaching.first:
        own_weights = network.state_dict()
        fitting = {n: v for n, v in teaching.first.items() if n in own_weights and own_weights[n].shape == v.shape}
        missing = [n for n in own_weights if n not in fitting and n.rpartition(".")[0] != head]
        if missing:
            rule = f"weights of {settings.architecture} for the same leads and length"
            raise ConfigError(_WHO, "training.start_from", rule, f"none that fit {missing[0]}")
        network.load_state_dict(own_weights | fitting)
    if settings.train_only == "head":
        for key, value in network.named_parameters():
            value.requires_grad_(key.rpartition(".")[0] == head)
    network.to(device)
    moving = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    return State(teaching.digest, network, optimizer)


def head_of(network: nn.Module) -> str:
    """Return the name of the last layer."""
    return list(network.state_dict())[-1].rpartition(".")[0]


def _one_epoch(teaching: Teaching, state: State, number: int, device: torch.device) -> Epoch:
    settings, learn = teaching.settings, teaching.learn
    x, target = torch.from_numpy(learn.windows), torch.from_numpy(learn.labels[learn.rows])
    weight = torch.from_numpy(teaching.weight).to(device)
    steps = torch.randperm(len(x)).tensor_split(max(len(x) // settings.batch, 1))
    state.network.train(settings.train_only == "all")  # a network that is left as it is keeps its means and spreads too
    losses, rate = [], 0.0
    for step, rows in enumerate(steps):
        rate = settings.learning_rate * _rate((number - 1) * len(steps) + step, settings.epochs * len(steps))
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        state.optimizer.zero_grad()
        windows = varied(x[rows], teaching.amounts, rate_hz=teaching.taken.sampling_rate_hz).to(device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=settings.precision == "bf16"):
            logits = state.network(windows)
        loss = masked_loss(logits.float(), target[rows].to(device), weight)
        torch.autograd.backward(loss)
        state.optimizer.step()
        losses.append(float(loss.detach()))
        if not math.isfinite(losses[-1]):
            remedy = "Give a lower `training.learning_rate`, or float32 for bf16."
            raise ConfigError(_WHO, f"epoch {number}, its loss", "a finite number", losses[-1], remedy)
    outputs = outputs_of(state.network, teaching.stop, device)
    labels = torch.from_numpy(teaching.stop.labels)
    return Epoch(
        number=number,
        learning_rate=rate,
        loss_train=float(np.mean(losses)),
        loss_threshold=float(masked_loss(torch.from_numpy(outputs), labels, weight.cpu())),
        auroc_threshold=macro_auroc(teaching.stop.labels, outputs),
    )


def _rate(step: int, n_steps: int) -> float:
    """Return the share of the highest learning rate: it rises, then falls, each as half a cosine (Smith 2018)."""
    top = max(round(_RISING * n_steps), 1)
    if step < top:
        return _FIRST + (1 - _FIRST) * (1 - math.cos(math.pi * step / top)) / 2
    return _LAST + (1 - _LAST) * (1 + math.cos(math.pi * (step - top) / max(n_steps - top, 1))) / 2


def _at_prevalence(weights: Tensors, last: str, weight: NDArray[np.float32]) -> Tensors:
    """Return weights whose outputs are log odds again: counting a finding w times raises them by log w.

    King G, Zeng L. Logistic regression in rare events data. Polit Anal 2001;9:137-163, prior correction.
    """
    return weights | {last: weights[last] - torch.from_numpy(np.log(weight))}


def facts_of(trained: Trained, teaching: Teaching) -> Mapping[str, object]:
    """Return how a network came about, for its card."""
    settings = teaching.settings.model_dump(mode="json", exclude={"input", "architecture", "augmentation"})
    return {
        **settings,
        "start_from": bool(teaching.first),
        "augmentation": teaching.amounts,
        "seed": teaching.seed,
        "device": trained.device,
        "n_parameters": trained.n_parameters,
        "n_train": len(teaching.learn.labels),
        "n_threshold": len(teaching.stop.labels),
        "epochs_done": len(trained.history),
        "best_epoch": trained.best.number,
        "auroc_threshold": trained.best.auroc_threshold,
        "digest": trained.digest,
    }
