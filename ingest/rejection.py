"""Why a message is not accepted (pure)."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a message was not accepted; the word is the metric's label and stands in the quarantine."""

    BAD_TOPIC = "bad_topic"
    NOT_ALLOWED = "not_allowed"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    NOT_FINITE = "not_finite"
    OUT_OF_RANGE = "out_of_range"
    NO_MEASUREMENT = "no_measurement"
    BAD_TIMESTAMP = "bad_timestamp"
    WRONG_ID = "wrong_id"
    CONFLICT = "conflict"
    TOO_MANY = "too_many"
    INTERNAL_ERROR = "internal_error"


class DecodeError(Exception):
    """A message, or one element of an array, that is not a reading."""

    def __init__(self, reason: Reason, detail: str, field: str = "") -> None:
        """Carry the reason, the field where there is one, and a sentence without the payload's own text."""
        super().__init__(f"{field}: {detail}" if field else detail)
        self.reason = reason
        self.field = field
        self.detail = detail
