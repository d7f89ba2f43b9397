"""The store and cast of the use-case tests."""

from tests.service.usecases.conftest import cast, clock, store, store_url

__all__ = ["cast", "clock", "store", "store_url"]
