"""The model bundle: a folder with `model.ubj` (the trees), `model.json` (all that is known of them), `MODEL_CARD.md`.

Nothing in it is executed and nothing is unpickled. The SHA-256 of the trees is checked before XGBoost sees a byte
of them: one flipped bit in a `.ubj` can crash the process or change scores without a murmur.
"""

import hashlib
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Self

import xgboost
from pydantic import Field, ValidationError, model_validator

from model.domain import Domain
from model.mixture import Mixture
from model.sample import MEASUREMENTS, NAMES
from model.strict import Positive, Probability, Strict

FORMAT: Final = 1
TREES: Final = "model.ubj"
METADATA: Final = "model.json"
CARD: Final = "MODEL_CARD.md"

SEAL: Final = "seal"


class BundleError(Exception):
    """A bundle that must not be used; `reason` is a stable word for metrics, the text says what and where."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the reason apart from the sentence for people."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class Feature(Strict):
    """One input column."""

    name: str
    unit: str


class Calibration(Strict):
    """Platt's correction of the trees' margin: log-odds = slope * margin + intercept (1 and 0: none needed)."""

    slope: Annotated[float, Field(gt=0)] = 1.0
    intercept: float = 0.0


class OperatingPoints(Strict):
    """False-alarm and detection rates over cuts of the log-odds, from out-of-fold predictions; same lengths."""

    log_odds: tuple[float, ...] = Field(min_length=2)
    false_alarm: tuple[float, ...]
    detection: tuple[float, ...]

    @model_validator(mode="after")
    def _same_lengths(self) -> Self:
        if not len(self.log_odds) == len(self.false_alarm) == len(self.detection):
            msg = "log_odds, false_alarm and detection must have the same length"
            raise ValueError(msg)
        return self


class Budget(Strict):
    """Confirm at `h`: one false confirmation in so many readings of good water, bad water found after `mean_delay`."""

    h: Positive
    mean_readings_between_false: Positive
    mean_delay: Positive


class Evidence(Budget):
    """The sequential rule's default, and what other budgets would cost; readings independent of each other."""

    alternatives: tuple[Budget, ...] = ()


class Golden(Strict):
    """A few made-up samples with the log-odds they must score, to tell a bundle that loads but answers wrongly."""

    rows: tuple[tuple[float | None, ...], ...] = Field(min_length=1)
    log_odds: tuple[float, ...] = Field(min_length=1)


class Metadata(Strict):
    """`model.json`. `prior` is the default one; `training_share` is the share of not potable at training.

    `margin` is what the trees start from (none: from zero), `domain` what the training data cover, and `recipe` what
    is needed to train the same model again.
    """

    format: int
    version: str
    created: str
    features: tuple[Feature, ...]
    training_share: Probability
    prior: Probability
    threshold: Probability
    threshold_rule: str
    calibration: Calibration
    evidence: Evidence
    operating_points: OperatingPoints
    golden: Golden
    margin: Mixture | None = None
    domain: Domain | None = None
    recipe: dict[str, Any] = Field(default_factory=dict)
    metrics: dict[str, Any]
    data: dict[str, Any]
    libraries: dict[str, str]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle in memory: the metadata, and the bytes of the trees that match its SHA-256."""

    metadata: Metadata
    trees: bytes


def read(folder: Path) -> Bundle:
    """Read and verify a bundle.

    Raises:
        BundleError: when a file is missing, the metadata is not of this format, the features are not our nine in
            our order, the trees need a newer XGBoost, or their SHA-256 is not the one in the metadata.

    """
    metadata = _metadata(folder)
    try:
        trees = (folder / TREES).read_bytes()
    except OSError as error:
        raise BundleError("missing", f"{folder / TREES}: {error.strerror}") from error
    digest = hashlib.sha256(trees).hexdigest()
    if digest != metadata.sha256:
        raise BundleError("checksum", f"{folder / TREES} is not the file that {METADATA} describes")
    return Bundle(metadata, trees)


def write(folder: Path, metadata: Metadata, trees: bytes, card: str) -> None:
    """Write a bundle file by file, each replaced atomically; `model.json` comes last, so that it vouches for all."""
    folder.mkdir(parents=True, exist_ok=True)
    fields = metadata.model_dump(mode="json")
    text = json.dumps({**fields, SEAL: _seal(fields)}, indent=1, ensure_ascii=False) + "\n"
    for name, content in ((TREES, trees), (CARD, card.encode()), (METADATA, text.encode())):
        _replace(folder / name, content)


def _metadata(folder: Path) -> Metadata:
    path = folder / METADATA
    try:
        content = json.loads(path.read_bytes())
        seal = content.pop(SEAL, None)
        metadata = Metadata.model_validate_json(json.dumps(content))
    except OSError as error:
        raise BundleError("missing", f"{path}: {error.strerror}") from error
    except ValidationError as error:  # a ValueError too, so it comes first
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BundleError("metadata", f"{path}: {where}: {first['msg']}") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BundleError("metadata", f"{path}: not a JSON object") from error
    if metadata.format != FORMAT:
        raise BundleError("format", f"{path}: format {metadata.format}, this program reads {FORMAT}")
    if tuple(f.name for f in metadata.features) != NAMES:
        raise BundleError("features", f"{path}: features must be {', '.join(NAMES)}, in this order")
    if tuple(f.unit for f in metadata.features) != tuple(m.unit for m in MEASUREMENTS):
        raise BundleError("features", f"{path}: a unit differs from {METADATA}'s contract")
    _check_version(path, metadata.libraries.get("xgboost", ""))
    if seal != _seal(content):
        raise BundleError("checksum", f"{path} was changed after training; a bundle is made by training, not by hand")
    return metadata


def _seal(content: dict[str, Any]) -> str:
    """Return the SHA-256 of the metadata, whatever their layout: a flipped digit of a threshold must not pass."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _check_version(path: Path, trained_on: str) -> None:
    try:
        needed = int(trained_on.split(".", maxsplit=1)[0])
    except ValueError:
        raise BundleError("version", f"{path}: libraries.xgboost is missing or no version") from None
    if needed > int(xgboost.__version__.split(".")[0]):
        raise BundleError("version", f"{path}: needs XGBoost {trained_on}, installed is {xgboost.__version__}")


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def close_enough(a: float, b: float) -> bool:
    """Return whether two log-odds are the same but for rounding in another version or on another processor."""
    return math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-4)
