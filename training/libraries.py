"""Which versions of what made a model."""

import sys
from importlib.metadata import version
from typing import Final

# One of the two provides the module, never both: see requirements-train.txt.
XGBOOST: Final = "xgboost" if sys.platform == "darwin" else "xgboost-cpu"
USED: Final = ("optuna", "mlflow", "scikit-learn", "pandas", "numpy", "scipy", "matplotlib")


def versions() -> dict[str, str]:
    """Return the version of each library that takes part in training, `xgboost` under that name on every system."""
    return {"xgboost": version(XGBOOST), **{name: version(name) for name in USED}}


def requirements() -> list[str]:
    """Return what a computer needs to run a logged model, pinned."""
    return [f"{name}=={version(name)}" for name in (XGBOOST, "pandas", "pydantic", "typer")]
