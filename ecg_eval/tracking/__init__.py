"""Tracking: what to log is decided in ``log_items`` and logged by one interpreter, ``mlflow_tracker``."""
