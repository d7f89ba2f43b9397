"""Which language tags are known, and how they are written."""

from __future__ import annotations

from itertools import product
from string import ascii_lowercase

import pytest

from schemas import languages


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        ("en", "en"),
        ("EN-gb", "en-GB"),
        ("zh-hant", "zh-Hant"),
        ("zh-hANT-tw", "zh-Hant-TW"),
        ("sr-latn-rs", "sr-Latn-RS"),
        ("es-419", "es-419"),
        ("de-1996", "de-1996"),
        ("ca-valencia", "ca-valencia"),
        ("yue", "yue"),
        ("zh-yue", "zh-yue"),
        ("prs", "prs"),
        ("bfi", "bfi"),
        ("kmr", "kmr"),
        ("rom", "rom"),
    ],
)
def test_a_known_tag_is_written_one_way(tag, written):
    assert languages.canonical(tag) == written


@pytest.mark.parametrize(
    "tag",
    [
        *("", "e", "xx", "qq", "zzz", "eng", "pol", "english", "ēn", "zh-zzz"),
        *("en_GB", "en-", "-en", "en-GB-", "en GB", "en\n"),
        *("und", "mul", "qaa", "x-en", "i-klingon", "en-u-ca-gregory"),
    ],
)
def test_what_names_no_language_is_unknown(tag):
    assert languages.canonical(tag) is None


def test_the_bitmap_holds_as_many_languages_as_the_registry_and_can_be_written_anew():
    codes = ["".join(letters) for letters in product(ascii_lowercase, repeat=3)]
    known = [code for code in codes if languages.is_language(code)]

    assert len(known) == 8018
    assert languages.bitmap_of(known) == "".join(languages._THREE_LETTERS.split())
