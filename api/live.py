"""`GET /eventos`: what changes on the overview, sent to every open page as it happens (server-sent events).

One task looks at the store twice a second, and only while somebody watches; each piece of the page is rendered once
for all who see the same. What a page is sent follows from what it has seen, so a slow one falls behind without a
queue, and one that comes back is sent what it missed.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import FastAPI, Query, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event

from alerts.clock import now_us
from api.overview import Overview, View
from api.parameters import SiteFilter
from api.problems import Mistake, Problem, documented
from api.rendering import reader_of

PERIOD_S: Final = 0.5
HEARTBEAT_S: Final = 5.0
"""A page that hears nothing for some of these says that it is no longer live."""
MOST: Final = 500
"""Pages that may be open at the same time."""
RETRY_MS: Final = 2_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Frame:
    """What changed between two looks, for each view; "" where nothing did."""

    since_us: int = 0
    until_us: int = 0
    pieces: dict[View, str] = field(default_factory=dict)


class Live:
    """Follows the store for all open pages. Used from one event loop."""

    def __init__(self, overview: Overview) -> None:
        """Start with nobody watching."""
        self.overview = overview
        self._watching: Counter[View] = Counter()
        self._frame = Frame()
        self._news = asyncio.Event()
        self._ended = False

    async def run(self) -> None:
        """Look, render and tell, until cancelled."""
        until_us, first = now_us(), True  # the first look takes longest: before anybody waits for it
        while True:
            await asyncio.sleep(0 if first else PERIOD_S)
            if not (self._watching or first):
                continue
            first = False
            try:
                frame = await asyncio.to_thread(self._next, until_us, tuple(self._watching))
            except Exception:
                log.exception("the open pages were not brought up to date")
                continue
            self._frame, until_us = frame, frame.until_us
            self._tell()

    def close(self) -> None:
        """End all streams: a server that stops would wait for them."""
        self._ended = True
        self._tell()

    async def follow(self, view: View, seen_us: int) -> AsyncIterator[bytes]:
        """Yield events for one page that shows what was known at a time."""
        self._watching[view] += 1
        try:
            yield format_sse_event(event="latido", data_str=str(now_us()), retry=RETRY_MS)
            sent_us = now_us()
            while not self._ended:
                news, frame = self._news, self._frame
                piece = await self._missed(view, seen_us, frame)
                seen_us = max(seen_us, frame.until_us)
                if piece:
                    yield format_sse_event(event="cambio", data_str=piece, id=str(seen_us))
                    sent_us = now_us()
                elif now_us() - sent_us > HEARTBEAT_S * 1e6:
                    yield format_sse_event(event="latido", data_str=str(now_us()))
                    sent_us = now_us()
                await news.wait()
        finally:
            self._watching[view] -= 1
            if not self._watching[view]:
                del self._watching[view]

    def is_full(self) -> bool:
        """Return whether no further page can be followed."""
        return self._watching.total() >= MOST

    async def _missed(self, view: View, seen_us: int, frame: Frame) -> str:
        if frame.until_us <= seen_us:
            return ""
        if frame.since_us == seen_us and view in frame.pieces:
            return frame.pieces[view]
        return await asyncio.to_thread(self.overview.changes, view, seen_us)

    def _next(self, since_us: int, views: tuple[View, ...]) -> Frame:
        until_us = self.overview.look()
        return Frame(since_us, until_us, {view: self.overview.changes(view, since_us) for view in views})

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def install(app: FastAPI, live: Live) -> None:
    """Add the stream."""

    @app.get(
        "/eventos",
        summary="Cambios del panorama, a medida que ocurren",
        # Not EventSourceResponse: to FastAPI that means a generator, whose events it would encode for each page anew.
        response_class=Response,
        responses={200: {"content": {EventSourceResponse.media_type: {}}}, **documented(422, 503)},
    )
    async def events(
        request: Request,
        sitio: SiteFilter = None,
        desde: Annotated[int, Query(ge=0, description="Lo que la página ya muestra, en µs UTC.")] = 0,
    ) -> Response:
        if live.is_full():
            raise Problem(503, Mistake("too_many_pages"), headers={"Retry-After": "30"})
        # After a break the browser says by itself what it saw last.
        last = request.headers.get("last-event-id", "")
        seen_us = int(last) if last.isdecimal() and len(last) < 20 else desde  # noqa: PLR2004 - digits of an int64
        stream = live.follow(View(reader_of(request), sitio), seen_us)
        return EventSourceResponse(stream, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
