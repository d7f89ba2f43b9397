import inspect
from datetime import UTC, datetime

import pytest

from service import errors
from service.errors import (
    ActionNotAllowed,
    ConfigurationError,
    LeaseHeld,
    NotFound,
    PermanentError,
    ServiceError,
    StaleVersion,
    StoreUnavailable,
    TemporaryError,
    UniqueTaken,
)

EVERY_ERROR = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, ServiceError)]


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.__name__)
def test_every_error_is_drawn_in_the_tree(error):
    assert f"─ {error.__name__} " in errors.__doc__ or error is ServiceError


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.__name__)
def test_every_error_is_either_permanent_or_temporary(error):
    assert issubclass(error, PermanentError) != issubclass(error, TemporaryError) or error is ServiceError


def test_no_two_errors_share_a_code():
    codes = [error.code for error in EVERY_ERROR if "code" in vars(error)]

    assert len(set(codes)) == len(codes)


def test_not_found_has_a_code_of_its_kind_and_says_no_id():
    error = NotFound("run", "run_1")

    assert (error.code, error.kind, error.record_id) == ("run_not_found", "run", "run_1")
    assert str(error) == "there is no run with this id"


def test_a_stale_version_says_what_was_expected_and_found():
    error = StaleVersion("member", "m-1", expected=3, actual=5)

    assert str(error) == "cannot save this member: expected version 3, found 5"
    assert str(StaleVersion("member", "m-1", expected=3, actual=0)).endswith("expected version 3, there is none")


def test_a_taken_key_is_named_without_its_value():
    error = UniqueTaken("coordinator_login", "ada@example.org")

    assert (str(error), error.value) == ("this coordinator login is taken", "ada@example.org")


def test_a_refused_action_says_what_is_allowed():
    error = ActionNotAllowed("accept", "proposed", allowed=("approve", "reject"))

    assert str(error) == "cannot accept a match that is proposed (allowed: approve, reject)"
    assert str(ActionNotAllowed("end", "ended", allowed=())) == "cannot end a match that is ended (allowed: nothing)"


def test_a_code_may_be_given_for_one_case():
    assert PermanentError("no", code="special").code == "special"
    assert PermanentError("no").code == "service_error"


def test_temporary_errors_say_when_to_try_again():
    assert StoreUnavailable("gone").retry_after_seconds == 5
    assert LeaseHeld("run", until=datetime(2026, 1, 1, tzinfo=UTC), retry_after_seconds=9).retry_after_seconds == 9


def test_a_configuration_error_tells_every_problem():
    assert str(ConfigurationError("first", "second")) == "first\nsecond"
