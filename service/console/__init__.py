"""The console at /console: server-rendered pages for coordinators.

`register` is all that the app factory needs. A page is a view in the module of its subject on the blueprint of
`blueprint.py`, a template in `templates/console/`, and, where it shows more than a record, a module that builds what
the template reads. Views call use cases and never decide anything; the API is a sibling that knows nothing of this
package, and the other way round.
"""

from service.console.registration import register

__all__ = ["register"]
