"""Who may change something: whoever has the key where one is set, and forms only from our own pages."""

import secrets
from urllib.parse import urlsplit

from fastapi import Request
from pydantic import SecretStr

from api.problems import Mistake, Problem


def key_in_header(request: Request) -> bytes:
    """Return the key that came as X-API-Key, as it was sent; "" when none was."""
    return request.headers.get("x-api-key", "").encode("latin-1")


def check_key(expected: SecretStr | None, given: bytes) -> None:
    """Let pass whoever gives the key, in UTF-8, and everybody where none is set.

    Raises:
        Problem: 401.

    """
    wanted = expected.get_secret_value() if expected else ""
    if wanted and not secrets.compare_digest(wanted.encode(), given):
        raise Problem(401, Mistake("key", "clave"), headers={"WWW-Authenticate": 'ApiKey realm="vigia"'})


def check_origin(request: Request) -> None:
    """Let a form pass that one of our own pages sent, as the browser says of it.

    A page elsewhere could send the same form with the operator's browser, from inside the network. Browsers say where
    a form comes from by Sec-Fetch-Site, or by Origin where the page came over plain HTTP; whoever says nothing is no
    browser of today and has JSON.

    Raises:
        Problem: 403.

    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site == "same-origin"
    else:
        # The host is enough: behind a proxy that ends TLS the scheme is not the browser's.
        origin = request.headers.get("origin", "")
        ours = _host(origin) == request.headers.get("host", "").lower() != ""
    if not ours:
        raise Problem(403, Mistake("foreign_form"))


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
