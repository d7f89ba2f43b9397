"""The verifier's own pass over every pair of a cohort: judged by the declared rules and factors, weighed against what a
result claims, and nothing stored but counts.

`kinds.py` finds which seekers a rule must answer alike, `driver.py` compiles the loops, `weighing.py` decides about one
pair, `sweep.py` goes through all of them, `needed.py` proves that prices are the smallest. `verify.py` puts it
together. Never here: anything of solvers, prices, engine or its kernel (an import contract says so).
"""
