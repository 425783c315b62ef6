"""What may stand in the addresses of alarms and sensors, each with its bounds."""

from typing import Annotated, Final, Literal, TypeAlias

from fastapi import Path, Query
from pydantic import BeforeValidator, Field

from alerts.transition import Kind
from api import period

LARGEST_ID: Final = 2**31 - 1
"""What the column of ids holds on PostgreSQL."""
NAME: Final = "[A-Za-z0-9_-]{1,64}"
"""Names of sites and sensors, as in topics."""

# A form sends the fields that were left empty too.
_Blank: Final = BeforeValidator(lambda value: None if value == "" else value)

HoldId: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Número de la ventana.")]
AlarmId: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Número de la alarma.")]
Before: TypeAlias = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Solo alarmas anteriores a esta.")]
States: TypeAlias = Literal["abiertas", "terminadas", "terminadas_sin_reconocer", "todas"]
_STATES: Final = "Las abiertas, las terminadas, de estas las que nadie reconoció, o todas"
State: TypeAlias = Annotated[States, Query(description=f"{_STATES}.")]
OptionalState: TypeAlias = Annotated[States | None, Query(description=f"{_STATES}; si se da, vale más que `abiertas`.")]
Open: TypeAlias = Annotated[bool, Query(description="true: las abiertas; false: las terminadas.")]
OfKind: TypeAlias = Annotated[Kind | None, _Blank, Query(description="Clase de alarma.")]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=500, description="Cuántas como máximo.")]
_Name: TypeAlias = Annotated[str, Field(pattern=f"^{NAME}$")]
SiteFilter: TypeAlias = Annotated[_Name | None, _Blank, Query(description="Solo este sitio.")]
SensorFilter: TypeAlias = Annotated[_Name | None, _Blank, Query(description="Solo el sensor de este nombre.")]
SitePart: TypeAlias = Annotated[str, Path(pattern=f"^{NAME}$", description="Sitio.")]
SensorPart: TypeAlias = Annotated[str, Path(pattern=f"^{NAME}$", description="Sensor.")]
After: TypeAlias = Annotated[
    str | None, Query(pattern=f"^{NAME}/{NAME}$", description="Solo sensores que siguen a este, `sitio/sensor`.")
]
Readings: TypeAlias = Annotated[int, Query(ge=1, le=500, description="Cuántas lecturas, de la más nueva atrás.")]
Period: TypeAlias = Annotated[period.Name, Query(description="Período de los gráficos de la página.")]


def is_open(state: States) -> bool | None:
    """Return what a state asks of an alarm: to be open or ended, or None for nothing."""
    return {"abiertas": True, "todas": None}.get(state, False)


def is_unacknowledged(state: States) -> bool:
    """Return whether a state asks for alarms that nobody has acknowledged."""
    return state == "terminadas_sin_reconocer"
