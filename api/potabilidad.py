"""`POST /potabilidad`: the spot check by hand, as the assignment asks for it."""

from typing import Annotated, Any, Final, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from api import body, sample
from api.bench import Bench
from api.edge import Edge
from api.front import Front
from api.judge import Explained, Judge
from api.metrics import Metrics
from api.problems import Mistake, Problem, documented, preferred_language
from model.sample import BY_NAME, EXAMPLE, NAMES, Values

# `curl -d` without -H says that it sends a form. That is how most people's first try looks, and what they send is
# JSON all the same; a body that is not, gets its 400. Nothing is changed by this request, so no page can misuse it.
JSON_TYPES: Final = frozenset({"", "application/json", "application/x-www-form-urlencoded"})
# There are two answers, so both are made once; sending one does not change it.
_ANSWERS: Final = {
    True: Response(b'{"potabilidad": 1}', media_type="application/json"),
    False: Response(b'{"potabilidad": 0}', media_type="application/json"),
}


class Contribution(BaseModel):
    """What a measurement added to the log-odds of not potable; above zero speaks against the water."""

    medicion: str
    valor: float | None
    unidad: str
    aporte: float


class NormBeside(BaseModel):
    """A norm whose value the sample is above or, of a range, below: context, not the cause of the verdict."""

    norma: str
    medicion: str
    valor: float
    sentido: Literal["sobre", "bajo"]
    limite: float
    unidad: str
    nota: str
    fuente: str


class Verdict(BaseModel):
    """1 is potable, 0 is not."""

    potabilidad: Literal[0, 1]


class Detail(Verdict):
    """The verdict with its reasons; the sample is not potable from `umbral` up."""

    probabilidad_no_potable: float
    umbral: float
    prior: float
    modelo: str
    aportes: list[Contribution]
    normas: list[NormBeside]


def install(app: Front, bench: Bench, metrics: Metrics) -> None:
    """Add the route, with and without the slash at the end: a redirect would make curl drop the body."""
    operation: dict[str, Any] = {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": sample.json_schema(), "example": EXAMPLE}},
        }
    }

    async def verdict(request: Request) -> Response:
        judge = bench.seated()
        potable = judge.potable(await read_sample(request))
        metrics.judged(potable=potable)
        return _ANSWERS[potable]

    async def straight(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            answer = await verdict(request)
        except Problem as problem:
            answer = problem.response(preferred_language(request))
        await answer(scope, receive, send)

    async def judge_sample(
        request: Request,
        *,
        detalle: Annotated[bool, Query(description="Agrega las razones del veredicto.")] = False,
    ) -> Response:
        """Reciba las nueve mediciones y responda si el agua es potable (1) o no (0).

        Una medición puede ser null o faltar, pero no todas.
        """
        if not detalle:
            return await verdict(request)
        judge = bench.seated()
        explained = judge.explain(await read_sample(request))
        metrics.judged(potable=explained.potable)
        return Response(detail(judge, explained).model_dump_json(), media_type="application/json")

    for path, shown in (("/potabilidad", True), ("/potabilidad/", False)):
        app.straight["POST", path] = Edge(straight, metrics, path)  # without a query, which is nearly everything
        app.add_api_route(
            path,
            judge_sample,
            methods=["POST"],
            summary="Evaluar una muestra",
            response_model=Verdict | Detail,
            responses=documented(400, 408, 413, 415, 422, 503),
            openapi_extra=operation,
            include_in_schema=shown,
        )


async def read_sample(request: Request) -> Values:
    """Return the nine values that a request carries.

    Raises:
        Problem: 4xx, whatever is wrong with the body.

    """
    kind = body.media_type(request)
    if kind not in JSON_TYPES and not kind.endswith("+json"):
        raise Problem(415, Mistake("media_type"))
    return sample.from_json(await body.read(request))


def detail(judge: Judge, explained: Explained) -> Detail:
    """Return an explained verdict as it is answered."""
    measured = dict(zip(NAMES, explained.values, strict=True))
    return Detail(
        potabilidad=1 if explained.potable else 0,
        probabilidad_no_potable=explained.probability,
        umbral=judge.decision.threshold,
        prior=judge.decision.prior,
        modelo=judge.metadata.version,
        aportes=[
            Contribution(medicion=c.name, valor=measured[c.name], unidad=BY_NAME[c.name].unit, aporte=c.log_odds)
            for c in explained.contributions
        ],
        normas=[
            NormBeside(
                norma=e.norm.name,
                medicion=e.limit.measurement,
                valor=e.value,
                sentido="sobre" if e.side == "above" else "bajo",
                limite=e.bound,
                unidad=e.limit.unit,
                nota=e.limit.note_es,
                fuente=e.norm.source,
            )
            for e in explained.exceedances
        ],
    )
