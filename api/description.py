"""`GET /` for programs: what the model is, which problem it solves, what goes in and what comes out."""

from collections.abc import Mapping
from typing import Any, Final

from api import VERSION
from api.bench import Bench
from api.texts import DESCRIPTION
from model.sample import EXAMPLE, MEASUREMENTS
from settings.schema import Language

LINKS: Final = {
    "potabilidad": "/potabilidad",
    "alarmas": "/alarmas",
    "sensores": "/sensores",
    "ventanas": "/ventanas",
    "docs": "/docs",
    "openapi": "/openapi.json",
    "livez": "/livez",
    "readyz": "/readyz",
    "version": "/version",
    "metrics": "/metrics",
}


def describe(bench: Bench, language: Language) -> dict[str, Any]:
    """Return the description of the service as JSON, the keys in Spanish and the sentences in the language."""
    words = DESCRIPTION[language]
    return {
        "servicio": "Vigía",
        "version": VERSION,
        "problema": words["problem"],
        "modelo": _model(bench, words),
        "entrada": {
            "descripcion": words["input"],
            "mediciones": [
                {
                    "nombre": m.name,
                    "descripcion": m.label_es if language == "es" else m.label_en,
                    "unidad": m.unit,
                    "minimo": m.low,
                    "maximo": m.high,
                }
                for m in MEASUREMENTS
            ],
            "ejemplo": EXAMPLE,
        },
        "salida": {"descripcion": words["output"], "ejemplo": {"potabilidad": 0}},
        "advertencia": words["caveat"],
        "enlaces": LINKS,
    }


def _model(bench: Bench, words: Mapping[str, str]) -> dict[str, Any]:
    if bench.judge is None:
        return {"descripcion": words["none"], "version": None}
    judge = bench.judge
    return {
        "descripcion": words["kind"],
        "version": judge.metadata.version,
        "creado": judge.metadata.created,
        "umbral": judge.decision.threshold,
        "prior": judge.decision.prior,
        "falsas_alarmas": judge.rates.false_alarm,
        "deteccion": judge.rates.detection,
    }
