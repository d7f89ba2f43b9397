"""The OpenAPI document: it is the code's, it is complete, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path

from service.api.document import openapi_yaml
from service.api.examples import POLICY, PROFILE

COMMITTED = Path(__file__).parents[3] / "openapi.yaml"
METHODS = {"get", "put", "post", "delete", "patch"}


def operations(document):
    return [
        (method, path, operation)
        for path, entry in document["paths"].items()
        for method, operation in entry.items()
        if method in METHODS
    ]


def test_the_committed_document_is_what_the_code_says():
    assert COMMITTED.read_text(encoding="utf-8") == openapi_yaml(), "out of date: run make openapi"


def test_every_route_of_the_api_is_described(app, document):
    described = {(method.upper(), path) for method, path, _ in operations(document)}
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if not rule.endpoint.startswith(("console.", "reference.")) and rule.endpoint != "home"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert described == served


def test_every_operation_says_who_may_call_it_and_what_it_is_for(document):
    ids = []
    for method, path, operation in operations(document):
        ids.append(operation["operationId"])
        assert operation["summary"].endswith("."), (method, path)
        assert (operation["security"] == []) == (path in {"/livez", "/readyz"}), (method, path)
        assert "default" in operation["responses"], (method, path)
        assert operation["security"] == [] or "401" in operation["responses"], (method, path)
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere(document):
    found = []

    def walk(value):
        if isinstance(value, dict):
            found.extend(reference for name, reference in value.items() if name == "$ref")
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(document)

    for reference in set(found):
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    assert found


def test_every_component_is_used(document):
    text = openapi_yaml()
    unused = [
        name
        for kind in ("schemas", "responses")
        for name in document["components"][kind]
        if f"'#/components/{kind}/{name}'" not in text
    ]

    assert unused == []


def test_bodies_that_come_in_are_closed_and_answers_may_grow(document):
    schemas = document["components"]["schemas"]

    assert schemas["MemberIn"]["additionalProperties"] is False
    assert "additionalProperties" not in schemas["MemberOut"]
    assert set(schemas["MemberIn"]["properties"]) < set(schemas["MemberOut"]["properties"])
    assert set(schemas["MemberOut"]["required"]) == set(schemas["MemberOut"]["properties"])


def test_the_examples_of_the_document_work(harbour, document):
    profile = document["paths"]["/v1/members/{member_id}"]["put"]["requestBody"]["content"]["application/json"][
        "example"
    ]
    policy = document["paths"]["/v1/policy"]["put"]["requestBody"]["content"]["application/json"]["example"]
    run = document["paths"]["/v1/runs"]["post"]["requestBody"]["content"]["application/json"]["example"]

    assert (profile, policy) == (PROFILE, POLICY)
    assert harbour.put("/v1/members/m-1", profile).status_code == 201
    assert harbour.put("/v1/policy", policy, headers={"If-Match": '"v1"'}).status_code == 200
    assert harbour.post("/v1/runs", run).status_code == 202
