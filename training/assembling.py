"""Putting a bundle together: the trained model, the decision, its figures and its card."""

import hashlib
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from model import bundle
from model.bundle import Calibration, Feature, Golden, Metadata
from model.domain import Domain
from model.matrix import matrix
from model.sample import MEASUREMENTS, Values
from model.verdict import Vector
from training import covering, deciding, sequential
from training.card import card
from training.data import Dataset, Labels, facts
from training.fitting import Trained
from training.libraries import versions
from training.options import Options
from training.protocol import Report
from training.sequential import Performance
from training.study import Tuned

DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The reports on rows that nothing had seen: stratified, and by whole campaigns where they are known."""

    stratified: Report
    unseen: Report | None
    protocol: str


@dataclass(frozen=True, slots=True)
class Product:
    """What a bundle is written from."""

    metadata: Metadata
    trees: bytes
    card: str


def assemble(data: Dataset, tuned: Tuned, trained: Trained, evaluation: Evaluation, options: Options) -> Product:
    """Return a bundle; everything in it that decides is set on out-of-fold scores."""
    labels, seed, now = evaluation.stratified.labels, options.seed, datetime.now(UTC)
    correction = deciding.calibration(data.not_potable, tuned.log_odds)
    log_odds = evaluation.stratified.log_odds
    trees = bytes(trained.booster.save_raw("ubj"))
    share = float(np.mean(data.not_potable))
    domain = covering.domain(data.samples, seed)
    rows = made_up(domain)
    digest = hashlib.sha256(trees).hexdigest()
    mixture = trained.mixture
    identity = hashlib.sha256(trees + (mixture.model_dump_json() if mixture else "").encode()).hexdigest()
    metadata = Metadata(
        format=bundle.FORMAT,
        version=f"{now:%Y.%m.%d}-{identity[:8]}",
        created=now.isoformat(timespec="seconds"),
        features=tuple(Feature(name=m.name, unit=m.unit) for m in MEASUREMENTS),
        training_share=share,
        prior=share,
        threshold=deciding.threshold(options.rule, labels, log_odds),
        threshold_rule=str(options.rule),
        calibration=correction,
        evidence=sequential.evidence(labels, log_odds, seed),
        operating_points=deciding.operating_points(labels, log_odds),
        golden=Golden(rows=rows, log_odds=_scored(trained, correction, rows)),
        margin=mixture,
        domain=domain,
        recipe={"margin": str(tuned.recipe), "params": dict(tuned.params), "rounds": tuned.rounds, "seed": seed},
        metrics=_metrics(evaluation, tuned),
        data={**facts(data), "commit": commit()},
        libraries=versions(),
        sha256=digest,
    )
    rules = compared(labels, log_odds, seed)
    outside = float(domain.outside(data.samples).mean())
    return Product(metadata, trees, card(metadata, rules, outside))


def compared(labels: Labels, log_odds: Vector, seed: int) -> dict[str, Performance]:
    """Return rules over time at the same budget of false alarms, by the name that the card gives them."""
    rules = {
        "single reading": sequential.single,
        "4 of the last 6": sequential.window(4, 6),
        "12 of the last 18 (CANARY's binomial discriminator)": sequential.window(12, 18),
        "cumulative sum (used)": sequential.cusum,
    }
    budget = sequential.DEFAULT_BUDGET
    return {name: sequential.performance(rule, labels, log_odds, budget, seed) for name, rule in rules.items()}


def made_up(domain: Domain) -> tuple[Values, ...]:
    """Return samples for the golden set: none is a row of the data, and every measurement is missing once."""
    rng = np.random.default_rng(len(MEASUREMENTS))
    spread = rng.uniform(-2, 2, (16, len(MEASUREMENTS)))
    values = np.clip(np.add(domain.centre, np.multiply(domain.scale, spread)), domain.low, domain.high)
    rows = [[float(f"{value:.4g}") for value in row] for row in values.tolist()]
    return tuple(
        tuple(None if number == place or number == place + 7 else value for place, value in enumerate(row))
        for number, row in enumerate(rows)
    )


def commit() -> str:
    """Return the git commit of the program, or `unknown` outside a repository."""
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=Path(__file__).parent)  # noqa: S603 - fixed words
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _scored(trained: Trained, correction: Calibration, rows: tuple[Values, ...]) -> tuple[float, ...]:
    log_odds = correction.slope * trained.log_odds(matrix(rows)) + correction.intercept
    return tuple(log_odds.tolist())


def _metrics(evaluation: Evaluation, tuned: Tuned) -> dict[str, Any]:
    reports = {"stratified": evaluation.stratified, "unseen_campaigns": evaluation.unseen}
    return {
        "protocol": evaluation.protocol,
        **{name: _rounded(report.summary()) for name, report in reports.items() if report is not None},
        "log_loss_of_margins": {name: round(loss, DECIMALS) for name, loss in tuned.candidates.items()},
    }


def _rounded(summary: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {name: {key: round(value, DECIMALS) for key, value in pair.items()} for name, pair in summary.items()}
