"""When two language tags are one language."""

from __future__ import annotations

import pytest

from matching.languages import language_of, languages_of


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("EN_us", "en"),
        ("sr-Latn-RS", "sr"),
        ("yue", "yue"),
        ("es-419", "es"),
        ("zh", "zh-hans"),
        ("zh-CN", "zh-hans"),
        ("zh-SG", "zh-hans"),
        ("zh-Hans-HK", "zh-hans"),
        ("zh-TW", "zh-hant"),
        ("zh-HK", "zh-hant"),
        ("zh-MO", "zh-hant"),
        ("zh-Hant", "zh-hant"),
        ("zh-Hant-CN", "zh-hant"),
        ("cmn", "zh-hans"),
        ("zh-cmn-Hant", "zh-hant"),
        ("zh-yue-HK", "yue"),
        ("iw", "he"),
        ("in-ID", "id"),
    ],
)
def test_language_of_a_tag(tag: str, language: str):
    assert language_of(tag) == language


def test_a_members_languages_keep_their_order_and_count_once():
    assert languages_of(("pl", "en-GB", "en-US", "pl-PL")) == ("pl", "en")
