"""Reading a Dockerfile: its stages, each with its instructions; anything that is not understood is refused."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = frozenset(
    "ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK RUN USER VOLUME WORKDIR".split()  # noqa: SIM905 - a list to read
)


@dataclass(frozen=True)
class Step:
    """One instruction: its word, and the text after it with continued lines joined."""

    word: str
    text: str

    @property
    def listed(self) -> list[str]:
        """The text as a JSON list, as commands must be written to run without a shell."""
        found = json.loads(self.text)
        assert isinstance(found, list), f"{self.word} is no list: {self.text}"
        return found


@dataclass
class Stage:
    """The steps between two FROMs."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)


def read(path: Path) -> list[Stage]:
    """Give the stages of a Dockerfile in order."""
    stages: list[Stage] = []
    for step in _steps(path.read_text()):
        if step.word == "FROM":
            base, _, name = step.text.partition(" AS ")
            stages.append(Stage(base.strip(), name.strip()))
        else:
            stages[-1].steps.append(step)
    return stages


def filled(text: str, variables: dict[str, str]) -> str:
    """Put variables in place of ``$NAME`` and ``${NAME}``; one that nobody set is empty."""
    return re.sub(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?", lambda found: variables.get(found[1], ""), text)


def pairs(text: str) -> list[tuple[str, str]]:
    """Read ``NAME=value NAME=value``."""
    return [(name, value) for name, _, value in (word.partition("=") for word in shlex.split(text))]


def healthcheck(step: Step) -> tuple[dict[str, str], list[str]]:
    """Give the options of a HEALTHCHECK and its command."""
    options, _, command = step.text.partition("CMD ")
    return dict(word.removeprefix("--").split("=", 1) for word in options.split()), json.loads(command)


def _steps(text: str) -> list[Step]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found = []
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        assert word in KNOWN, f"not understood: {line}"
        found.append(Step(word, rest.strip()))
    return found
