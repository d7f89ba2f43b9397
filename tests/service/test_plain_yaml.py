import pytest

from service.plain_yaml import YamlError, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("language: no", {"language": "no"}),
        ("start: 18:30", {"start": "18:30"}),
        ("since: 2026-09-01", {"since": "2026-09-01"}),
        ("grade: 007", {"grade": "007"}),
        ("grade: 7", {"grade": 7}),
        ("share: 0.5", {"share": 0.5}),
        ("is_open: true", {"is_open": True}),
        ("until: null", {"until": None}),
        ("until:", {"until": None}),
        ("{yes: 1, 2: two}", {"yes": 1, "2": "two"}),
        ('{"json": [1, "a"]}', {"json": [1, "a"]}),
        ("", None),
    ],
)
def test_plain_words_stay_text_unless_json_would_have_another_type(text, value):
    assert read_yaml(text) == value


def test_a_key_written_twice_is_refused_by_its_line():
    with pytest.raises(YamlError, match="line 2: the key 'a' is written twice"):
        read_yaml("a: 1\na: 2")


def test_aliases_are_refused_before_they_can_grow():
    with pytest.raises(YamlError, match="line 2: aliases"):
        read_yaml("a: &x [1]\nb: *x")


@pytest.mark.parametrize("text", ["a: !!python/object:os.system {}", "a: !x 1"])
def test_tags_are_refused(text):
    with pytest.raises(YamlError, match="line 1"):
        read_yaml(text)


def test_broken_yaml_is_told_with_line_and_column():
    with pytest.raises(YamlError, match="line 2, column"):
        read_yaml("rows: seekers\n  fields: {")


def test_deep_nesting_is_refused():
    with pytest.raises(YamlError, match="nested too deeply"):
        read_yaml("[" * 1500 + "]" * 1500)


def test_a_huge_file_is_refused_unread():
    with pytest.raises(YamlError, match="right file"):
        read_yaml("a" * 1_000_001)
