"""What others would do, to measure ourselves by."""
