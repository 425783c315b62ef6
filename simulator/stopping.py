"""Ctrl-C, a terminated process and a closed terminal all mean the same: end in order."""

import signal
import threading


def on_signals() -> threading.Event:
    """Return an event that SIGINT, SIGTERM and SIGHUP set. Call it from the main thread."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop
