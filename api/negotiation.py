"""What a client would rather have: its language, and a page or JSON (pure)."""

import math

from settings.schema import Language


def language(accept_language: str) -> Language:
    """Return English when the header prefers it to Spanish, which is what operators get by default."""
    wanted: dict[str, float] = {}
    for tag, weight in _weights(accept_language).items():
        primary = tag.split("-")[0]
        wanted[primary] = max(weight, wanted.get(primary, 0.0))
    anything = wanted.get("*", 0.0)
    return "en" if wanted.get("en", anything) > wanted.get("es", anything) else "es"


def wants_page(accept: str) -> bool:
    """Return whether the header prefers HTML to JSON; curl's `*/*` and no header at all mean JSON."""
    wanted = _weights(accept)
    anything = wanted.get("*/*", 0.0)
    html = wanted.get("text/html", wanted.get("text/*", anything))
    return html > wanted.get("application/json", wanted.get("application/*", anything))


def _weights(header: str) -> dict[str, float]:
    """Return the ranges of an Accept header, in lower case, with their weights; a weight that is none counts as 0."""
    weights = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
        try:
            value = float(weight)
        except ValueError:
            value = 0.0
        weights[name] = value if math.isfinite(value) else 0.0
    return weights
