"""Random dilated convolutions of 12-lead waveforms, and six statistics of each response."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

N_STATISTICS = 6
_LENGTH = 9  # weights of a kernel on each of its leads
_DILATIONS = (1, 2, 4, 8, 16, 32, 64)  # samples between weights
_QUANTILES = (0.25, 0.5, 0.75)  # of a kernel's responses in training: above which the share of time is counted
# Responses this near a threshold are at it, not above: where nothing happens, they and the threshold are both what
# rounding left of 0, which differs with the processor and with the recordings that are answered together.
_AT_IT = 1e-9
_BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class RandomKernels:
    """Kernels in the frequency domain.

    Attributes
    ----------
    spectra : list of ndarray of complex128, shape (n_frequencies, n_leads, n_kernels of this dilation)
        One a dilation.
    n_samples : int
    """

    spectra: list[NDArray[np.complex128]]
    n_samples: int

    def thresholds(self, signals: NDArray[np.float32]) -> list[NDArray[np.float64]]:
        """Return, by dilation, the quantiles of each kernel's responses to `signals`, shape (3, n_kernels)."""
        responses = self._responses(signals)
        return [np.quantile(r, _QUANTILES, axis=(0, 1)) for r in responses]

    def features(self, signals: NDArray[np.float32], thresholds: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Return largest, smallest and SD of each response and its share of time above each threshold.

        Parameters
        ----------
        signals : ndarray of float32, shape (n_recordings, n_leads, n_samples)
        thresholds : list of ndarray
            As ``thresholds`` returns them.

        Returns
        -------
        ndarray of float64, shape (n_recordings, 6 x n_kernels)
        """
        n_features = N_STATISTICS * sum(s.shape[2] for s in self.spectra)
        out = np.empty((len(signals), n_features))
        for first in range(0, len(signals), _BATCH):
            parts = []
            for response, cuts in zip(self._responses(signals[first : first + _BATCH]), thresholds, strict=True):
                shares = [np.mean(response > cut + _AT_IT, axis=1) for cut in cuts]
                parts += [response.max(axis=1), response.min(axis=1), response.std(axis=1), *shares]
            out[first : first + _BATCH] = np.concatenate(parts, axis=1)
        return out

    def _responses(self, signals: NDArray[np.float32]) -> list[NDArray[np.float64]]:
        """Return responses by dilation, shape (n_recordings, n_times, n_kernels), without those that wrap around."""
        heard = np.ascontiguousarray(np.moveaxis(fft.rfft(signals.astype(np.float64), axis=2), 2, 0))
        responses = []
        for dilation, spectrum in zip(_DILATIONS, self.spectra, strict=True):
            both = np.moveaxis(heard @ spectrum, 0, 1)
            whole = fft.irfft(both, n=self.n_samples, axis=1)
            responses.append(whole[:, (_LENGTH - 1) * dilation :])
        return responses


def draw_kernels(*, n_kernels: int, n_leads: int, n_samples: int, rng: np.random.Generator) -> RandomKernels:
    """Draw kernels: normal weights that sum to 0 on each of some leads (1 to all, log-uniform), dilations in turn."""
    spectra = []
    for group, dilation in enumerate(_DILATIONS):
        n_here = len(range(group, n_kernels, len(_DILATIONS)))
        kernels = np.zeros((n_samples, n_leads, n_here))
        weights = rng.normal(size=(_LENGTH, n_leads, n_here))
        weights -= weights.mean(axis=0)
        n_used = np.exp2(rng.uniform(0, np.log2(n_leads + 1), size=n_here)).astype(int)
        rank = np.argsort(rng.random((n_leads, n_here)), axis=0)
        kernels[np.arange(_LENGTH) * dilation] = np.where(rank < n_used, weights, 0) / np.sqrt(n_used)
        spectra.append(np.asarray(fft.rfft(kernels, axis=0), dtype=np.complex128))
    return RandomKernels(spectra, n_samples)
