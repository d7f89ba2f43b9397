"""What is looked after in every platform, a module a chore: see `service.jobs.registry`."""
