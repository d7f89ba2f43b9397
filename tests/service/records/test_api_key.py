from datetime import timedelta

import pytest

from service.errors import Unauthorized
from service.records import Scope, put_of
from service.records.api_key import new_api_key, parts_of
from tests.service.records.examples import NOW


def new_key(**fields):
    return new_api_key("harbour-2", name="site", scopes=[Scope.RUNS], now=NOW, **fields)


def test_a_key_names_its_platform_and_itself():
    key, text = new_key()

    parts = parts_of(text)

    assert text.startswith("alk_harbour-2_")
    assert (parts.platform_id, parts.key_id) == ("harbour-2", key.key_id)
    assert len(parts.secret) == 64


def test_the_record_never_holds_the_secret():
    key, text = new_key()

    assert parts_of(text).secret not in str(put_of(key))
    assert parts_of(text).secret not in repr(key)


def test_only_its_own_secret_opens_it():
    key, text = new_key()
    _, other = new_key()

    assert key.is_valid(parts_of(text).secret, NOW)
    assert not key.is_valid(parts_of(other).secret, NOW)
    assert not key.is_valid("", NOW)


def test_a_key_counts_until_its_end():
    key, text = new_key(valid_until=NOW + timedelta(hours=1))
    secret = parts_of(text).secret

    assert key.is_valid(secret, NOW + timedelta(minutes=59))
    assert not key.is_valid(secret, NOW + timedelta(hours=1))


def test_no_two_keys_are_alike():
    texts = {new_key()[1] for _ in range(100)}

    assert len(texts) == 100


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alk",
        "alk_harbour_ab",
        "alk_harbour_ab_cd_ef",
        "xyz_harbour_ab_cd",
        "alk__ab_cd",
        "alk_Harbour_ab_cd",
        "alk_harbour_AB_cd",
        "alk_harbour__cd",
        "alk_harbour_ab_",
        "alk_harbour_ab_" + "a" * 65,
        "alk_harbour_ab_é",
        "alk_harbour_ab_cd\n",
    ],
)
def test_what_is_no_key_is_refused_without_quoting_it(text):
    with pytest.raises(Unauthorized) as caught:
        parts_of(text)

    assert "harbour" not in str(caught.value)
