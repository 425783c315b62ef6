"""The model card: what a person must know before trusting the model, in plain words (pure)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from model.bundle import Metadata
from training.sequential import Performance

CEILING: Final = "0.800"
ROWS: Final = (
    ("ROC-AUC", "roc_auc"),
    ("PR-AUC of not potable", "pr_auc_not_potable"),
    ("accuracy, cut at 0.5", "accuracy"),
    ("F1 potable, cut at 0.5", "f1_potable"),
    ("F1 not potable, cut at 0.5", "f1_not_potable"),
    ("MCC, cut at 0.5", "mcc"),
    ("F1 potable, cut chosen for it inside the fold", "f1_potable_at_inner_best_f1_potable"),
    ("accuracy, cut for best MCC inside the fold", "accuracy_at_inner_best_mcc"),
    ("MCC, cut for best MCC inside the fold", "mcc_at_inner_best_mcc"),
    ("Brier score", "brier"),
    ("log loss", "log_loss"),
    ("expected calibration error", "ece"),
    ("recall of not potable at 1 % false alarms", "recall_not_potable_at_far_0.01"),
    ("recall of not potable at 5 % false alarms", "recall_not_potable_at_far_0.05"),
    ("recall of not potable at 10 % false alarms", "recall_not_potable_at_far_0.10"),
    ("recall of not potable at 20 % false alarms", "recall_not_potable_at_far_0.20"),
)


def card(metadata: Metadata, rules: Mapping[str, Performance], outside: float) -> str:
    """Return MODEL_CARD.md for a bundle.

    Args:
        metadata: the bundle's.
        rules: rules over time at the same budget, by name.
        outside: share of the training rows that the out-of-distribution flag marks.

    """
    sections = (
        _head(metadata),
        _data(metadata.data),
        _model(metadata),
        _figures(metadata.metrics),
        _decision(metadata),
        _time(metadata, rules),
        _limits(metadata, outside),
    )
    return "\n".join(line for section in sections for line in section) + "\n"


def _head(metadata: Metadata) -> Iterator[str]:
    yield f"# Model card: potability {metadata.version}"
    yield ""
    yield f"Made {metadata.created} by `python -m training`. It says from nine measurements how likely water is *not*"
    yield "potable. It supports the people on duty; it does not replace a laboratory."
    if metadata.data["stand_in"]:
        yield ""
        yield "**Trained on a stand-in: the data set was not there, so rows were drawn from `model/campaigns.json`."
        yield "The figures below are about drawn rows. Do not promote this model.**"


def _data(data: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield "## Data"
    yield f"{data['source']}: {data['rows']} rows, {data['not_potable']} of them not potable."
    yield f"SHA-256 `{data['sha256']}`."
    if data["kaggle_file"] or data["stand_in"]:
        yield "This is Kaggle's `adityakadiwal/water-potability`, or drawn after it. It has every sign of a synthetic"
        yield "table: 16 contiguous campaigns, each a Gaussian with its own covariance about one common centre; four of"
        yield "the nine columns carry no signal; `Solids` divided by `Conductivity` has a median of 50 where real water"
        yield "is below 1. **Good figures on it are not knowledge about water.**"


def _model(metadata: Metadata) -> Iterator[str]:
    recipe = metadata.recipe
    yield ""
    yield "## Model"
    yield f"XGBoost, {recipe['rounds']} rounds, margin `{recipe['margin']}`. Out-of-fold log loss of the margins tried:"
    losses = metadata.metrics["log_loss_of_margins"]
    yield ", ".join(f"{name} {loss:.3f}" for name, loss in losses.items()) + "."
    if metadata.margin is not None:
        count, names = len(metadata.margin.components), ", ".join(metadata.margin.columns)
        yield f"The trees start from the log-odds that {count} Gaussians over {names}"
        yield "give (XGBoost's `base_margin`), and correct them. Nearly all evidence is in that margin: without it"
        yield "XGBoost reaches a ROC-AUC of 0.69 on the Kaggle file. See docs/adr/0020-campaign-margin.md."
    yield "Parameters: " + ", ".join(f"{name} {value:.4g}" for name, value in recipe["params"].items()) + "."


def _figures(metrics: Mapping[str, Any]) -> Iterator[str]:
    known, unseen = metrics["stratified"], metrics.get("unseen_campaigns")
    yield ""
    yield "## Figures"
    yield metrics["protocol"]
    yield ""
    yield "| Figure (mean ± sd over folds) | rows of known campaigns |" + (" campaigns never seen |" if unseen else "")
    yield "|---|---|" + ("---|" if unseen else "")
    for title, name in ROWS:
        cells = [_pair(table[name]) for table in (known, unseen) if table]
        yield f"| {title} | {' | '.join(cells)} |"
    if unseen:
        yield ""
        yield "**The right-hand column is what a new source would get: little better than chance.** The signal is in"
        yield "how measurements of known sources vary together; a utility must retrain on its own laboratory's results."


def _pair(figure: Mapping[str, float]) -> str:
    return f"{figure['mean']:.3f} ± {figure['sd']:.3f}"


def _decision(metadata: Metadata) -> Iterator[str]:
    calibration = metadata.calibration
    yield ""
    yield "## Decision"
    yield f"Not potable from P(not potable) = {metadata.threshold:.3f} on; rule: {metadata.threshold_rule}."
    yield f"Training share of not potable: {metadata.training_share:.3f}; a site whose water is nearly always potable"
    yield "sets its own prior (`VIGIA_MODEL__PRIOR`), and the probability moves by Bayes' rule."
    if (calibration.slope, calibration.intercept) == (1.0, 0.0):
        yield "Platt's correction: none needed."
    else:
        yield f"Platt's correction: slope {calibration.slope:.3f}, intercept {calibration.intercept:.3f}."


def _time(metadata: Metadata, rules: Mapping[str, Performance]) -> Iterator[str]:
    evidence = metadata.evidence
    yield ""
    yield "## Alarms over time"
    yield f"Confirmation when the cumulative sum of log likelihood ratios reaches h = {evidence.h:g}. Independent"
    yield "readings drawn from the out-of-fold scores; one false alarm in 1,000 potable readings for every rule:"
    yield ""
    yield "| Rule | mean readings to find bad water | within 5 / 10 / 20 |"
    yield "|---|---|---|"
    for name, found in rules.items():
        within = " / ".join(f"{share:.2f}" for share in found.within)
        yield f"| {name} | {found.mean_delay:.1f} | {within} |"
    yield ""
    yield "| Readings between false confirmations | h | mean delay |"
    yield "|---|---|---|"
    for budget in evidence.alternatives:
        yield f"| {budget.mean_readings_between_false:,.0f} | {budget.h:.2f} | {budget.mean_delay:.1f} |"
    yield ""
    yield "Readings of one sensor resemble each other; then the rule must be tempered, or false confirmations multiply."


def _limits(metadata: Metadata, outside: float) -> Iterator[str]:
    domain = metadata.domain
    yield ""
    yield "## Limits"
    yield "- Figures hold for water like the training data. A reading outside is flagged (`unlike training`): a value"
    yield f"  beyond its range below, or a sample too far from the middle. {outside:.1%} of the training rows are so."
    if domain is not None:
        for feature, low, high in zip(metadata.features, domain.low, domain.high, strict=True):
            yield f"  - {feature.name}: {low:.4g} to {high:.4g} {feature.unit}".rstrip()
    if metadata.data["kaggle_file"] or metadata.data["stand_in"]:
        yield "- Chilean tap water (700 to 1,050 mg/L of dissolved solids) lies outside: expect the flag on real water."
        yield f"- The data's own ceiling is a ROC-AUC of {CEILING}; a figure above 0.83 on this file means a leak."
    yield "- One reading says little: at one false alarm in a hundred, most bad readings pass. Rely on confirmation."
    yield "- Contributions explain the model's verdict, not the chemistry."
