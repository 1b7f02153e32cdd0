"""What of a training is logged: its settings, its curves over the epochs, and where it stood at its best."""

from collections.abc import Mapping, Sequence

from ecg_eval.tracking.log_run import EVALUATION_ID, READER, READER_KIND, LogDataset, LogRun

# value of an epoch -> the name that the store shows it by, short as lists cut it
_CURVES = {
    "loss_train": "loss/train",
    "loss_threshold": "loss/threshold",
    "auroc_threshold": "auroc/threshold",
    "learning_rate": "training/rate",
}


def training_run(
    *,
    name: str,
    digest: str,
    dataset: LogDataset,
    params: Mapping[str, object],
    epochs: Sequence[Mapping[str, float]],
    best_epoch: int,
    artifacts: Sequence[str] = (),
) -> LogRun:
    """Return the run of a training.

    Parameters
    ----------
    name : str
        Of the configuration.
    digest : str
        Of all that the training depended on: one that is repeated is logged once.
    dataset : LogDataset
    params : mapping
        Its settings.
    epochs : sequence of mapping
        One an epoch, by the keys of ``_CURVES``.
    best_epoch : int
        From 1.
    artifacts : sequence of str
        Files of its folder.
    """
    best = epochs[best_epoch - 1]
    return LogRun(
        name=f"{name} training",
        tags={EVALUATION_ID: f"{name}-training-{digest[:12]}", READER: f"{name} training", READER_KIND: "training"},
        params={key: str(value) for key, value in params.items()},
        metrics={"best/epoch": float(best_epoch), "best/auroc": best["auroc_threshold"]},
        dataset=dataset,
        curves={shown: [float(epoch[key]) for epoch in epochs] for key, shown in _CURVES.items()},
        artifacts=tuple(artifacts),
    )
