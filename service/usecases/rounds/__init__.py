"""Rounds: what is looked after day by day in a whole platform, some at a time, by whoever is free.

`going.py` is how a round goes, `all.py` which there are; each other module is one of them: `waiting.py` (kind words,
and waits that coordinators should see), `returning.py` (pauses that are over), `rules.py` (hard rules under another
policy, on another day), `supervising.py` (talks with supporters).
"""
