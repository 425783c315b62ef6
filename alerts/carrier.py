"""`python -m alerts.carrier`: hands texts over for `alerts.courier`, which starts it and talks to it by its pipes.

A line of JSON each: first the receivers, then texts, each with a number that its answer repeats. What goes wrong is in
the answers; nothing is logged here. It ends when its input does, however that happens.
"""

import json
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Mapping
from typing import IO, Any

from alerts.receiver import AppriseReceiver
from alerts.sender import ReceiverError, Sender, SendError
from alerts.text import Text


class Answers:
    """The pipe back; one answer at a time."""

    def __init__(self, pipe: IO[bytes]) -> None:
        """Take the pipe."""
        self._pipe = pipe
        self._lock = threading.Lock()

    def give(self, number: int, error: str | None = None, trace: str | None = None) -> None:
        """Answer the line of this number: handed over if there is no error; `trace` says where the code broke."""
        with self._lock:
            self._pipe.write(json.dumps({"number": number, "error": error, "trace": trace}).encode() + b"\n")
            self._pipe.flush()


def main() -> None:
    """Read receivers and texts until there are no more; each text is handed over in a thread of its own."""
    for name in (signal.SIGINT, signal.SIGTERM):  # they may be meant for all of us; who started us says when
        signal.signal(name, signal.SIG_IGN)
    logging.disable()
    answers = Answers(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # whatever a plugin prints must not stand between answers
    lines = (json.loads(line) for line in sys.stdin.buffer)
    known = _receivers(next(lines), answers)
    for line in lines:
        threading.Thread(target=hand_over, args=(known[line["to"]], line, answers), daemon=True).start()


def _receivers(first: Mapping[str, Any], answers: Answers) -> dict[str, AppriseReceiver]:
    known = {}
    try:
        for name, url, as_markdown in first["receivers"]:
            known[name] = AppriseReceiver(name, url, first["timeout"], as_markdown=as_markdown)
    except ReceiverError as error:
        answers.give(first["number"], str(error))
    else:
        answers.give(first["number"])
    return known


def hand_over(receiver: Sender, line: Mapping[str, Any], answers: Answers) -> None:
    """Hand the text of a line over, and answer it whatever happens."""
    try:
        receiver.send(Text(line["title"], line["body"], line["tone"]))
    except SendError as error:
        answers.give(line["number"], str(error))
    except Exception as error:  # noqa: BLE001 - whatever a service's plugin raises is the answer
        answers.give(line["number"], type(error).__name__, traceback.format_exc())
    else:
        answers.give(line["number"])


if __name__ == "__main__":
    main()
