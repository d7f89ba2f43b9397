"""Throughput around the engine, on either store: imports, a whole stored rematch, and who waits meanwhile.

``python -m benchmarks.flow`` measures all of it in one go. Nothing of the service is called but its command line, and
the use cases that clients call; each piece of work has a process of its own.
"""
