"""Every sentence that the HTTP service says, in Spanish and English: errors, description, page.

Titles are those of the HTTP status; reasons say what is wrong with a field or with the whole request. Braces are
filled in with our own facts (a unit, a limit, a position), never with what the client sent.
"""

from collections.abc import Mapping
from typing import Final

from settings.schema import Language

TITLES: Final[Mapping[Language, Mapping[int, str]]] = {
    "es": {
        400: "Solicitud incorrecta",
        404: "No encontrado",
        405: "Método no permitido",
        408: "Tiempo de espera agotado",
        413: "Contenido demasiado grande",
        415: "Tipo de contenido no admitido",
        422: "Contenido no procesable",
        500: "Error interno",
        503: "Servicio no disponible",
    },
    "en": {
        400: "Bad Request",
        404: "Not Found",
        405: "Method Not Allowed",
        408: "Request Timeout",
        413: "Content Too Large",
        415: "Unsupported Media Type",
        422: "Unprocessable Content",
        500: "Internal Server Error",
        503: "Service Unavailable",
    },
}

REASONS: Final[Mapping[Language, Mapping[str, str]]] = {
    "es": {
        "body": "cuerpo",
        "bad_request": "la solicitud no se entiende",
        "not_found": "no hay nada en esta dirección; GET / describe el servicio",
        "method": "esta dirección no admite ese método",
        "slow": "la solicitud no llegó completa en {seconds} s",
        "too_large": "supera {limit} bytes",
        "media_type": "envíe JSON con Content-Type: application/json",
        "not_form": "envíe el formulario como application/x-www-form-urlencoded",
        "empty": "está vacío; envíe un objeto JSON con las mediciones",
        "not_json": "no es JSON válido (línea {line}, columna {column})",
        "not_object": "debe ser un objeto JSON con las mediciones por nombre",
        "not_number": "debe ser un número",
        "not_finite": "debe ser un número finito",
        "out_of_range": "fuera de lo físicamente posible: de {low} a {high} {unit}",
        "unknown": "no existe; las mediciones son {names}",
        "twice": "aparece más de una vez",
        "none": "falta al menos una medición con valor",
        "not_boolean": "debe ser true o false",
        "internal": "el servicio falló; el error quedó registrado",
        "no_model": "no hay un modelo utilizable ({reason}); el registro del servicio dice por qué",
    },
    "en": {
        "body": "body",
        "bad_request": "the request cannot be understood",
        "not_found": "there is nothing at this address; GET / describes the service",
        "method": "this address does not take that method",
        "slow": "the request was not complete after {seconds} s",
        "too_large": "is larger than {limit} bytes",
        "media_type": "send JSON with Content-Type: application/json",
        "not_form": "send the form as application/x-www-form-urlencoded",
        "empty": "is empty; send a JSON object with the measurements",
        "not_json": "is not valid JSON (line {line}, column {column})",
        "not_object": "must be a JSON object with the measurements by name",
        "not_number": "must be a number",
        "not_finite": "must be a finite number",
        "out_of_range": "not physically possible: {low} to {high} {unit}",
        "unknown": "does not exist; the measurements are {names}",
        "twice": "is there more than once",
        "none": "at least one measurement needs a value",
        "not_boolean": "must be true or false",
        "internal": "the service failed; the error has been logged",
        "no_model": "there is no usable model ({reason}); the service's log says why",
    },
}

DESCRIPTION: Final[Mapping[Language, Mapping[str, str]]] = {
    "es": {
        "problem": "Decidir, a partir de nueve mediciones químicas que toman sensores en cañerías, ductos y estanques, "
        "si el agua es potable, y avisar de inmediato cuando no lo es.",
        "kind": "Clasificador XGBoost ajustado con Optuna; probabilidades calibradas de que el agua no sea potable.",
        "none": "No hay un modelo utilizable; /readyz dice por qué.",
        "input": "POST /potabilidad con un objeto JSON. Una medición puede ser null o faltar, pero no todas; los "
        "límites son lo físicamente posible, no lo bueno para beber.",
        "output": '{"potabilidad": 1} si el agua es potable, {"potabilidad": 0} si no lo es. Con ?detalle=true se '
        "agregan probabilidad, umbral, aporte de cada medición y normas superadas. Los errores son RFC 9457.",
        "caveat": "Una ayuda para quien está de turno, no un análisis de laboratorio.",
    },
    "en": {
        "problem": "Decide from nine chemical measurements, taken by sensors in pipes, conduits and tanks, whether the "
        "water is potable, and tell people at once when it is not.",
        "kind": "XGBoost classifier tuned with Optuna; calibrated probabilities that the water is not potable.",
        "none": "There is no usable model; /readyz says why.",
        "input": "POST /potabilidad with a JSON object. A measurement may be null or absent, but not all; the limits "
        "are what is physically possible, not what is good to drink.",
        "output": '{"potabilidad": 1} if the water is potable, {"potabilidad": 0} if it is not. ?detalle=true adds '
        "probability, threshold, contribution of each measurement and norms exceeded. Errors are RFC 9457.",
        "caveat": "A help for the person on duty, not a laboratory analysis.",
    },
}

PAGE: Final[Mapping[Language, Mapping[str, str]]] = {
    "es": {
        "tagline": "Alarma de agua",
        "other": "English",
        "heading": "Comprobar una muestra",
        "hint": "Deje vacío lo que no se midió. Coma o punto decimal, sin separador de miles.",
        "submit": "Evaluar",
        "example": "Llenar con un ejemplo",
        "potable": "Potable",
        "not_potable": "No potable",
        "probability": "probabilidad de que no sea potable",
        "threshold": "umbral",
        "prior": "proporción de agua no potable esperada",
        "drivers": "Qué pesó en el veredicto del modelo",
        "drivers_note": "Aporte al logit de «no potable»: a la derecha, contra el agua; a la izquierda, a su favor.",
        "missing": "sin dato",
        "norms": "Normas que la muestra supera (contexto, no causa)",
        "no_norms": "No supera el valor de ninguna norma conocida.",
        "above": "sobre el valor de",
        "below": "bajo el valor de",
        "norms_note": "Las normas hablan de promedios y percentiles: una lectura sola no las incumple.",
        "wrong": "No se pudo evaluar",
        "service": "Servicio",
        "model": "modelo",
        "no_model": "sin modelo: no se puede evaluar",
        "false_alarm": "falsas alarmas por lectura",
        "detection": "detección por lectura",
        "by_program": "Desde un programa",
    },
    "en": {
        "tagline": "Water alarm",
        "other": "Español",
        "heading": "Check a sample",
        "hint": "Leave empty what was not measured. Decimal comma or point, no thousands separator.",
        "submit": "Check",
        "example": "Fill in an example",
        "potable": "Potable",
        "not_potable": "Not potable",
        "probability": "probability of not being potable",
        "threshold": "threshold",
        "prior": "expected share of water that is not potable",
        "drivers": "What weighed in the model's verdict",
        "drivers_note": "Contribution to the logit of “not potable”: right speaks against the water, left for it.",
        "missing": "no value",
        "norms": "Norms that the sample is above (context, not cause)",
        "no_norms": "It is above the value of no known norm.",
        "above": "above the value of",
        "below": "below the value of",
        "norms_note": "Norms speak of averages and percentiles: one reading alone is not in breach of them.",
        "wrong": "The sample could not be checked",
        "service": "Service",
        "model": "model",
        "no_model": "no model: nothing can be checked",
        "false_alarm": "false alarms per reading",
        "detection": "detection per reading",
        "by_program": "From a program",
    },
}
