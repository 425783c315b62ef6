"""Who may change something over HTTP."""

import pytest
from fastapi import Request
from pydantic import SecretStr

from api.guard import check_key, check_origin
from api.problems import Problem


def request(headers: dict[str, str]) -> Request:
    """Return a request to agua.local:8000 with these headers."""
    given = {"host": "agua.local:8000"} | headers
    raw = [(name.encode(), value.encode()) for name, value in given.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw})


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"origin": "http://agua.local:8000"},
        {"origin": "https://AGUA.local:8000"},
    ],
)
def test_our_own_pages_may_send_forms(headers: dict[str, str]) -> None:
    """A proxy may have ended TLS before us."""
    check_origin(request(headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "http://agua.local:8000"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "http://evil.example"},
        {"origin": "http://agua.local:9000"},
        {"origin": "null"},
        {"origin": "http://["},
        {"origin": "", "host": ""},
        {},
    ],
)
def test_nobody_else_may(headers: dict[str, str]) -> None:
    """Nor whoever does not say where the form comes from."""
    with pytest.raises(Problem) as caught:
        check_origin(request(headers))
    assert caught.value.status == 403


def test_the_key_is_needed_where_one_is_set() -> None:
    """An empty one is none."""
    check_key(None, b"")
    check_key(SecretStr(""), b"")
    check_key(SecretStr("cañería"), "cañería".encode())
    for wrong in (b"", b"x", "cañería ".encode()):
        with pytest.raises(Problem) as caught:
            check_key(SecretStr("cañería"), wrong)
        assert caught.value.status == 401
