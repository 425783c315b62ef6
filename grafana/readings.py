"""The way of the readings: how many, how late, and what becomes of them at each stage."""

from typing import Final

from grafana.panel import Panel, Query, Words, heading, same

HALF: Final = 12
THIRD: Final = 8
TALL: Final = 8


def quantiles(metric: str, by: str = "", legend: str = "") -> tuple[Query, ...]:
    """Return the median and the 99th percentile of a histogram, for each value of a label."""
    labels = f"le, {by}" if by else "le"
    return tuple(
        Query(
            f"histogram_quantile({q}, sum by ({labels}) (rate({metric}_bucket[5m])))", same(f"{name} {legend}".strip())
        )
        for q, name in ((0.5, "p50"), (0.99, "p99"))
    )


READINGS: Final = (
    heading("Camino de las lecturas", "The way of the readings"),
    Panel(
        Words("Mensajes y lecturas por segundo", "Messages and readings a second"),
        "timeseries",
        (
            Query("rate(vigia_received_total[1m])", Words("mensajes recibidos", "messages received")),
            Query("rate(vigia_readings_total[1m])", Words("lecturas decodificadas", "readings decoded")),
            Query("rate(vigia_stored_total[1m])", Words("registradas", "stored")),
            Query("rate(vigia_duplicates_total[1m])", Words("duplicadas", "duplicates")),
            Query("sum(rate(vigia_refused_total[1m]))", Words("rechazadas", "refused")),
        ),
        width=HALF,
        height=TALL,
    ),
    Panel(
        Words("De la medición al registro", "From measurement to store"),
        "timeseries",
        quantiles("vigia_reading_age_seconds"),
        unit="s",
        width=HALF,
        height=TALL,
        help=Words("La lectura más antigua de cada lote.", "The oldest reading of each batch."),
    ),
    Panel(
        Words("Tiempo por etapa (p99)", "Time by stage (p99)"),
        "timeseries",
        (
            Query(
                "histogram_quantile(0.99, sum by (le, stage) (rate(vigia_stage_seconds_bucket[5m])))",
                same("{{stage}}"),
            ),
        ),
        unit="s",
        width=THIRD,
        height=TALL,
    ),
    Panel(
        Words("Mensajes por lote", "Messages in a batch"),
        "timeseries",
        quantiles("vigia_batch_messages"),
        width=THIRD,
        height=TALL,
    ),
    Panel(
        Words("Mensajes en espera", "Messages that wait"),
        "timeseries",
        (
            Query("vigia_inbox_messages", same("ingest")),
            Query("vigia_broker_stored_messages", same("broker")),
        ),
        width=THIRD,
        height=TALL,
        help=Words(
            "En el broker cuentan también los mensajes retenidos.", "Retained messages count at the broker as well."
        ),
    ),
    Panel(
        Words("Rechazadas por minuto, según motivo", "Refused a minute, by reason"),
        "timeseries",
        (Query("sum by (reason) (rate(vigia_refused_total[5m])) * 60", same("{{reason}}")),),
        width=THIRD,
        height=TALL,
    ),
    Panel(
        Words("Con marca por minuto", "With a mark, a minute"),
        "timeseries",
        (Query("sum by (mark) (rate(vigia_marked_total[5m])) * 60", same("{{mark}}")),),
        width=THIRD,
        height=TALL,
        help=Words(
            "late: llegó tras una más nueva; old, future: hora fuera de plazo; unlike_training: agua desconocida.",
            "late: came after a newer one; old, future: time out of bounds; unlike_training: unknown water.",
        ),
    ),
    Panel(
        Words("Acuses descartados por minuto", "Acknowledgements dropped, a minute"),
        "timeseries",
        (Query("rate(vigia_stale_acks_total[5m]) * 60", Words("acuses", "acknowledgements")),),
        width=THIRD,
        height=TALL,
        help=Words(
            "De una conexión que ya no existe: el broker vuelve a enviar el mensaje y no se pierde nada.",
            "Of a connection that is gone: the broker sends the message again and nothing is lost.",
        ),
    ),
)
