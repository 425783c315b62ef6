"""Operations: whether every reading comes, is judged in time, and people are told."""

from typing import Final

from grafana.dashboard import Dashboard
from grafana.panel import GREEN, RED, YELLOW, Panel, Query, Words, heading, same
from grafana.readings import HALF, READINGS, TALL, THIRD, quantiles

YES_NO: Final = (("0", Words("no", "no"), RED), ("1", Words("sí", "yes"), GREEN))

_STATE: Final = (
    Panel(
        Words("Servicios que responden", "Services that answer"),
        "stat",
        (Query('up{job=~"ingest|api"}', same("{{job}}")),),
        names=YES_NO,
    ),
    Panel(
        Words("Conectado al broker", "Connected to the broker"),
        "stat",
        (Query("vigia_mqtt_connected"),),
        names=YES_NO,
        help=Words("sí: ingest está suscrito en el broker.", "yes: ingest is subscribed at the broker."),
    ),
    Panel(
        Words("El almacén acepta escrituras", "The store can be written"),
        "stat",
        (Query("vigia_store_writable"),),
        names=YES_NO,
    ),
    Panel(
        Words("Lecturas por segundo", "Readings a second"),
        "stat",
        (Query("sum(rate(vigia_stored_total[1m]))"),),
        steps=((None, RED), (0.001, GREEN)),
    ),
    Panel(
        Words("Alarmas abiertas", "Open alarms"),
        "stat",
        (Query("sum(vigia_alarms_open)"),),
        steps=((None, GREEN), (1, YELLOW)),
    ),
    Panel(
        Words("Espera del aviso más antiguo", "Oldest unsent notification"),
        "stat",
        (
            Query(
                "clamp_min(time() - max(vigia_delivery_oldest_pending_timestamp_seconds), 0)"
                " * (max(vigia_delivery_oldest_pending_timestamp_seconds) > bool 0)"
            ),
        ),
        unit="s",
        steps=((None, GREEN), (75, YELLOW), (120, RED)),
        help=Words(
            "Los avisos sobre sensores se juntan hasta un minuto; los de agua salen de inmediato.",
            "Notices about sensors gather for up to a minute; those on the water leave at once.",
        ),
    ),
    Panel(
        Words("Alertas activas del servicio", "Alerts about the service"),
        "table",
        (Query('max by (alertname, severity, receiver, measurement) (ALERTS{alertstate="firing"})'),),
        width=24,
        height=5,
        help=Words(
            "Qué hacer con cada una: docs/runbook.md. VigiaWatchdog está siempre.",
            "What to do about each: docs/runbook.md. VigiaWatchdog is always there.",
        ),
    ),
)

_NOTICES: Final = (
    heading("Avisos", "Notifications"),
    Panel(
        Words("De la medición al aviso entregado", "From measurement to notification handed over"),
        "timeseries",
        quantiles("vigia_alert_seconds", "receiver", "{{receiver}}"),
        unit="s",
        width=HALF,
        height=TALL,
        help=Words(
            "Alarmas de agua, nuevas o confirmadas. Objetivo: p50 de 0,2 s y p99 de 1 s.",
            "Alarms on the water, new or confirmed. Objective: p50 of 0.2 s and p99 of 1 s.",
        ),
    ),
    Panel(
        Words("Del registro al aviso entregado", "From store to notification handed over"),
        "timeseries",
        quantiles("vigia_delivery_seconds", "receiver", "{{receiver}}"),
        unit="s",
        width=HALF,
        height=TALL,
        help=Words(
            "Todos los avisos; los de sensores se juntan hasta un minuto.",
            "All notifications; those about sensors gather for up to a minute.",
        ),
    ),
    Panel(
        Words("Entregas por minuto", "Deliveries a minute"),
        "timeseries",
        (
            Query(
                "sum by (receiver, outcome) (rate(vigia_deliveries_total[5m])) * 60", same("{{receiver}} {{outcome}}")
            ),
        ),
        width=HALF,
        height=TALL,
    ),
    Panel(
        Words("Último aviso entregado, hace", "Last notification handed over, ago"),
        "stat",
        (Query("time() - (vigia_delivery_last_sent_timestamp_seconds > 0)", same("{{receiver}}")),),
        unit="s",
        width=HALF,
        height=TALL,
    ),
)

_BASIS: Final = (
    heading("Broker, almacén y API", "Broker, store and API"),
    Panel(
        Words("Descartados por el broker", "Dropped by the broker"),
        "stat",
        (Query("increase(vigia_broker_dropped_total[1h])", Words("última hora", "last hour")),),
        steps=((None, GREEN), (1, RED)),
        width=THIRD,
        help=Words("Cada uno es una lectura perdida.", "Each is a lost reading."),
    ),
    Panel(
        Words("Clientes del broker", "Clients of the broker"),
        "stat",
        (
            Query("vigia_broker_clients_connected", Words("conectados", "connected")),
            Query("vigia_broker_clients_away", Words("ausentes con cola", "away, with a queue")),
        ),
        width=THIRD,
    ),
    Panel(
        Words("En cuarentena", "In quarantine"),
        "stat",
        (Query("vigia_quarantine_messages"),),
        width=THIRD,
    ),
    Panel(
        Words("Mensajes en el broker por segundo", "Messages at the broker a second"),
        "timeseries",
        (
            Query("rate(vigia_broker_received_total[1m])", Words("publicados", "published")),
            Query("rate(vigia_broker_sent_total[1m])", Words("enviados", "sent")),
        ),
        width=THIRD,
        height=TALL,
    ),
    Panel(
        Words("Tamaño de colas y almacén", "Size of queues and store"),
        "timeseries",
        (
            Query("vigia_store_bytes", Words("almacén", "store")),
            Query("vigia_broker_stored_bytes", Words("cola del broker", "broker's queue")),
        ),
        unit="bytes",
        width=THIRD,
        height=TALL,
    ),
    Panel(
        Words("Disco libre", "Free disk"),
        "timeseries",
        (Query("vigia_store_disk_free_bytes / vigia_store_disk_bytes", Words("libre", "free")),),
        unit="percentunit",
        width=THIRD,
        height=TALL,
        steps=((None, RED), (0.05, YELLOW), (0.15, GREEN)),
    ),
    Panel(
        Words("Consultas a la API por segundo", "Requests to the API a second"),
        "timeseries",
        (
            Query(
                "sum by (path_template, code) (rate(vigia_api_requests_total[1m]))", same("{{path_template}} {{code}}")
            ),
        ),
        width=HALF,
        height=TALL,
    ),
    Panel(
        Words("Tiempo de respuesta de la API (p99)", "Time to answer of the API (p99)"),
        "timeseries",
        (
            Query(
                "histogram_quantile(0.99, sum by (le, path_template) (rate(vigia_api_request_seconds_bucket[5m])))",
                same("{{path_template}}"),
            ),
        ),
        unit="s",
        width=HALF,
        height=TALL,
    ),
)

OPERATIONS: Final = Dashboard(
    "vigia-operacion",
    Words("Vigía: operación", "Vigía: operations"),
    (*_STATE, *READINGS, *_NOTICES, *_BASIS),
)
