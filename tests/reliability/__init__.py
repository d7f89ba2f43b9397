"""Failure tests of the whole service: real servers, workers and stores, ended at random and broken on purpose.

``python -m tests.reliability`` lists the commands; each is bounded, talks to loopback only, and ends what it started.
The same pieces run in `make test` for seconds. `deployment.py` starts and kills, `workload.py` does what platforms and
coordinators do and notes what was acknowledged (`ledger.py`), `invariants.py` says what must hold afterwards.
"""
