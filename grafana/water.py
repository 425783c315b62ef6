"""Water quality: which sites are in alarm, how many alarms people get, and which sensors nobody hears."""

from typing import Final

from grafana.dashboard import Dashboard, Variable
from grafana.panel import GREEN, RED, YELLOW, Panel, Query, Words, heading, same

CALM: Final = ((None, GREEN), (1, YELLOW))
GRAVE: Final = ((None, GREEN), (1, RED))


def standing(es: str, en: str, kind: str, severity: str, steps: tuple[tuple[float | None, str], ...]) -> Panel:
    """Return the number of open alarms of a kind and severity."""
    expr = f'sum(vigia_alarms_open{{kind="{kind}",severity="{severity}"}})'
    return Panel(Words(es, en), "stat", (Query(expr),), steps=steps, width=3)


WATER: Final = Dashboard(
    "vigia-agua",
    Words("Vigía: calidad del agua", "Vigía: water quality"),
    (
        standing("Agua no potable, confirmada", "Not potable, confirmed", "agua_no_potable", "confirmada", GRAVE),
        standing("Agua no potable, presunta", "Not potable, presumed", "agua_no_potable", "presunta", CALM),
        standing("Falla de sensor", "Sensor fault", "falla_sensor", "tecnica", CALM),
        standing("Sin datos", "No data", "sin_datos", "tecnica", CALM),
        Panel(
            Words("Sin reconocer", "Unacknowledged"),
            "stat",
            (Query("sum(vigia_alarms_unacknowledged)"),),
            steps=GRAVE,
            help=Words("Alarmas abiertas que nadie ha reconocido.", "Open alarms that nobody has acknowledged."),
        ),
        Panel(
            Words("Retenidas", "Held back"),
            "stat",
            (Query("sum(vigia_alarms_held)"),),
            steps=CALM,
            help=Words(
                "Alarmas abiertas que una postergación o ventana de mantención impide avisar.",
                "Open alarms that a shelf or maintenance window keeps from being told.",
            ),
        ),
        Panel(Words("Sensores", "Sensors"), "stat", (Query("sum(vigia_sensors)"),)),
        Panel(
            Words("Un sensor", "One sensor"),
            "text",
            width=24,
            height=3,
            markdown=Words(
                "Historia, evidencia y alarmas de un sensor: [${sensor}](${page}/sensores/${sensor:raw}). "
                "Todas las alarmas abiertas: [página del operador](${page}/alarmas).",
                "History, evidence and alarms of a sensor: [${sensor}](${page}/sensores/${sensor:raw}). "
                "All open alarms: [operator page](${page}/alarmas).",
            ),
        ),
        heading("Por sitio", "By site"),
        Panel(
            Words("Alarmas de agua abiertas, por sitio", "Open alarms on the water, by site"),
            "bargauge",
            (Query('sum by (site) (vigia_site_alarms_open{kind="agua_no_potable",site=~"$site"})', same("{{site}}")),),
            width=12,
            height=10,
            steps=CALM,
            help=Words(
                "Los 50 sitios con más sensores; los demás juntos en (otros).",
                "The 50 sites with the most sensors; the others together as (otros).",
            ),
        ),
        Panel(
            Words("Sensores en silencio, por sitio", "Silent sensors, by site"),
            "bargauge",
            (
                Query(
                    'sum by (site) (vigia_site_alarms_open{kind="sin_datos",site=~"$site"})'
                    ' / sum by (site) (vigia_site_sensors{site=~"$site"})',
                    same("{{site}}"),
                ),
            ),
            unit="percentunit",
            width=12,
            height=10,
            steps=((None, GREEN), (0.05, YELLOW), (0.2, RED)),
        ),
        Panel(
            Words("Alarmas abiertas, por sitio", "Open alarms, by site"),
            "timeseries",
            (Query('sum by (site) (vigia_site_alarms_open{site=~"$site"})', same("{{site}}")),),
            width=24,
            height=8,
        ),
        heading("En el tiempo", "Over time"),
        Panel(
            Words("Alarmas abiertas", "Open alarms"),
            "timeseries",
            (Query("sum by (kind, severity) (vigia_alarms_open)", same("{{kind}} {{severity}}")),),
            width=12,
            height=8,
        ),
        Panel(
            Words("Lecturas no potables", "Readings that are not potable"),
            "timeseries",
            (
                Query(
                    "sum(rate(vigia_not_potable_total[5m])) / sum(rate(vigia_stored_total[5m]))",
                    Words("juzgadas no potables", "judged not potable"),
                ),
            ),
            unit="percentunit",
            width=12,
            height=8,
        ),
        Panel(
            Words("Alarmas nuevas en 10 minutos", "New alarms in 10 minutes"),
            "timeseries",
            (Query('sum by (kind) (increase(vigia_transitions_total{change="raised"}[10m]))', same("{{kind}}")),),
            width=12,
            height=8,
            steps=((None, GREEN), (1, YELLOW), (10, RED)),
            help=Words(
                "EEMUA 191: menos de una en diez minutos por operador; diez son una avalancha.",
                "EEMUA 191: under one in ten minutes for each operator; ten are a flood.",
            ),
        ),
        Panel(
            Words("Cambios de alarmas por hora", "Changes of alarms, an hour"),
            "timeseries",
            (Query("sum by (change) (rate(vigia_transitions_total[15m])) * 3600", same("{{change}}")),),
            width=12,
            height=8,
        ),
    ),
    since="now-6h",
    variables=(
        Variable("site", Words("Sitio", "Site"), query="label_values(vigia_site_sensors, site)"),
        Variable("sensor", Words("Sensor (sitio/sensor)", "Sensor (site/sensor)"), text="pajaritos/tuberia-01"),
        Variable("page", Words("Página del operador", "Operator page"), text="http://127.0.0.1:8000"),
    ),
)
