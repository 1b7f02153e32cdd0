"""What a store holds of a test set: searched over all its experiments, deleted runs too, since a look was a look."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ecg_eval.domain.reading import MACHINE_KINDS
from ecg_eval.tracking.ledger import Ledger, Look
from ecg_eval.tracking.log_run import (
    DESCRIPTION,
    EVALUATION_ID,
    HEADLINE,
    HEADLINE_ERROR,
    NO_TEST_SET,
    READER,
    READER_KIND,
    TEST_SET,
    VERSION,
    LogRun,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

_PAGE = 1000


def ledger_of(client: "MlflowClient", items: Sequence[LogRun]) -> Ledger | None:
    """Return the ledger of the test set that the runs of an evaluation are of; None where no model was scored."""
    scored = [item for item in items if item.tags.get(VERSION)]
    if not scored:
        return None
    first = scored[0]
    test_set = first.tags[TEST_SET]
    headline = next((item.tags[HEADLINE] for item in reversed(scored) if HEADLINE in item.tags), "")
    errors = [
        float(i.tags[HEADLINE_ERROR]) for i in scored if i.tags.get(HEADLINE) == headline and HEADLINE_ERROR in i.tags
    ]
    experiments = _experiments(client)
    looks = [_look(run) for run in _runs(client, experiments, f"tags.`{TEST_SET}` = '{test_set}'") if _is_look(run)]
    digest = f"dataset.digest = '{first.dataset.digest}'"
    beside = [  # kind by kind: people, of whom there are most, are no look, and each run comes with all its numbers
        run
        for kind in MACHINE_KINDS
        for run in _runs(client, experiments, f"{digest} and tags.{READER_KIND} = '{kind}'")
    ]
    counted = {look.version for look in looks}
    return Ledger(
        test_set=test_set,
        evaluation=first.tags[EVALUATION_ID],
        looks=tuple(looks),
        headline=headline,
        standard_error=max(errors, default=None),
        n_other_versions=len({_look(run).version for run in beside if _is_look(run)} - counted),
        n_unmarked=sum(TEST_SET not in run.data.tags for run in beside),
    )


def mark(client: "MlflowClient", ledger: Ledger, item: LogRun, run_id: str) -> None:
    """Write onto a run that was just logged what the ledger said then: as tags, and in its description."""
    if VERSION not in item.tags:
        return
    counts = {
        "test_set.models_before": len({version.model for version in ledger.before}),
        "test_set.versions_before": len(ledger.before),
        "test_set.scored_versions": len(ledger.versions),
    }
    for name, n in counts.items():
        client.set_tag(run_id, name, str(n))
    described = [item.tags.get(DESCRIPTION, ""), " ".join(ledger.sentences())]
    client.set_tag(run_id, DESCRIPTION, "\n\n".join(filter(None, described)))


def _is_look(run: "Run") -> bool:
    return bool(run.data.tags.get(VERSION)) and run.data.tags.get(TEST_SET, NO_TEST_SET) != NO_TEST_SET


def _look(run: "Run") -> Look:
    tags = run.data.tags
    return Look(
        model=tags.get(READER, ""),
        version=tags[VERSION],
        evaluation=tags.get(EVALUATION_ID, ""),
        at_ms=int(run.info.start_time),
        metrics=dict(run.data.metrics),
    )


def _experiments(client: "MlflowClient") -> list[str]:
    from mlflow.entities import ViewType

    ids: list[str] = []
    token: str | None = None
    while True:
        page = client.search_experiments(view_type=ViewType.ALL, max_results=_PAGE, page_token=token)
        ids += [str(experiment.experiment_id) for experiment in page]
        token = page.token
        if not token:
            return ids


def _runs(client: "MlflowClient", experiments: Sequence[str], query: str) -> "Iterator[Run]":
    """Yield the finished runs that a query is true of."""
    from mlflow.entities import ViewType

    query = f"attributes.status = 'FINISHED' and {query}"
    token: str | None = None
    while True:
        page = client.search_runs(
            list(experiments), query, run_view_type=ViewType.ALL, max_results=_PAGE, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return
