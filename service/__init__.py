"""Everything that does I/O: settings, storage, use cases, HTTP API, console, jobs and the command line."""
