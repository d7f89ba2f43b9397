"""What a published run can be asked: why somebody is still looking, what would help, what a choice would do to others.

`studies.py` makes a run ready for questions and keeps it so in this process; `explaining.py` and `knock_on.py` answer
from there. What takes long is a report, worked out once by a job (`reports.py`): `shortages.py`, `previews.py`. Nothing
here changes what people see. Counts of people go through `service/small_counts.py`, and sentences are those of
`matching/sentences.py`.
"""
