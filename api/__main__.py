"""`python -m api` is `python -m api.main`."""

from api.main import program

program()
