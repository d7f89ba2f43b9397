"""Erasing: from the deletion of a member to nothing of them being readable in any file of the store.

The deletion itself is one commit (`usecases/members.py`), which leaves an erasure and a job. `progress.py` is what the
job does, `traces.py` says for each kind of record how it loses a member, `runs.py` how the parts of a run do, and
`returning.py` how a rest outlives an erasure without naming anybody.
"""
