"""When a score becomes an alarm, and who hears of it; imports `model`, and `settings` where it is put together."""
