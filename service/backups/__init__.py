"""Backups: whole scopes of a store in one file, and the way back into a store of any engine.

`file.py` is the file (compressed, encrypted, cut into pieces that cannot be dropped or swapped), `lines.py` what stands
in it, `moving.py` writes and restores one, and copies scopes from store to store. All of it is streamed.
"""
