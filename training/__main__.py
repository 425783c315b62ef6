"""`python -m training`: train, promote, summarise. Without a command it trains and writes a candidate bundle."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from model import bundle, campaigns
from model.__main__ import CHAMPION
from model.bundle import BundleError
from training import course, summary, tracking, variants
from training import data as source
from training.data import DataError, Dataset
from training.deciding import Rule
from training.optimize import optimize_model
from training.options import CANDIDATE, REPEATS, SEED, STORAGE, TRACKING, TRIALS, Options
from training.progress import Progress
from training.promote import WorseError
from training.promote import promote as put_in_place

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False, help=__doc__, invoke_without_command=True)

Data = Annotated[
    Path | None,
    typer.Option("--data", envvar="VIGIA_DATA", help="CSV; else data/water_potability.csv, else a stand-in."),
]
Tracking = Annotated[
    str, typer.Option("--tracking", envvar="MLFLOW_TRACKING_URI", help="MLflow: SQLite URL or server.")
]


@app.callback()
def train(  # noqa: PLR0913, PLR0917 - the options of a command line
    context: typer.Context,
    data: Data = None,
    out: Annotated[Path, typer.Option(help="Folder for the bundle.")] = CANDIDATE,
    trials: Annotated[int, typer.Option(min=1, help="Trials of the study, in all.")] = TRIALS,
    seed: Annotated[int, typer.Option(help="Seed of folds, sampler and trees.")] = SEED,
    repeats: Annotated[int, typer.Option(min=1, help="Repeats of the 5-fold evaluation.")] = REPEATS,
    max_false_alarms: Annotated[float | None, typer.Option(min=0, max=1, help="Threshold: flag at most this.")] = None,
    cost_ratio: Annotated[float | None, typer.Option(min=0.01, help="Threshold: a miss costs so many alarms.")] = None,
    storage: Annotated[str, typer.Option(help="Optuna storage URL; computers may share one.")] = STORAGE,
    tracking_uri: Tracking = TRACKING,
) -> None:
    """Train on DATA alone and write a bundle to OUT."""
    if context.invoked_subcommand is not None:
        return
    samples = _load(data)
    try:
        rule = Rule(max_false_alarms, cost_ratio)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    Path("build").mkdir(exist_ok=True)
    options = Options(out, trials, seed, repeats, rule=rule, storage=storage, tracking=tracking_uri)
    outcome = optimize_model(samples, options, Progress())
    metadata = outcome.product.metadata
    reached = metadata.metrics["stratified"]
    typer.echo(f"Bundle {metadata.version} in {out}")
    for name in ("roc_auc", "accuracy", "mcc", "f1_potable_at_inner_best_f1_potable", "recall_not_potable_at_far_0.10"):
        typer.echo(f"  {name:36} {reached[name]['mean']:.3f} ± {reached[name]['sd']:.3f}")
    typer.echo(f"  confirmation after {metadata.evidence.mean_delay} readings, one false in 1,000")
    typer.echo(f"MLflow: mlflow ui --backend-store-uri {tracking_uri} (experiment {outcome.experiment_id})")
    typer.echo(f"To put it in the champion's place: python -m training promote {out}")


@app.command()
def promote(
    candidate: Annotated[Path, typer.Argument(help="Folder of the candidate's bundle.")] = CANDIDATE,
    champion: Annotated[Path, typer.Option(help="Folder of the champion's bundle.")] = CHAMPION,
    data: Data = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the champion even by a worse model.")] = False,
    tracking_uri: Tracking = TRACKING,
) -> None:
    """Compare a candidate with the champion on the same folds, and replace the champion unless it is better."""
    try:
        compared = put_in_place(candidate, champion, _load(data), force=force)
    except (BundleError, WorseError) as error:
        typer.echo(f"refused: {error} (--force overrides a comparison)", err=True)
        raise typer.Exit(1) from None
    if compared is not None and compared.champion is not None:
        typer.echo(f"log loss on the same folds: {compared.candidate:.4f}, champion {compared.champion:.4f}")
    version = bundle.read(champion).metadata.version
    named = tracking.name_champion(tracking_uri, version)
    typer.echo(f"{champion} is now {version}" + ("" if named else " (not in this MLflow registry)"))


@app.command("summary")
def summarise(
    data: Data = None,
    out: Annotated[Path, typer.Option(help="File to write.")] = campaigns.SHIPPED,
) -> None:
    """Make the compact summary that the simulator draws from."""
    try:
        made = summary.summarise(_load(data))
    except DataError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    campaigns.write(out, made)
    typer.echo(f"{out}: {len(made.mixture.components)} campaigns")


@app.command("variants")
def compare_variants(
    data: Data = None,
    repeats: Annotated[int, typer.Option(min=1, help="Repeats of the 5-fold evaluation.")] = 1,
) -> None:
    """Compare ways to give XGBoost the signal between the measurements, as ADR 0020 reports them."""
    for line in variants.table(_load(data), repeats):
        typer.echo(line)


@app.command("course")
def course_protocol(
    data: Data = None,
    trials: Annotated[int, typer.Option(min=1, help="Trials in the training part.")] = 20,
    splits: Annotated[int, typer.Option(min=1, help="Random splits beside random_state=42.")] = 20,
) -> None:
    """Report the course's protocol: 80/20, tuned on the 80 %, one look at the 20 %."""
    for line in course.report(_load(data), trials, splits):
        typer.echo(line)


def _load(data: Path | None) -> Dataset:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        samples = source.load(data)
    except DataError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    if samples.source == source.STAND_IN:
        typer.secho(
            f"WARNING: no data set ({source.DEFAULT} or VIGIA_DATA): training on rows {source.STAND_IN}",
            fg="red",
            err=True,
        )
    typer.echo(f"{samples.source}: {len(samples)} rows, sha256 {samples.sha256}", err=True)
    if samples.sha256 != source.KAGGLE_SHA256:
        typer.echo("This is not the Kaggle file that our published figures are about.", err=True)
    return samples


if __name__ == "__main__":
    app()
