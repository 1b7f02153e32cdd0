"""How much energy a piece of work takes, as codecarbon estimates it on this machine, without a network."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from ecg_eval.errors import ConfigError, InputFileError

EXTRA = "energy"
NO_ANSWER = "codecarbon, which gave no answer on this machine"
_EVERY_S = 1.0  # how often power is looked at


@dataclass
class Energy:
    """What a piece of work took; filled in when it has ended.

    Attributes
    ----------
    wh, g_co2 : float or None
        Watt hours and grams of carbon dioxide (equivalent); None where nothing was measured.
    method, country : str
    """

    wh: float | None = None
    g_co2: float | None = None
    method: str = ""
    country: str = ""


def energy_problem(country: str) -> ConfigError | InputFileError | None:
    """Return why energy cannot be estimated for a country (ISO 3166, three letters); None where it can."""
    if find_spec("codecarbon") is None:
        remedy = f'Install it: pip install "ecg-eval[{EXTRA}]", or leave out `costs.energy_country`.'
        return InputFileError("costs.energy_country", "codecarbon", "installed", remedy=remedy)
    from codecarbon.input import DataSource

    source = DataSource()  # type: ignore[no-untyped-call]
    known_countries = source.get_global_energy_mix_data()
    if country not in known_countries:
        remedy = "Name it by its three letters of ISO 3166, as FRA or CHE."
        return ConfigError("costs", "energy_country", "a country that codecarbon knows", country, remedy)
    return None


@contextmanager
def estimated_energy(country: str | None) -> Iterator[Energy]:
    """Yield the energy of a block, known once it has ended; nothing is measured where no country is given."""
    energy = Energy(country=country or "")
    if country is None:
        yield energy
        return
    from codecarbon import OfflineEmissionsTracker

    logging.getLogger("codecarbon").setLevel(logging.CRITICAL)
    tracker = OfflineEmissionsTracker(
        country_iso_code=country,
        output_methods=[],
        log_level="critical",
        measure_power_secs=_EVERY_S,
        tracking_mode="process",
        allow_multiple_runs=True,
    )
    tracker.start()
    try:
        yield energy
    finally:
        tracker.stop()
        data = getattr(tracker, "final_emissions_data", None)  # it keeps its own faults to itself
        energy.method = NO_ANSWER
        if data is not None:
            energy.wh, energy.g_co2 = 1000 * data.energy_consumed, 1000 * data.emissions
            energy.country = str(data.country_name or country)
            energy.method = _method(tracker._hardware)


def _method(hardware: list[object]) -> str:
    """Return how the power of this machine is known: by its counters, or from its load and its nominal power."""
    try:
        program = f"codecarbon {version('codecarbon')}"
    except PackageNotFoundError:
        program = "codecarbon"
    modes = [f"{type(part).__name__} by {mode}" for part in hardware if (mode := getattr(part, "_mode", None))]
    parts = [type(part).__name__ for part in hardware if not getattr(part, "_mode", None)]
    return f"{program}, this process alone: {', '.join([*modes, *(f'{p} by its size' for p in parts)])}"
