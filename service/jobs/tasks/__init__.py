"""What jobs do, a module a task: see `service.jobs.registry`. Use cases are imported inside the functions, so that a
worker that never does a run loads no engine.
"""
