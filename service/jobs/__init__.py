"""Background work: job records are the truth, a worker looks for due ones and does them.

`claims.py` takes and returns jobs, `worker.py` finds and does them, `child.py` is the process in which a run is done. A
new sort of work is a row of `service.records.job.Task` and one of `worker.py`. What the work itself is belongs to use
cases.
"""
