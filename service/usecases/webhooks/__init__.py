"""Webhooks: platforms are told what happens instead of asking.

* `managing.py` is what a platform may do with its webhooks, `verifying.py` the challenge before the first delivery.
* `waking.py` sees that a job stands for each webhook that has something to be told.
* `delivering.py` is one turn of such a job; `outcomes.py` what becomes of a delivery after an attempt (pure),
  `messages.py` what is sent.
* `replaying.py` has deliveries that were given up tried anew.

A webhook has one job, so that it waits for nobody else's answers and nobody for its own.
"""
