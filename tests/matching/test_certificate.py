"""The certificate as a value."""

from __future__ import annotations

import pytest

from matching import assign
from tests.matching.instances import sparse


def test_a_certificate_proves_its_matching_by_hand():
    # Two seekers want one place: the price is what the one who waits would add.
    certificate = assign(sparse({(0, 0): 10, (1, 0): 4}, (2, 1)), None, [2, 1]).certificate

    assert certificate.supporter_price[0, :3].tolist() == [1, 4, 0]
    assert certificate.seeker_surplus[0, :3].tolist() == [1, 6, 0]
    assert certificate.seeker_surplus[1].tolist() == [0, 0, 0, 0]
    assert certificate.primal[:3] == certificate.dual[:3] == (2, 10, 0)


def test_a_certificate_cannot_be_changed():
    certificate = assign(sparse({(0, 0): 10}, (1, 1))).certificate

    with pytest.raises(AttributeError):
        certificate.primal = (0, 0, 0, 0)
    with pytest.raises(ValueError, match="read-only"):
        certificate.seeker_surplus[0, 0] = 5
