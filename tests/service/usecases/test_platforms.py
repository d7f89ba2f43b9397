"""Platforms: creating, finding and listing them."""

import pytest

from service.errors import Conflict, InvalidInput, NotFound
from service.records.codec import put_of
from service.records.platform import Platform
from service.storage.store import Changes
from service.usecases.platforms import create_platform, get_platform, list_platforms
from tests.service.usecases.cast import NOW, OTHER, P


def test_a_platform_is_created_found_and_listed(store):
    created = create_platform(store, platform_id="north", name="North", now=NOW)

    assert get_platform(store, "north") == created
    assert (created.name, created.current_run) == ("North", None)
    assert [platform.platform_id for platform in list_platforms(store)] == [P, "north", OTHER]


def test_an_id_is_given_once(store):
    with pytest.raises(Conflict) as refused:
        create_platform(store, platform_id=P, name="Another", now=NOW)

    assert refused.value.code == "platform_exists"
    assert get_platform(store, P).name == "Harbour"


def test_a_platform_that_was_half_created_is_completed(store):
    store.commit("north", Changes(puts=(put_of(Platform("north", "North", NOW)),)))

    create_platform(store, platform_id="north", name="North", now=NOW)

    assert get_platform(store, "north").name == "North"


@pytest.mark.parametrize("platform_id", ["", "North", "a_b", "-x", "x" * 41, "_alongside"])
def test_an_id_that_is_none_is_refused(store, platform_id):
    with pytest.raises(InvalidInput):
        create_platform(store, platform_id=platform_id, name="x", now=NOW)


@pytest.mark.parametrize("platform_id", ["nowhere", "", "no such/id", "\x00"])
def test_a_platform_that_is_not_there_is_not_found(store, platform_id):
    with pytest.raises(NotFound) as refused:
        get_platform(store, platform_id)

    assert refused.value.code == "platform_not_found"
