"""`python -m alerts.carrier`: words messages and hands them over for `alerts.courier`, which talks to it by its pipes.

A line of JSON each: first the receivers, whose texts are all tried out, then deliveries or texts, each with a number
that its answer repeats. What goes wrong is in the answers, and what Vigía itself has to log goes the same way. It ends
when its input does, however that happens.
"""

import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterable, Mapping
from itertools import starmap
from typing import IO, Any

from alerts import norms, samples
from alerts.courier import Address
from alerts.delivery import Delivery
from alerts.direct import Direct, wording
from alerts.recipient import Recipient
from alerts.sender import ReceiverError, SendError
from alerts.template_folder import TextError
from alerts.text import Text
from alerts.wording import Wording

log = logging.getLogger("alerts.carrier")


class Answers:
    """The pipe back; one line at a time."""

    def __init__(self, pipe: IO[bytes]) -> None:
        """Take the pipe, unbuffered."""
        self._pipe = pipe
        self._lock = threading.Lock()

    def give(self, number: int, error: str | None = None) -> None:
        """Answer the line of this number: handed over if there is no error."""
        self.say(number=number, error=error)

    def say(self, **line: object) -> None:
        """Write a line. Where nobody reads any more, the end of the input is not far either."""
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._pipe.write(json.dumps(line).encode() + b"\n")


class Forwarded(logging.Handler):
    """Gives what is logged to whoever started the process, to log it in its own way."""

    def __init__(self, answers: Answers) -> None:
        """Take the pipe back."""
        super().__init__()
        self._answers = answers

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line of it; what there is to tell of an error is part of it."""
        self._answers.say(log=self.format(record), name=record.name, level=record.levelno)


def main() -> None:
    """Read receivers and what they are to be told until there is no more; each message has a thread of its own."""
    for name in (signal.SIGINT, signal.SIGTERM):  # they may be meant for all of us; who started us says when
        signal.signal(name, signal.SIG_IGN)
    answers = Answers(os.fdopen(os.dup(1), "wb", buffering=0))
    os.dup2(2, 1)  # whatever a plugin prints must not stand between answers
    logging.lastResort = None  # what Apprise logs is nobody's business: there may be a secret in it
    logging.getLogger("alerts").addHandler(Forwarded(answers))
    lines = (json.loads(line) for line in sys.stdin.buffer)
    known = _recipients(next(lines), answers)
    for line in lines:
        threading.Thread(target=hand_over, args=(known[line["to"]], line, answers), daemon=True).start()


def _recipients(first: Mapping[str, Any], answers: Answers) -> dict[str, Direct]:
    """Return who can be told, and answer what is wrong: at a start that is refused, later told in the shipped words."""
    known: dict[str, Direct] = {}
    addresses = list(starmap(Address, first["receivers"]))
    words, wrong = _words(addresses)
    for address in addresses:
        try:
            known[address.name] = Direct.at(address, first["timeout"], words[address.language])
        except ReceiverError as error:
            wrong.append(str(error))
    answers.give(first["number"], "; ".join(dict.fromkeys(wrong)) or None)
    return known


def _words(addresses: Iterable[Address]) -> tuple[dict[str, Wording], list[str]]:
    """Return the words of each language, the shipped ones where the utility's own cannot be used, and why they cannot.

    Each language is tried once, as that may take seconds: all else that words are made of is alike for everybody.
    """
    words: dict[str, Wording] = {}
    wrong: list[str] = []
    known_norms = norms.load()
    for language, address in {address.language: address for address in addresses}.items():
        try:
            words[language] = wording(address, known_norms)
            samples.try_out(words[language])
        except TextError as error:
            wrong.append(str(error))
            words[language] = wording(address._replace(templates=None), known_norms)
    return words, wrong


def hand_over(recipient: Recipient, line: Mapping[str, Any], answers: Answers) -> None:
    """Hand over what a line says, and answer it whatever happens."""
    try:
        if "message" in line:
            recipient.tell([Delivery(**one) for one in line["message"]])
        else:
            recipient.send(Text(**line["text"]))
    except SendError as error:
        answers.give(line["number"], str(error))
    except Exception as error:  # whatever a template or a service's plugin raises is the answer
        log.exception("receiver %s: a message broke", recipient.name)
        answers.give(line["number"], type(error).__name__)
    else:
        answers.give(line["number"])


if __name__ == "__main__":
    main()
