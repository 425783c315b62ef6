"""Windows and shelves as JSON, and what becomes of an announcement (pure)."""

from pydantic import BaseModel

from alerts.hold import Hold, Reason
from api.act_document import example
from api.iso import iso
from api.problems import Mistake, Problem
from api.statement import Announcement, microseconds


class HoldDocument(BaseModel):
    """A window, or the shelf of an alarm (`motivo` archivada, of the kind `tipo`).

    Without `sensor` it is of a whole site, without `hasta` until somebody ends it. `vigente`: it lasts now.
    """

    model_config = example(
        id=2,
        sitio="maipu-centro",
        sensor="p-017",
        motivo="calibracion",
        tipo=None,
        desde="2026-11-22T12:00:00.000+00:00",
        hasta="2026-11-22T13:00:00.000+00:00",
        vigente=True,
        quien="M. Rojas",
        nota="tampón de pH 4",
        creada="2026-11-22T12:00:00.000+00:00",
        terminada=None,
        terminada_por=None,
        enlace="/ventanas/2",
    )

    id: int
    sitio: str
    sensor: str | None
    motivo: str
    tipo: str | None
    desde: str
    hasta: str | None
    vigente: bool
    quien: str
    nota: str
    creada: str
    terminada: str | None
    terminada_por: str | None
    enlace: str


class HoldsDocument(BaseModel):
    """Those that last now or are still to come, those that end first in front."""

    ventanas: list[HoldDocument]


class EndAnswer(BaseModel):
    """The window; `ya_terminada`: it was over before, by itself or by somebody else."""

    ventana: HoldDocument
    ya_terminada: bool


def of_hold(hold: Hold, now_us: int) -> HoldDocument:
    """Return a hold."""
    site, _, sensor = hold.scope.partition("/")
    return HoldDocument(
        id=hold.id,
        sitio=site,
        sensor=sensor or None,
        motivo=hold.reason,
        tipo=hold.kind,
        desde=iso(hold.from_us),
        hasta=None if hold.until_us is None else iso(hold.until_us),
        vigente=hold.lasts(now_us),
        quien=hold.by,
        nota=hold.note,
        creada=iso(hold.placed_us),
        terminada=None if hold.ended_us is None else iso(hold.ended_us),
        terminada_por=hold.ended_by,
        enlace=f"/ventanas/{hold.id}",
    )


def announced(said: Announcement, now_us: int) -> Hold:
    """Return the hold, not yet placed, that an announcement asks for.

    Raises:
        Problem: 422 when it would have no end, or one that is not ahead.

    """
    from_us = now_us if said.desde is None else microseconds(said.desde)
    until_us = None if said.hasta is None else microseconds(said.hasta)
    reason = Reason(said.motivo)
    if until_us is None and reason is not Reason.OUT_OF_SERVICE:
        raise Problem(422, Mistake("no_end", "hasta"))
    if until_us is not None and until_us <= now_us:
        raise Problem(422, Mistake("ended_already", "hasta"))
    if until_us is not None and until_us <= from_us:
        raise Problem(422, Mistake("ends_first", "hasta"))
    scope = said.sitio if said.sensor is None else f"{said.sitio}/{said.sensor}"
    return Hold(0, scope, reason, None, from_us, until_us, said.quien, said.nota, now_us)


def is_about(hold: Hold, site: str | None, sensor: str | None) -> bool:
    """Return whether a hold is about a site, and a sensor of this name; one of a whole site is about each of it."""
    its_site, _, its_sensor = hold.scope.partition("/")
    return site in {None, its_site} and (sensor in {None, its_sensor} or not its_sensor)
