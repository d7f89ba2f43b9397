"""GET /v1/audit: the chain can be computed from what it answers, by its own platform alone."""

from hashlib import sha256

import pytest

from service.usecases.sealing import seal
from tests.service.api.conftest import NOW, SEEKER


@pytest.fixture
def sealed(harbour, store):
    for number in range(5):
        harbour.put(f"/v1/members/m-{number}", SEEKER)
    harbour.delete("/v1/members/m-1")
    return seal(store, "harbour", now=NOW)


def test_the_chain_follows_from_the_envelopes(harbour, sealed):
    found = harbour.get("/v1/audit").json

    head = sha256(b"alongside audit 1\nharbour").digest()
    for each in found["envelopes"][: sealed.last]:
        line = f"{each['sequence']}\n{each['type']}\n{each['at']}\n{each['mac']}\n"
        head = sha256(head + line.encode()).digest()
    assert found["seals"] == [{"first": 1, "last": 7, "head": head.hex(), "sealed_at": "2026-11-23T09:00:00.000000Z"}]
    assert [each["type"] for each in found["envelopes"]][-2:] == ["member.deleted", "audit.sealed"]
    assert [each["sequence"] for each in found["envelopes"] if each["is_erased"]] == [3]


def test_envelopes_come_in_pages_and_say_nothing_of_anybody(harbour, sealed):
    seen, path = [], "/v1/audit?limit=3"
    while path:
        page = harbour.get(path)
        assert "m-" not in page.get_data(as_text=True)
        seen += [each["sequence"] for each in page.json["envelopes"]]
        path = page.headers["Link"].split(">")[0][1:] if page.json["next"] else None

    assert seen == list(range(1, 9))


def test_another_platform_sees_its_own_trail(outsider, sealed):
    theirs = outsider.get("/v1/audit").json

    assert ([each["type"] for each in theirs["envelopes"]], theirs["seals"]) == (["key.created"], [])


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=501", "colour=blue"])
def test_a_query_that_is_none_is_refused(harbour, query):
    refused = harbour.get(f"/v1/audit?{query}")

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_input")
