"""The rules for everything that is read from a bundle's JSON: frozen, no unknown keys, no NaN and no infinity."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


class Strict(BaseModel):
    """A part of a bundle; a wrong or unknown key is an error and nothing can be changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __eq__(self, other: object) -> bool:
        """Compare what was read; pydantic would compare what was worked out of it and kept as well, arrays included."""
        return type(self) is type(other) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment] # nothing needs one
