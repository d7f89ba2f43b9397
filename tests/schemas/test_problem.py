"""From what a schema refuses to JSON Pointers."""

from __future__ import annotations

from schemas.problem import pointer_to, pointers


def test_each_bad_field_has_its_own_pointer():
    messages = {
        "_schema": ["must have a role"],
        "languages": {0: ["must be text"], 3: ["is too long", "is unknown"]},
        "seeker": {"_schema": ["must be an object"]},
    }

    assert list(pointers(messages)) == [
        ("#", "must have a role"),
        ("#/languages/0", "must be text"),
        ("#/languages/3", "is too long; is unknown"),
        ("#/seeker", "must be an object"),
    ]


def test_a_name_with_signs_of_the_pointer_is_escaped():
    assert pointer_to(("labels", "a/b~c")) == "#/labels/a~1b~0c"
