"""What a training run can be told."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from training.deciding import Rule

CANDIDATE: Final = Path("models/candidate")
STORAGE: Final = "sqlite:///build/optuna.db"
TRIALS: Final = 100
SEED: Final = 7
REPEATS: Final = 3
TRACKING: Final = "sqlite:///build/mlflow.db"


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of `optimize_model`.

    `trials` are those of the kept study; in every fold of the protocol, `nested` trials are spent again. `storage` is
    any Optuna URL (None: in memory), `tracking` any MLflow URI, and `pickles` the folder of the assignment's pickle.
    """

    out: Path = CANDIDATE
    trials: int = TRIALS
    seed: int = SEED
    repeats: int = REPEATS
    nested: int = 10
    rule: Rule = field(default_factory=Rule)
    storage: str | None = STORAGE
    tracking: str = TRACKING
    pickles: Path = Path("models")
