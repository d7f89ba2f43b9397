"""What the service does, one module a subject: the only way in for API, console, command line and jobs.

A use case takes the store and the platform first, everything else by name, and `now` where time matters; it reads,
decides with the engine or the tables, and saves with one compare-and-set. A new one is a function in the module of its
subject. HTTP, HTML, terminals and the time of day never belong here.
"""
