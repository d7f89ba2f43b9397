"""Everything the engine raises.

    MatchingError
    ├── ProfileError      a profile or standing the cohort cannot encode
    ├── PolicyError       a policy that names what does not exist, or a value out of range
    ├── ScoreError        scores, places, priorities, previous pairs or keys that are no valid problem
    │   └── BoundError    values so large that integer arithmetic could overflow
    ├── CertificateError  a result that its certificate does not prove
    ├── BeyondReachError  a question whose answer would need pairs that are not held
    └── Cancelled         the caller asked the engine to stop

Messages say what was attempted, on what, and what is allowed. `code` is stable; programs may test it.
"""

from __future__ import annotations


class MatchingError(Exception):
    """Root of every error the engine raises on purpose."""

    code = "matching_error"


class ProfileError(MatchingError, ValueError):
    """A member's profile cannot be encoded; `field` is its path, for example ``availability.0.start``."""

    code = "invalid_profile"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class PolicyError(MatchingError, ValueError):
    """A policy cannot be used; `field` is the path of the bad part, for example ``weights.topics``."""

    code = "invalid_policy"

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ScoreError(MatchingError, ValueError):
    """The arrays given to `assign` or `verify` are not a valid problem; `field` names the argument."""

    code = "invalid_scores"

    def __init__(self, message: str, *, field: str = "scores") -> None:
        super().__init__(message)
        self.field = field


class BoundError(ScoreError):
    """The values are valid, but so large that sums could leave 64 bits; nothing was computed."""

    code = "bound_exceeded"


class CertificateError(MatchingError):
    """The certificate does not prove the result optimal, or the result breaks a rule."""

    code = "certificate_refused"


class BeyondReachError(MatchingError):
    """The answer may need pairs that are not held in memory; nothing is answered rather than something uncertain."""

    code = "beyond_reach"


class Cancelled(MatchingError):  # noqa: N818 - an outcome, not a fault
    """`should_stop` answered yes before the matching was proven."""

    code = "cancelled"
