"""GET /v1/erasures: whoever deletes a member can ask until nothing of them is left."""

from tests.service.api.conftest import SEEKER


def test_a_deletion_says_where_to_ask_how_far_it_has_come(harbour, outsider):
    harbour.put("/v1/members/m-1", SEEKER)

    removed = harbour.delete("/v1/members/m-1")
    found = harbour.get(removed.headers["Location"])

    assert (removed.status_code, found.status_code) == (204, 200)
    assert found.json["state"] == "requested"
    assert "m-1" not in found.get_data(as_text=True)
    assert outsider.get(removed.headers["Location"]).status_code == 404
    assert harbour.get("/v1/erasures/erasure_1").json["code"] == "erasure_not_found"
