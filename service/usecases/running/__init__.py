"""The work of a run: snapshot → match → verify → stage → one switch → settle. `usecases/executing.py` puts it together.

`lease.py` keeps others out, `snapshot.py` says what the run sees, `parts.py` keeps large contents, `evidence.py` what
the run is verified from, `staging.py` and `publishing.py` make proposals visible at once or not at all.
"""
