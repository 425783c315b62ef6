"""The obvious endpoint: a DataFrame of the validated body, and `XGBClassifier.predict` on it."""

import gc
import sys

import pandas as pd
import uvicorn
from fastapi import FastAPI
from xgboost import XGBClassifier

from benchmarks.rivals.http_validate import Sample
from settings.schema import CHAMPION

app = FastAPI()
classifier = XGBClassifier()
classifier.load_model(CHAMPION / "model.ubj")
classifier.set_params(n_jobs=1)  # two threads for one row would only wait for each other


@app.post("/potabilidad")
async def potabilidad(sample: Sample) -> dict[str, int]:
    """Answer 1 for potable; without `async` it would run in a thread pool, which is slower still."""
    return {"potabilidad": 1 - int(classifier.predict(pd.DataFrame([sample.model_dump()], dtype=float))[0])}


if __name__ == "__main__":
    gc.collect()
    gc.freeze()  # it gets what ours has
    uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning")
