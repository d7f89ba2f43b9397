"""Compiled inner loops of the solvers at scale; `matching.solvers.loops` compiles them and keeps them on disk.

One file a step: `words` what all share, `lists` short lists, `core` the arcs chosen from them, `asking` what prices say
of pairs, `levels` priorities, `auction` starting prices, `repair` exact paths, `lowering` smallest prices. They call
nothing of ours but each other, know arrays only, and import numba, so nothing else of ours may import them. A pair's
value is two words: `hi` (int64, from `worth.py`) and `lo` (its tie), compared in this order; sums stay within the
bounds that `worth.py` states. Never here: who asks, what a word means.
"""
