"""/livez and /readyz: for whoever watches, without a key."""

from __future__ import annotations

from service.errors import StoreUnavailable


def test_a_live_process_says_so_without_a_key(stranger):
    assert stranger.get("/livez").json == {"status": "ok"}


def test_a_service_whose_store_works_is_ready(stranger):
    assert (stranger.get("/readyz").status_code, stranger.get("/readyz").json) == (200, {"status": "ok"})


def test_a_service_without_its_store_lives_and_is_not_ready(stranger, store, monkeypatch):
    def gone(_self):
        raise StoreUnavailable("the store's file cannot be written")

    monkeypatch.setattr(type(store), "ping", gone)

    assert stranger.get("/livez").status_code == 200
    assert (stranger.get("/readyz").status_code, stranger.get("/readyz").json["code"]) == (503, "store_unavailable")
