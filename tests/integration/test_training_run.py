"""A whole training run, small: real Optuna, real MLflow on SQLite, and the bundle that comes out."""

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest
from mlflow import MlflowClient

from model import bundle, campaigns
from model.classifier import Classifier
from model.matrix import matrix
from model.sample import NAMES
from training import tracking
from training.data import Dataset
from training.optimize import NoModelError, Outcome, get_best_model, optimize_model
from training.options import Options
from training.progress import Progress
from training.promote import WorseError, compare, promote

pytestmark = [
    # MLflow maps its tables by a loader that SQLAlchemy 2.1 calls deprecated.
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:sqlalchemy.exc.SADeprecationWarning"),
    # Inside mlflow's check of an input example.
    pytest.mark.filterwarnings("ignore:Operation with range is deprecated:pandas.errors.Pandas4Warning"),
]
TRIALS = 6


def samples(n: int) -> Dataset:
    """Return n drawn rows in campaigns."""
    drawn = campaigns.draw(campaigns.read(), n, np.random.default_rng(11))
    # Ten campaigns of the sixteen: too few to keep out whole ones, which would double the time this file takes.
    some = np.flatnonzero(drawn.campaign < 10)
    order = some[np.argsort(drawn.campaign[some], kind="stable")]
    labels = (~drawn.potable[order]).astype(np.int8)
    return Dataset(drawn.samples[order], labels, drawn.campaign[order], "drawn.csv", f"{n:064x}")


DATA = samples(1600)


@dataclass(frozen=True)
class Run:
    """One training run and where it left its things."""

    options: Options
    outcome: Outcome
    client: MlflowClient


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Train once for all tests of this file."""
    home = tmp_path_factory.mktemp("training")
    options = Options(
        out=home / "candidate",
        trials=TRIALS,
        repeats=1,
        nested=1,
        storage=f"sqlite:///{home}/optuna.db",
        tracking=f"sqlite:///{home}/mlflow.db",
        pickles=home / "models",
    )
    outcome = optimize_model(DATA, options, Progress(quiet=True))
    return Run(options, outcome, tracking.client(options.tracking))


def test_the_bundle_loads_and_says_what_it_is(run: Run) -> None:
    """Everything that decides is in it, and the golden set answers."""
    metadata = Classifier.load(run.options.out).metadata
    assert metadata.recipe["margin"] == "campaigns"
    assert metadata.margin is not None
    assert metadata.domain is not None
    assert metadata.data["rows"] == len(DATA)
    assert metadata.data["kaggle_file"] is False
    assert metadata.evidence.h > 0
    assert metadata.metrics["stratified"]["roc_auc"]["mean"] > 0.7
    card = (run.options.out / bundle.CARD).read_text()
    assert metadata.version in card
    assert "CANARY" in card
    assert f"{metadata.metrics['stratified']['roc_auc']['mean']:.3f}" in card


def test_contributions_add_up_to_the_log_odds_but_for_a_constant(run: Run) -> None:
    """Margin and trees are both told apart by measurement; a missing measurement adds (nearly) nothing."""
    classifier = Classifier.load(run.options.out)
    some = [tuple(None if np.isnan(v) else float(v) for v in row) for row in DATA.samples[::200]]
    gaps = [
        sum(part.log_odds for part in classifier.contributions(row)) - classifier.log_odds(matrix([row]))[0]
        for row in some
    ]
    assert gaps == pytest.approx([gaps[0]] * len(gaps), abs=1e-4)


def test_mlflow_has_one_named_run_per_trial_below_the_study(run: Run) -> None:
    """Names say what was tried; the parent carries the honest figures."""
    runs = run.client.search_runs([run.outcome.experiment_id])
    trials = [r for r in runs if r.data.tags.get("mlflow.parentRunId")]
    parent = next(r for r in runs if not r.data.tags.get("mlflow.parentRunId"))
    assert len(trials) == TRIALS
    assert all(r.info.run_name.startswith("XGBoost lr ") for r in trials)
    assert all("valid_f1" in r.data.metrics for r in trials if r.info.status == "FINISHED")
    assert parent.data.metrics["valid_f1"] == pytest.approx(
        run.outcome.product.metadata.metrics["stratified"]["f1_potable"]["mean"]
    )
    assert parent.data.params["data.sha256"] == DATA.sha256
    assert "library.xgboost" in parent.data.tags
    plots = {Path(file.path).name for file in run.client.list_artifacts(parent.info.run_id, "plots")}
    assert plots == {
        "best_configuration.json",
        "feature_importances.png",
        "optimization_history.png",
        "parallel_coordinate.png",
        "parameter_importances.png",
        "slice.png",
    }


def test_the_best_model_is_registered_and_scores_as_the_bundle(run: Run) -> None:
    """`get_best_model` gives the experiment's best, not its worst, and it answers like the services."""
    best = get_best_model(run.outcome.experiment_id)
    table = pd.DataFrame(DATA.samples[:50].astype(float), columns=list(NAMES))
    classifier = Classifier.load(run.options.out)
    expected = classifier.decision().probability(classifier.log_odds(DATA.samples[:50]))
    answered = best.predict(table)
    assert isinstance(answered, pd.DataFrame)
    assert answered["p_no_potable"].to_numpy() == pytest.approx(expected, abs=1e-6)
    named = run.client.get_model_version_by_alias(tracking.MODEL_NAME, tracking.CHALLENGER)
    assert named.tags[tracking.VERSION_TAG] == classifier.metadata.version


