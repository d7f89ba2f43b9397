"""Where sample members live and what they bring: tables of plausible proportions, made up for samples and benchmarks.

Weights are relative within their table, chances in thousandths. A new city, topic or interest is one row. At most 64
rows a vocabulary: they become bits. Nothing is drawn here (`drawing.py`) and nothing describes real people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """A city that members live around.

    Attributes
    ----------
    latitude, longitude : hundredths of a degree.
    seekers, supporters : how many of them live here, as weights.
    speaks : first language → weight; the languages that others here have learnt are among them too.
    """

    name: str
    zone: str
    latitude: int
    longitude: int
    seekers: int
    supporters: int
    speaks: Mapping[str, int]


CITIES = (
    City("London", "Europe/London", 5151, -13, 150, 170, {"en": 760, "pl": 50, "ar": 40, "bn": 40, "ur": 40, "so": 30}),
    City("Manchester", "Europe/London", 5348, -224, 90, 80, {"en": 820, "ur": 70, "ar": 40, "pl": 40, "zh-Hans": 30}),
    City("Glasgow", "Europe/London", 5586, -425, 50, 55, {"en": 900, "pl": 50, "ur": 50}),
    City("Dublin", "Europe/Dublin", 5335, -626, 45, 50, {"en": 840, "pl": 80, "pt-BR": 50, "uk": 30}),
    City("Berlin", "Europe/Berlin", 5252, 1341, 80, 60, {"de": 680, "tr": 110, "en": 90, "ar": 60, "uk": 60}),
    City("Hamburg", "Europe/Berlin", 5355, 999, 45, 40, {"de": 780, "tr": 100, "pl": 60, "uk": 60}),
    City("Warsaw", "Europe/Warsaw", 5223, 2101, 55, 40, {"pl": 820, "uk": 180}),
    City("Paris", "Europe/Paris", 4886, 235, 70, 50, {"fr": 790, "ar": 120, "pt-BR": 40, "en": 50}),
    City("Madrid", "Europe/Madrid", 4042, -370, 55, 45, {"es": 850, "ar": 50, "uk": 40, "en": 60}),
    City("Lisbon", "Europe/Lisbon", 3872, -914, 25, 20, {"pt-PT": 760, "pt-BR": 180, "en": 60}),
    City("Istanbul", "Europe/Istanbul", 4101, 2898, 35, 20, {"tr": 850, "ar": 100, "en": 50}),
    City("New York", "America/New_York", 4071, -7401, 80, 85, {"en": 690, "es": 200, "zh-Hans": 60, "ar": 50}),
    City("Toronto", "America/Toronto", 4365, -7938, 45, 50, {"en": 740, "zh-Hans": 80, "ur": 60, "fr": 60, "es": 60}),
    City("Chicago", "America/Chicago", 4188, -8763, 40, 40, {"en": 720, "es": 200, "pl": 80}),
    City("Los Angeles", "America/Los_Angeles", 3405, -11824, 40, 35, {"en": 600, "es": 330, "zh-Hans": 70}),
    City("Mexico City", "America/Mexico_City", 1943, -9913, 35, 20, {"es": 960, "en": 40}),
    City("São Paulo", "America/Sao_Paulo", -2355, -4663, 35, 20, {"pt-BR": 970, "es": 30}),
    City("Mumbai", "Asia/Kolkata", 1908, 7288, 35, 30, {"hi": 640, "en": 300, "ur": 60}),
    City("Singapore", "Asia/Singapore", 135, 10382, 20, 20, {"en": 560, "zh-Hans": 380, "hi": 60}),
    City("Sydney", "Australia/Sydney", -3387, 15121, 30, 35, {"en": 860, "zh-Hans": 80, "ar": 60}),
)

SECOND_ENGLISH = {"de": 620, "pl": 520, "hi": 640, "pt-PT": 560, "ar": 470, "ur": 610, "bn": 580, "so": 500}
"""How many of a thousand who grew up with a language speak English too, where it differs from the usual."""
USUALLY_SECOND_ENGLISH = 430

LEARNT_BY_ENGLISH = {"es": 400, "fr": 340, "de": 160, "pl": 30, "hi": 40, "ar": 30}
"""What English speakers learn who learn another language, as weights."""
LEARNS_ANOTHER = 150

AGE_WEIGHTS_SEEKER = (0, 0, 120, 190, 150, 130, 140, 150, 120)
AGE_WEIGHTS_SUPPORTER = (0, 0, 70, 170, 180, 190, 200, 150, 40)
"""Age bands in the order of `AgeBand`; minors come only when they are asked for."""

GENDER_WEIGHTS = (540, 350, 40, 10, 60)
"""In the order of `Gender`; the last: not stated."""
GENDER_WISH_SEEKER = (240, 60, 350, 200, 20)
GENDER_WISH_SUPPORTER = (60, 20, 100, 50, 0)
"""How many of a thousand of each gender wish to meet their own."""
AGE_WISH_SEEKER = 180
AGE_WISH_SUPPORTER = 60

TOPICS = {
    "living_alone": (300, 340, 420),
    "bereavement": (60, 160, 330),
    "anxiety": (260, 200, 90),
    "low_mood": (220, 190, 110),
    "new_in_town": (230, 120, 40),
    "chronic_illness": (90, 150, 210),
    "caring": (30, 150, 170),
    "new_parent": (90, 150, 0),
    "study": (260, 20, 0),
    "retirement": (0, 30, 210),
    "divorce": (20, 130, 60),
    "job_loss": (90, 130, 10),
    "migration": (120, 110, 40),
    "disability": (70, 90, 90),
    "neurodiversity": (140, 80, 10),
    "lgbtq_life": (120, 60, 20),
    "single_parenting": (30, 90, 0),
    "language_practice": (90, 50, 20),
    "cancer": (10, 60, 90),
    "dementia_in_family": (10, 60, 110),
    "addiction_recovery": (40, 60, 20),
    "empty_nest": (0, 60, 50),
    "veteran_life": (10, 30, 40),
    "sight_loss": (5, 15, 50),
}
"""Topic → its weight for the young (under 35), the middle (35–64) and the old (65 and more)."""

SENSITIVE_TOPICS = ("addiction_recovery", "bereavement", "cancer", "divorce", "low_mood")
"""What somebody may leave out as a boundary."""

INTERESTS = {
    "walking": 300, "cooking": 280, "music": 270, "reading": 240, "films": 230, "gardening": 180, "travel": 170,
    "football": 150, "dogs": 150, "baking": 130, "history": 120, "crafts": 110, "photography": 100, "cats": 100,
    "board_games": 95, "video_games": 95, "knitting": 80, "yoga": 80, "cycling": 75, "painting": 70, "singing": 65,
    "theatre": 60, "languages": 60, "chess": 55, "science": 50, "dancing": 50, "birdwatching": 45, "swimming": 45,
    "poetry": 35, "sewing": 35, "cricket": 30, "woodworking": 25, "anime": 25, "faith": 25, "fishing": 20, "radio": 15,
}  # fmt: skip

TRAININGS = {"listening": 600, "safeguarding": 400, "bereavement": 180, "suicide_awareness": 140, "addiction": 80}
REQUIRED_TRAININGS = {
    "listening": 500,
    "safeguarding": 250,
    "bereavement": 170,
    "suicide_awareness": 60,
    "addiction": 20,
}
REQUIRES_TRAINING = 70

ACCESS_NEEDS = {"step_free": 600, "quiet_space": 250, "hearing_loop": 150}
NEEDS_ACCESS = 60
OFFERS_ACCESS = 450

BOUNDARY_SEEKER = 60
BOUNDARY_SUPPORTER = 40

MODE_WEIGHTS = {
    ("text", "voice", "video"): 270,
    ("text", "voice"): 210,
    ("voice", "video"): 150,
    ("voice",): 90,
    ("text",): 80,
    ("text", "voice", "video", "in_person"): 90,
    ("voice", "in_person"): 80,
    ("in_person",): 30,
}

PACE_WEIGHTS = (440, 300, 90, 170)
"""In the order of `Pace`."""

SESSION_WEIGHTS_SEEKER = (60, 500, 150, 250, 40)
SESSION_WEIGHTS_SUPPORTER = (10, 190, 150, 500, 150)
"""In the order of `SESSION_MINUTES`."""

CAPACITY_WEIGHTS = (570, 330, 100)
"""One, two, three places."""

UCLA3_WEIGHTS = (180, 420, 400)
"""Hardly ever, some of the time, often."""
ANSWERS_UCLA3 = 820


@dataclass(frozen=True, slots=True)
class Habit:
    """When somebody is usually free.

    Attributes
    ----------
    days : seven letters, Monday first; ``x`` where the habit may fall, ``.`` where it does not.
    kept : in how many of a thousand weeks of life each such day is kept free.
    start, start_spread, length, length_spread : quarter-hours; drawn evenly from value to value + spread.
    """

    days: str
    kept: int
    start: int
    start_spread: int
    length: int
    length_spread: int


RHYTHMS = {
    "evenings": (Habit("xxxxx..", 550, 70, 10, 6, 8),),
    "weekends": (Habit(".....xx", 800, 36, 20, 12, 16),),
    "evenings and weekends": (Habit("xxxxx..", 450, 70, 10, 6, 8), Habit(".....xx", 700, 38, 16, 10, 14)),
    "days at home": (Habit("xxxxx..", 700, 36, 10, 12, 12),),
    "school hours": (Habit("xxxxx..", 600, 37, 4, 10, 8), Habit("xxxx...", 300, 80, 4, 5, 4)),
    "shifts": (Habit("xxxxxxx", 350, 28, 40, 8, 12), Habit("xxxxxxx", 200, 84, 8, 8, 10)),
    "late": (Habit("xxxxx.x", 500, 78, 10, 8, 10), Habit("....xx.", 500, 84, 8, 10, 10)),
}
"""Ways of life → the habits that make up a week."""

RHYTHM_WEIGHTS = (
    (260, 120, 260, 30, 90, 110, 130),
    (260, 130, 270, 90, 110, 120, 20),
    (60, 50, 60, 740, 30, 40, 20),
)
"""For the young, the middle and the old, in the order of `RHYTHMS`."""
