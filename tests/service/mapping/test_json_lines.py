import io
import json
from functools import partial

import pytest

from schemas.member import load_profile
from service.mapping.errors import Problem, SheetError
from service.mapping.json_lines import profiles_in_lines
from service.mapping.profiles import ReadyRow

ROBIN = {
    "member_id": "m-1",
    "languages": ["en"],
    "timezone": "Europe/London",
    "modes": ["video"],
    "age_band": "25-34",
    "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
    "seeker": {"topics": ["bereavement"]},
}


def read(*lines):
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return list(profiles_in_lines(io.BytesIO(text.encode("utf-8", "surrogatepass")), partial(load_profile, labels=())))


def test_each_line_is_a_member():
    first, second = read(ROBIN, "", {**ROBIN, "member_id": "m-2"})

    assert (first.line, first.profile.member_id) == (1, "m-1")
    assert (second.line, second.profile.member_id) == (3, "m-2")
    assert second.profile.seeker.topics == {"bereavement"}


def test_a_byte_order_mark_is_no_error():
    assert isinstance(read("\ufeff" + json.dumps(ROBIN))[0], ReadyRow)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"member_id": "m-1", ', "line 2: is no valid JSON object at character 21"),
        ("[]", "line 2: must be an object"),
        ('{"member_id": "m-1", "pace": NaN}', "line 2: is no valid JSON object"),
        ('{"member_id": "m-1", "member_id": "m-2"}', "line 2: is no valid JSON object"),
        ("[" * 100_000, "line 2: is no valid JSON object"),
        ('{"seeker": {}}', "line 2, field member_id: is missing"),
        ('{"member_id": 7}', "line 2, field member_id: must be text"),
    ],
)
def test_a_line_that_is_no_member_is_told_and_the_others_are_kept(line, told):
    found = read({**ROBIN, "member_id": "m-9"}, line, ROBIN)

    assert [str(each) for each in found if isinstance(each, Problem)] == [told]
    assert [each.line for each in found if isinstance(each, ReadyRow)] == [1, 3]


def test_every_bad_field_of_a_line_is_told_by_its_path():
    found = read({**ROBIN, "languages": ["xx-xx-"], "seeker": {"topics": ["UPPER"]}, "name": "Robin"})

    assert {each.field for each in found} == {"languages.0", "seeker.topics.0", "name"}


def test_a_second_line_of_the_same_member_is_a_problem():
    found = read(ROBIN, ROBIN)

    assert str(found[1]) == "line 2, field member_id: is the same as on line 1"


def test_an_unknown_field_of_odd_characters_can_still_be_printed():
    (problem,) = read('{"member_id": "m-1", "\\ud800\\u001b[31m": 1}')[:1]

    str(problem).encode()
    assert "\x1b" not in str(problem)


def test_a_csv_file_is_told_to_need_a_mapping():
    with pytest.raises(SheetError, match="a CSV file needs a mapping"):
        read("id,topics", "m-1,chess")


def test_another_encoding_is_refused_before_the_first_line():
    with pytest.raises(SheetError, match="UTF-16"):
        list(profiles_in_lines(io.BytesIO(json.dumps(ROBIN).encode("utf-16")), load_profile))


def test_a_line_that_is_too_long_is_told_and_the_others_are_kept():
    first, told, last = read(ROBIN, '{"member_id": "' + "x" * 3_000_000 + '"}', {**ROBIN, "member_id": "m-3"})

    assert (first.line, last.line) == (1, 3)
    assert told == Problem(2, "is longer than 1,000,000 bytes")
