"""The console at /console: server-rendered pages for coordinators.

`register` is all that the app factory needs. A page is a view in the module of its subject on the blueprint of
`blueprint.py`, a template in `templates/console/`, and, where it shows more than a record, a module that builds what
the template reads. Views call use cases and never decide anything; the API is a sibling that knows nothing of this
package, and the other way round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def register(app: Flask) -> None:
    """Put the console on an app; pages are loaded here, so that a command which only needs its words loads none."""
    from service.console.registration import register as register_pages

    register_pages(app)
