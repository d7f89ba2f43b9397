"""Lists of supporters over HTTP."""


def test_supporters_are_listed_to_their_own_platform(harbour, outsider, pair):
    ready = harbour.get("/v1/supporters?list=ready_to_be_asked")

    assert ready.json == {"supporters": [{"member_id": pair[1], "places": 1, "held": 0}], "next": None}
    assert harbour.get("/v1/supporters?list=overloaded").json["supporters"] == []
    assert outsider.get("/v1/supporters?list=ready_to_be_asked").json["supporters"] == []
    assert harbour.get("/v1/supporters").status_code == 422
