"""When a score becomes an alarm, and who hears of it; imports `model` only."""
