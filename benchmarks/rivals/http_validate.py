"""FastAPI that only validates the nine measurements and answers: the least that any endpoint of ours could cost."""

import gc
import sys
from typing import Annotated

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, Field

app = FastAPI()


class Sample(BaseModel):
    """The body, with the bounds that ours has."""

    ph: Annotated[float | None, Field(ge=0, le=14)] = None
    Hardness: Annotated[float | None, Field(ge=0, le=10_000)] = None
    Solids: Annotated[float | None, Field(ge=0, le=400_000)] = None
    Chloramines: Annotated[float | None, Field(ge=0, le=1_000)] = None
    Sulfate: Annotated[float | None, Field(ge=0, le=100_000)] = None
    Conductivity: Annotated[float | None, Field(ge=0, le=500_000)] = None
    Organic_carbon: Annotated[float | None, Field(ge=0, le=10_000)] = None
    Trihalomethanes: Annotated[float | None, Field(ge=0, le=100_000)] = None
    Turbidity: Annotated[float | None, Field(ge=0, le=10_000)] = None


@app.post("/potabilidad")
async def potabilidad(sample: Sample) -> dict[str, int]:
    """Answer without looking."""
    return {"potabilidad": int(sample.ph is None)}


if __name__ == "__main__":
    gc.collect()
    gc.freeze()  # it gets what ours has
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
