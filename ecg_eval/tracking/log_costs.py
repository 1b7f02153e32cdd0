"""What a model costs: time to teach it and to read, and its size, as metrics beside what it is worth."""

from ecg_eval.domain.facts.model import ModelFacts

_SIZE = "n_parameters"  # the fact by which a card states how large a model is


def costs(model: ModelFacts | None, *, n_records: int) -> dict[str, float]:
    """Return what teaching and reading took, and the size, each under a name that begins with ``cost/``.

    Of teaching ``fit_s``, ``fit_cpu_s``; of reading with loading ``read_s``, ``read_cpu_s``, ``read_ms_per_ecg``; of
    reading alone ``ecgs_per_s_alone``, ``ecgs_per_s_together``, ``cpu_s_per_1000``, ``memory_mb``; of energy
    ``wh_per_1000``, ``g_co2_per_1000``, ``fit_wh``; and ``parameters``. What is not known of a model is left out.
    The run's own duration in MLflow is that of logging it.
    """
    if model is None:
        return {}
    per_ecg = None if model.read_s is None or not n_records else 1000 * model.read_s / n_records
    size = model.card.facts.get(_SIZE)
    stated = {
        "fit_s": model.fit_s,
        "fit_cpu_s": model.fit_cpu_s,
        "read_s": model.read_s,
        "read_ms_per_ecg": per_ecg,
        "read_cpu_s": model.read_cpu_s,
        "ecgs_per_s_alone": model.cost.per_s_alone,
        "ecgs_per_s_together": model.cost.per_s_together,
        "cpu_s_per_1000": model.cost.cpu_s_per_1000,
        "memory_mb": model.cost.memory_mb,
        "wh_per_1000": model.energy and model.energy.read_wh_per_1000,
        "g_co2_per_1000": model.energy and model.energy.read_g_co2_per_1000,
        "fit_wh": model.energy and model.energy.fit_wh,
        "parameters": float(size) if isinstance(size, int | float) and not isinstance(size, bool) else None,
    }
    return {f"cost/{name}": float(f"{value:.4g}") for name, value in stated.items() if value is not None}
