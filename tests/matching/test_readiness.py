"""Readiness: what a process loads before its first run."""

from __future__ import annotations

from matching import compiled
from matching.readiness import get_ready


def test_a_process_that_got_ready_has_its_driver_loaded(monkeypatch):
    monkeypatch.setattr(compiled, "_loaded", {})
    compiled.load()
    monkeypatch.setattr(compiled, "_loaded", {})
    assert not compiled.is_loaded()

    assert get_ready()

    assert compiled.is_loaded()


def test_nothing_is_compiled_to_get_ready(monkeypatch):
    monkeypatch.setattr(compiled, "is_compiled", lambda: False)
    monkeypatch.setattr(compiled, "load", lambda: 1 / 0)

    assert not get_ready()
