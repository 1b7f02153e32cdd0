"""Reads in long form become arrays; everything that no analysis could use is refused here, once.

A read is one reader's score of one case in one modality (arm). Long form is what readers leave behind: reads may be
missing, readers may have read different cases, cases may belong together in a patient. The arrays keep a NaN where
there is no read, and never fill it.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ecg_eval.errors import ArgumentError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]
Label = object


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyArrays:
    """A reader study as arrays.

    Attributes
    ----------
    modalities, readers : tuple
        Labels, sorted, of the first and second axis of `scores`.
    truth : ndarray (n_cases,), bool
        True where the finding is present.
    scores : ndarray (n_modalities, n_readers, n_cases), float
        NaN where the reader did not read the case in the modality.
    cluster : ndarray (n_cases,), int
        Independent unit (patient) of each case, 0 .. n_clusters - 1.
    n_clusters : int
        Number of independent units.
    """

    modalities: tuple[Label, ...]
    readers: tuple[Label, ...]
    truth: BoolArray
    scores: FloatArray
    cluster: IntArray
    n_clusters: int

    @property
    def cells(self) -> FloatArray:
        """Scores as (n_modalities * n_readers, n_cases), readers varying fastest."""
        return self.scores.reshape(self.scores.shape[0] * self.scores.shape[1], self.truth.size)

    @property
    def read(self) -> BoolArray:
        """Whether there is a read, shape of `scores`."""
        return ~np.isnan(self.scores)

    def of_cases(self, keep: BoolArray) -> "StudyArrays":
        """Return the study of some cases; clusters without a case are gone."""
        present, cluster = np.unique(self.cluster[keep], return_inverse=True)
        return replace(
            self,
            truth=self.truth[keep],
            scores=self.scores[:, :, keep],
            cluster=cluster.astype(np.intp),
            n_clusters=int(present.size),
        )

    def of_readers(self, keep: BoolArray) -> "StudyArrays":
        """Return the study of some readers, without the cases that nobody of them read."""
        readers = tuple(r for r, is_kept in zip(self.readers, keep, strict=True) if is_kept)
        return replace(self, readers=readers, scores=self.scores[:, keep]).without_unread_cases()

    def of_modalities(self, names: tuple[Label, ...]) -> "StudyArrays":
        """Return the study of some modalities, in the order named, without the cases that are no longer read."""
        index = [self.modalities.index(name) for name in names]
        return replace(self, modalities=names, scores=self.scores[index]).without_unread_cases()

    def without_unread_cases(self) -> "StudyArrays":
        """Return the study without the cases that have no read."""
        return self.of_cases(any_along(self.read, (0, 1)))


def any_along(flags: BoolArray, axis: int | tuple[int, ...]) -> BoolArray:
    """Tell where any flag along the axes is set."""
    return np.asarray(flags.any(axis=axis), dtype=np.bool_)


def study_arrays(
    who: str,
    *,
    reader: npt.ArrayLike,
    modality: npt.ArrayLike | None,
    case: npt.ArrayLike,
    truth: npt.ArrayLike,
    score: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
    by_order: bool = False,
) -> StudyArrays:
    """Turn reads in long form into a study's arrays.

    Parameters
    ----------
    who : str
        Name of the function that speaks in an error.
    reader, modality, case : array_like (n_reads,)
        Labels of any sortable kind; `modality` None means that there is one.
    truth : array_like (n_reads,)
        1 or True where the finding is present; one value a case.
    score : array_like (n_reads,)
        Finite unless `by_order`; NaN is a read that is missing and is left out. Calls are scores 0 and 1.
    cluster : array_like (n_reads,), optional
        Label of the patient; one value a case. Without it every case is a patient of its own.
    by_order : bool
        Whether nothing but the order of scores counts. Infinite ones, as the log odds of a probability of 0, are then
        the lowest and the highest, and all scores become their places in that order.

    Returns
    -------
    StudyArrays
        Cases that nobody read are not in it.

    Raises
    ------
    ArgumentError
        Lengths differ, a truth is not 0 or 1 or changes within a case, a score is no number or infinite where its size
        counts, a reader has two reads of one case in one modality, a case lies in two patients.
    """
    try:
        values = np.asarray(score, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(who, "score", "numbers, NaN where the read is missing", "something else") from None
    if values.ndim != 1:
        raise ArgumentError(who, "score", "one-dimensional, one value a read", values.shape)
    seen = ~np.isnan(values)
    if np.isinf(values).any():
        if not by_order:
            raise ArgumentError(who, "score", "finite, or NaN where the read is missing", "an infinite value")
        values = values.copy()
        values[seen] = np.unique(values[seen], return_inverse=True)[1]
    columns = {"reader": reader, "case": case}
    if modality is not None:
        columns["modality"] = modality
    if cluster is not None:
        columns["cluster"] = cluster
    coded = {name: _codes(who, name, labels, values.size) for name, labels in columns.items()}
    modality_labels, modality_code = coded.get("modality", ((None,), np.zeros(values.size, dtype=np.intp)))
    reader_labels, reader_code = coded["reader"]
    case_labels, case_code = coded["case"]
    n_cases = len(case_labels)

    case_truth = _constant_in_case(who, "truth", _truth(who, truth, values.size), case_code, n_cases)
    cluster_code = np.arange(n_cases, dtype=np.intp)
    if cluster is not None:
        cluster_code = _constant_in_case(who, "cluster", coded["cluster"][1], case_code, n_cases)

    shape = (len(modality_labels), len(reader_labels), n_cases)
    flat = np.ravel_multi_index((modality_code[seen], reader_code[seen], case_code[seen]), shape)
    scores = np.full(shape, np.nan)
    scores.reshape(-1)[flat] = values[seen]
    if np.count_nonzero(~np.isnan(scores)) < flat.size:
        remedy = "Keep one read, or give repeated reads modalities of their own."
        raise ArgumentError(who, "reads", "at most one of a case by a reader in a modality", "repeated reads", remedy)
    return StudyArrays(
        modalities=modality_labels,
        readers=reader_labels,
        truth=case_truth.astype(np.bool_),
        scores=scores,
        cluster=cluster_code.astype(np.intp),
        n_clusters=int(cluster_code.max(initial=-1)) + 1,
    ).without_unread_cases()


def _codes(who: str, name: str, labels: npt.ArrayLike, n_reads: int) -> tuple[tuple[Label, ...], IntArray]:
    """Return the sorted distinct labels and, for each read, the index of its own."""
    array = np.asarray(labels)
    if array.shape != (n_reads,):
        raise ArgumentError(who, name, f"of shape ({n_reads},) like score", array.shape)
    try:
        distinct, code = np.unique(array, return_inverse=True)
    except TypeError:
        raise ArgumentError(who, name, "labels of one sortable kind", "labels of several kinds") from None
    if distinct.dtype.kind == "f" and np.isnan(distinct).any():
        raise ArgumentError(who, name, "given for every read", "NaN")
    return tuple(distinct.tolist()), code.astype(np.intp)


def _truth(who: str, truth: npt.ArrayLike, n_reads: int) -> IntArray:
    """Return the truth of each read as 0 or 1."""
    array = np.asarray(truth)
    if array.shape != (n_reads,):
        raise ArgumentError(who, "truth", f"of shape ({n_reads},) like score", array.shape)
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        raise ArgumentError(who, "truth", "0 or 1 (or boolean) for every read", "another value")
    return array.astype(np.intp)


def _constant_in_case(who: str, name: str, code: IntArray, case_code: IntArray, n_cases: int) -> IntArray:
    """Return one value a case, and refuse a case with two."""
    of_case = np.zeros(n_cases, dtype=np.intp)
    of_case[case_code] = code
    if (of_case[case_code] != code).any():
        raise ArgumentError(who, name, "the same in all reads of a case", "a case with two values")
    return of_case
