"""Sensors that publish: stand-ins for the utility's pipes, with a known truth."""