def test_an_experiment_without_a_model_says_so(run: Run) -> None:
    """Instead of an index error."""
    with pytest.raises(NoModelError):
        get_best_model(tracking.experiment(run.options.tracking, "nothing here"))


def test_the_pickle_of_the_assignment_is_the_same_model(run: Run) -> None:
    """Written for whoever wants it; no service reads it."""
    with (run.options.pickles / "best_model.pkl").open("rb") as file:
        unpickled = pickle.load(file)  # noqa: S301 - we wrote it a moment ago
    expected = Classifier.load(run.options.out).log_odds(DATA.samples)
    np.testing.assert_array_equal(unpickled.log_odds(DATA.samples), expected)


def test_a_study_goes_on_where_it_stopped(run: Run) -> None:
    """Six trials in all are six trials, however often the command is given."""
    study = optuna.load_study(study_name=None, storage=run.options.storage or "")
    assert len(study.trials) == TRIALS


def test_promotion_puts_the_candidate_in_place_and_names_it(run: Run, tmp_path: Path) -> None:
    """The first champion has nobody to beat; the same model again is not worse."""
    champion = tmp_path / "champion"
    assert promote(run.options.out, champion, DATA) is None
    compared = promote(run.options.out, champion, DATA)
    assert compared is not None
    assert compared.candidate == compared.champion
    version = bundle.read(champion).metadata.version
    assert version == run.outcome.product.metadata.version
    assert tracking.name_champion(run.options.tracking, version)
    named = run.client.get_model_version_by_alias(tracking.MODEL_NAME, tracking.CHAMPION)
    assert named.tags[tracking.VERSION_TAG] == version
    assert tracking.CHALLENGER not in run.client.get_registered_model(tracking.MODEL_NAME).aliases
    assert not tracking.name_champion(run.options.tracking, "2000.01.01-00000000")


def test_a_worse_candidate_is_refused_unless_told(run: Run, tmp_path: Path) -> None:
    """A model without its margin is far behind on the same folds."""
    champion, worse = tmp_path / "champion", tmp_path / "worse"
    promote(run.options.out, champion, DATA)
    product = run.outcome.product
    plain = product.metadata.model_copy(update={"recipe": {**product.metadata.recipe, "margin": "plain"}})
    bundle.write(worse, plain, product.trees, product.card)
    with pytest.raises(WorseError, match="log loss"):
        promote(worse, champion, DATA)
    assert compare(plain, product.metadata, DATA).worse
    assert bundle.read(champion).metadata.recipe["margin"] == "campaigns"
    promote(worse, champion, DATA, force=True)
    assert bundle.read(champion).metadata.recipe["margin"] == "plain"
