"""The matching engine: pure functions from profiles to proven pairs. Same input, same output, on any machine.

Names are loaded when they are first used, so that a command that needs no solver starts without one.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matching.arrays import MemberArrays, StandingArrays
    from matching.cohort import Cohort
    from matching.engine import assign, match
    from matching.policy import Policy
    from matching.profile import Profile
    from matching.verify import verify
    from matching.week import Week

__all__ = ["Cohort", "MemberArrays", "Policy", "Profile", "StandingArrays", "Week", "assign", "match", "verify"]

_HOME_OF = {
    "Cohort": "matching.cohort",
    "MemberArrays": "matching.arrays",
    "Policy": "matching.policy",
    "Profile": "matching.profile",
    "StandingArrays": "matching.arrays",
    "Week": "matching.week",
    "assign": "matching.engine",
    "match": "matching.engine",
    "verify": "matching.verify",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that defines it."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'matching' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


class _Package(ModuleType):
    """Keeps `matching.verify` the function: importing the module of that name would put itself in its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value.verify if name == "verify" and isinstance(value, ModuleType) else value)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
