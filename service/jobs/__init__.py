"""Background work: job records are the truth, workers hear or find that some are due, and do them.

* `tasks/` is what jobs do, `chores/` what is looked after in every platform without a job; a new one is one module
  there, declared as `registry.py` says, and nothing else.
* `claims.py` takes jobs and gives them back, `held.py` keeps a job that is in hand, `doing.py` and `processes.py` have
  it done in this process or in a child, `child.py` is that child.
* `lanes.py` is who comes next, `seats.py` how many are served at once, `looking.py` finds the platforms that have
  something due, `worker.py` puts all together.

Jobs are made by `service.usecases.queueing`. What the work itself is belongs to use cases.
"""
