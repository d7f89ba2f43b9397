"""The sides of a platform, encoded and kept ready in this process: one member is compared with all of them at once.

`cohorts.py` keeps them and follows the store's events; `candidates.py` answers from them, and `runners_up.py` beside
this folder. Whatever is told or proposed is held against the stored records first: what is kept ready only says where
to look.
"""
