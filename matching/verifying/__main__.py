"""Compile the verifier's driver ahead of time: `python -m matching.verifying`."""

from __future__ import annotations

from datetime import date

from matching.cohort import Cohort
from matching.verifying import driver
from matching.verifying.judges import CompiledJudge
from matching.week import Week


def main() -> None:
    """Compile what is not compiled yet, and say which driver it is."""
    was_there = driver.is_ready()
    CompiledJudge(Cohort.from_profiles((), week=Week(date(2026, 1, 1))))
    print(f"verifier {driver.digest()}: {'already compiled' if was_there else 'compiled'}")  # noqa: T201


if __name__ == "__main__":
    main()
