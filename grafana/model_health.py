"""Model health: whether it still knows the water, and does what its bundle promises."""

from typing import Final

from grafana.dashboard import Dashboard
from grafana.panel import GREEN, RED, YELLOW, Panel, Query, Words, heading, same

NOT_POTABLE: Final = "sum(rate(vigia_not_potable_total[1h])) / sum(rate(vigia_stored_total[1h]))"
EXPECTED: Final = (
    "vigia_prior_ratio * vigia_expected_detection_ratio + (1 - vigia_prior_ratio) * vigia_expected_false_alarm_ratio"
)

MODEL: Final = Dashboard(
    "vigia-modelo",
    Words("Vigía: modelo", "Vigía: model"),
    (
        Panel(
            Words("Modelo en uso", "Model in use"),
            "table",
            (Query("max by (job, version, created, sha256) (vigia_model_info)"),),
            width=24,
            height=4,
            help=Words("ingest y api deben tener el mismo.", "ingest and api must have the same."),
        ),
        Panel(
            Words("Proporción esperada no potable", "Expected share not potable"),
            "stat",
            (Query("vigia_prior_ratio"),),
            unit="percentunit",
            help=same("VIGIA_MODEL__PRIOR"),
        ),
        Panel(
            Words("Falsas alarmas esperadas", "Expected false alarms"),
            "stat",
            (Query("vigia_expected_false_alarm_ratio"),),
            unit="percentunit",
            help=Words("De cada lectura potable.", "Of each potable reading."),
        ),
        Panel(
            Words("Detección esperada", "Expected detection"),
            "stat",
            (Query("vigia_expected_detection_ratio"),),
            unit="percentunit",
            help=Words(
                "De cada lectura no potable por sí sola; la evidencia acumulada halla las demás.",
                "Of each reading that is not potable, alone; the evidence that adds up finds the others.",
            ),
        ),
        Panel(
            Words("Evidencia que confirma (h)", "Evidence that confirms (h)"),
            "stat",
            (Query("vigia_evidence_threshold"),),
        ),
        Panel(
            Words("Lecturas por falsa confirmación", "Readings for one false confirmation"),
            "stat",
            (Query("vigia_evidence_budget_readings"),),
        ),
        Panel(
            Words("Distinta del entrenamiento, 24 h", "Unlike the training data, 24 h"),
            "stat",
            (Query("vigia_unlike_training_ratio"),),
            unit="percentunit",
            steps=((None, GREEN), (0.05, YELLOW), (0.2, RED)),
            help=Words("1 % es normal.", "1 % is normal."),
        ),
        heading("Deriva", "Drift"),
        Panel(
            Words("Índice de estabilidad (PSI) por medición, 24 h", "Stability index (PSI) by measurement, 24 h"),
            "timeseries",
            (Query("vigia_measurement_psi", same("{{measurement}}")),),
            width=12,
            height=9,
            steps=((None, GREEN), (0.1, YELLOW), (0.25, RED)),
            help=Words(
                "Bajo 0,1 no es nada; desde 0,25 el modelo juzga otra agua que la que conoce.",
                "Below 0.1 is nothing; from 0.25 on the model judges other water than it knows.",
            ),
        ),
        Panel(
            Words("Mediciones ausentes, 24 h", "Missing measurements, 24 h"),
            "timeseries",
            (Query("vigia_measurement_missing_ratio", same("{{measurement}}")),),
            unit="percentunit",
            width=12,
            height=9,
        ),
        Panel(
            Words("Lecturas distintas del entrenamiento", "Readings unlike the training data"),
            "timeseries",
            (
                Query(
                    'sum(rate(vigia_marked_total{mark="unlike_training"}[15m])) / sum(rate(vigia_stored_total[15m]))',
                    Words("últimos 15 minutos", "last 15 minutes"),
                ),
            ),
            unit="percentunit",
            width=12,
            height=8,
        ),
        Panel(
            Words("Lecturas en la muestra de la deriva", "Readings in the sample of drift"),
            "timeseries",
            (Query("vigia_drift_sample_readings", Words("lecturas", "readings")),),
            width=12,
            height=8,
            help=Words("Con menos de 200 no hay índice.", "Below 200 there is no index."),
        ),
        heading("Promesa y realidad", "Promise and reality"),
        Panel(
            Words("Proporción juzgada no potable", "Share judged not potable"),
            "timeseries",
            (
                Query(NOT_POTABLE, Words("última hora", "last hour")),
                Query(EXPECTED, Words("según la configuración", "by the settings")),
            ),
            unit="percentunit",
            width=12,
            height=8,
        ),
        Panel(
            Words("Confirmaciones por día", "Confirmations a day"),
            "timeseries",
            (
                Query(
                    'sum(rate(vigia_transitions_total{kind="agua_no_potable",severity="confirmada",'
                    'change=~"raised|confirmed"}[6h])) * 86400',
                    Words("ocurridas", "happened"),
                ),
                Query(
                    "sum(rate(vigia_stored_total[6h])) * 86400 / scalar(max(vigia_evidence_budget_readings))",
                    Words("falsas que permite el presupuesto", "false ones that the budget allows"),
                ),
            ),
            width=12,
            height=8,
        ),
        Panel(
            Words("Muestras juzgadas a mano por hora", "Spot checks an hour"),
            "timeseries",
            (Query("sum by (potabilidad) (rate(vigia_api_verdicts_total[15m])) * 3600", same("{{potabilidad}}")),),
            width=12,
            height=8,
        ),
        Panel(
            Words("Tiempo de evaluación de un lote", "Time to score a batch"),
            "timeseries",
            (
                Query(
                    'histogram_quantile(0.5, sum by (le) (rate(vigia_stage_seconds_bucket{stage="score"}[5m])))',
                    same("p50"),
                ),
                Query(
                    'histogram_quantile(0.99, sum by (le) (rate(vigia_stage_seconds_bucket{stage="score"}[5m])))',
                    same("p99"),
                ),
            ),
            unit="s",
            width=12,
            height=8,
        ),
    ),
    since="now-24h",
)
