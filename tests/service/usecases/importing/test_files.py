"""Imports: good lines are kept, bad ones told."""

import pytest

from service.mapping.errors import Problem
from service.mapping.profiles import ReadyRow
from service.usecases.importing.files import import_profiles
from service.usecases.members import list_members
from tests.service.usecases.cast import ADA, AMY, BEN, NOW, P


def test_good_lines_are_kept_and_bad_ones_told_by_line(store):
    bad = (Problem(3, "is empty", column="Age"), Problem(3, "is no day", column="Day"), Problem(5, "says no role"))
    rows = [ReadyRow(2, ADA), bad[0], bad[1], ReadyRow(4, BEN), bad[2]]

    report = import_profiles(store, P, rows=iter(rows), now=NOW)

    assert (report.created, report.updated, report.unchanged, report.refused) == (2, 0, 0, 2)
    assert report.problems == bad
    assert [member.member_id for member in list_members(store, P).records] == ["ada", "ben"]


def test_importing_twice_changes_nothing(store):
    rows = [ReadyRow(2, ADA), ReadyRow(3, AMY)]
    import_profiles(store, P, rows=rows, now=NOW)

    report = import_profiles(store, P, rows=rows, now=NOW)

    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)


def test_lines_are_saved_while_the_file_is_still_read(store):
    def endless():
        for number in range(600):
            yield ReadyRow(number, ADA if number % 2 else AMY)
        # A reader that fails here has lost nothing of what was saved before.
        raise OSError("the disk was pulled out")

    with pytest.raises(OSError, match="pulled out"):
        import_profiles(store, P, rows=endless(), now=NOW)

    assert [member.member_id for member in list_members(store, P).records] == ["ada", "amy"]
