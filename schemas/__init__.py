"""What crosses the wire: one module a resource, with separate schemas for what comes in and what goes out.

A new resource is one module here with `<Resource>In` and `<Resource>Out`; what they are built of lives in `fields.py`.
Nothing here does I/O, knows HTTP or calls a use case: a schema checks, names what is wrong, and builds engine values.
"""
