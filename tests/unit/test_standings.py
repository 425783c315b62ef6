"""Whose row is written when, and up to where all rows know of all readings."""

from ingest.standings import Standings


def test_what_is_no_news_is_not_written_again() -> None:
    """Neither for an empty store, nor for one in which nothing has come."""
    for newest in (0, 7):
        standings = Standings()
        reached = []
        for _ in range(5):
            due = standings.due()
            reached.append(due.frontier)
            standings.wrote(due, newest)
        assert reached == [None, newest, None, None, None]
