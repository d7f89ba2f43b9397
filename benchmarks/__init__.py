"""Timing the engine beside its peers, on the same scores in one run; `make bench` prints the table. Never a test."""
