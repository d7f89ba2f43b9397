import pytest

from service.errors import InvalidInput
from service.records.platform import check_platform_id
from service.storage.limits import check_changes
from service.storage.store import GLOBAL_SCOPE, Changes


@pytest.mark.parametrize("platform_id", ["a", "harbour", "harbour-2", "2nd", "a" * 40])
def test_a_platform_id_is_given_back_and_may_be_a_scope(platform_id):
    assert check_platform_id(platform_id) == platform_id
    assert check_changes(platform_id, Changes()) is None


@pytest.mark.parametrize(
    "platform_id", ["", "Harbour", "har_bour", "-harbour", "harbour-", "a" * 41, "har bour", "hár", "a\n", GLOBAL_SCOPE]
)
def test_what_is_no_platform_id_is_refused(platform_id):
    with pytest.raises(InvalidInput) as caught:
        check_platform_id(platform_id)

    assert caught.value.problems[0].field == "platform_id"
