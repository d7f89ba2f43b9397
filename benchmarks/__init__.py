"""Timing the engine beside its peers, in one run on the same communities; `make bench` prints tables and draws a plot.

`plan.py` says what is run, `communities.py` and `hard_cases.py` on whom, `ours.py` is the one place that calls the
engine, `peers/` are other people's solvers. Everything measured runs in a child process of its own (`children.py`) and
comes back as JSON; tables, plot and docs/benchmarks.md are made from that JSON, never by hand. Never a test.
"""
