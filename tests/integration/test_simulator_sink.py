"""The demo's receiver, with Apprise itself as the sender."""

import urllib.error
import urllib.request

import apprise
import pytest

from simulator.sink import Sink


def test_what_apprise_sends_is_kept_in_order() -> None:
    """Title and text, accents included."""
    with Sink() as sink:
        sender = apprise.Apprise()
        assert sender.add(sink.url)
        for number in ("uno", "dos"):
            assert sender.notify(title="Vigía", body=f"agua no potable · {number}")
        assert [(n.title, n.body) for n in sink.received()] == [
            ("Vigía", "agua no potable · uno"),
            ("Vigía", "agua no potable · dos"),
        ]


def test_what_is_no_notification_is_refused() -> None:
    """400, and nothing is kept."""
    with Sink() as sink:
        request = urllib.request.Request(sink.url.replace("json://", "http://"), data=b"[]")  # noqa: S310 - our own
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=5)  # noqa: S310
        refused.value.close()
        assert refused.value.code == 400
        assert sink.received() == []
