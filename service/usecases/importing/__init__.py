"""Imports: many members at once; good lines are kept, bad ones are told by line, and nobody is stored twice.

`files.py` stores what a command reads from a file; over HTTP, `receiving.py` takes lines in before it answers and
`storing.py` stores them in a job, piece by piece (`pieces.py`). Who turns lines into profiles is told in
`service/mapping/`.
"""
