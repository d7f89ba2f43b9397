"""A platform's peer supporters, encoded and kept ready in this process: one seeker is compared with all at once.

`cohorts.py` keeps them and follows the store's events; `candidates.py` answers from them. Whatever is told or proposed
is held against the stored records first: what is kept ready only says where to look.
"""
