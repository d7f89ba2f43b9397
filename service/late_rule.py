"""Routes that cost little until an address of theirs is built.

Werkzeug writes and compiles two functions for every route while the app is made: 40 of 60 ms for the 160 routes here.
Matching an address needs neither, and a worker builds the addresses of few routes in its life.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_Built = tuple[str, str]


class LateRule(Rule):
    """A route whose functions that build addresses are compiled at the first address."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., _Built]:
        """Give what Werkzeug gives here, made when it is first called: a function of the route and of its ids.

        A later Werkzeug that names this otherwise compiles at once again, as slowly as before.
        """
        compiled = super()._compile_builder

        made: list[Callable[..., _Built]] = []

        def build(rule: Rule, /, **ids: Any) -> _Built:
            if not made:
                made.append(compiled(append_unknown))
            return made[0](rule, **ids)

        return build
