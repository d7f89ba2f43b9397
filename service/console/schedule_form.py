"""When runs start by themselves, as a form that needs no cron: never, or every day or week at a time of day.

Any other schedule is a line for cron, for those who know how to write one. Nothing here saves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from matching.policy import Schedule
from service.console.forms import FormError
from service.console.translation import N_, Words, _

WHENS: Mapping[str, str] = Words(
    {
        "": N_("Only when somebody asks"),
        "*": N_("Every day"),
        "MON": N_("Every Monday"),
        "TUE": N_("Every Tuesday"),
        "WED": N_("Every Wednesday"),
        "THU": N_("Every Thursday"),
        "FRI": N_("Every Friday"),
        "SAT": N_("Every Saturday"),
        "SUN": N_("Every Sunday"),
        "cron": N_("As the line for cron below says"),
    }
)
"""What can be chosen: a day as cron writes it, nothing, or a line of one's own."""

FIELDS = ("schedule.when", "schedule.at", "schedule.cron", "schedule.timezone")

_WEEKLY = re.compile(r"([0-5]?[0-9]) (2[0-3]|1?[0-9]) \* \* (\*|MON|TUE|WED|THU|FRI|SAT|SUN)", re.ASCII)
_TIME = re.compile(r"(2[0-3]|[01]?[0-9]):([0-5][0-9])(?::00)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScheduleForm:
    """The fields: `at` is a time of day (``03:00``), `cron` holds a line only where `when` says so."""

    when: str = ""
    at: str = "03:00"
    cron: str = ""
    timezone: str = "Europe/London"


def schedule_form(schedule: Schedule | None, typed: Mapping[str, str]) -> ScheduleForm:
    """Show a schedule, with what was typed in the place of what is in force."""
    stored = _form_of(schedule)
    return ScheduleForm(
        when=typed.get("schedule.when", stored.when),
        at=typed.get("schedule.at", stored.at),
        cron=typed.get("schedule.cron", stored.cron),
        timezone=typed.get("schedule.timezone", stored.timezone),
    )


def schedule_typed(schedule: Schedule | None, typed: Mapping[str, str]) -> dict[str, str] | None:
    """Give the schedule that was typed, as JSON; None for none. FormError for a time that is none."""
    stored, form = _form_of(schedule), schedule_form(schedule, {name: typed.get(name, "").strip() for name in FIELDS})
    if form.when == "cron" or (not form.when and form.cron not in ("", stored.cron)):
        # Somebody who writes a line means it, whether or not they said so above.
        return {"cron": form.cron, "timezone": form.timezone}
    if form.when not in WHENS or not form.when:
        return None
    found = _TIME.fullmatch(form.at)
    if found is None:
        raise FormError("schedule.at", _("Please give a time of day, for example 03:00."))
    hour, minute = (int(part) for part in found.groups())
    return {"cron": f"{minute} {hour} * * {form.when}", "timezone": form.timezone}


def _form_of(schedule: Schedule | None) -> ScheduleForm:
    if schedule is None:
        return ScheduleForm()
    found = _WEEKLY.fullmatch(schedule.cron)
    # Only what the form would write again as it is: a form sent as it stands changes nothing.
    if found and all(part == str(int(part)) for part in found.groups()[:2]):
        minute, hour, when = found.groups()
        return ScheduleForm(when, f"{int(hour):02}:{int(minute):02}", "", schedule.timezone)
    return ScheduleForm("cron", ScheduleForm().at, schedule.cron, schedule.timezone)
