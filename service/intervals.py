"""How sure a number is: 95 % intervals for a share, a difference of two shares, and a mean. Pure.

A share: the exact interval of Clopper and Pearson (Biometrika 26, 1934). A difference of two independent shares: the
hybrid of two Wilson intervals, Newcombe's method 10 (Statistics in Medicine 17, 1998, pp. 873-890). A mean:
Student's t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

CONFIDENCE: Final = 0.95
_TAIL: Final = (1 - CONFIDENCE) / 2
_NORMAL: Final = 1.959963984540054
"""The normal distribution's point above which 2.5 % lie."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, and between what it lies with 95 % confidence."""

    value: float
    low: float
    high: float


def share(count: int, total: int) -> Estimate:
    """Estimate a share from `count` of `total`; 0 ≤ count ≤ total, total at least 1."""
    from scipy.special import betaincinv

    low = 0.0 if count == 0 else float(betaincinv(count, total - count + 1, _TAIL))
    high = 1.0 if count == total else float(betaincinv(count + 1, total - count, 1 - _TAIL))
    return Estimate(count / total, low, high)


def difference(first: tuple[int, int], second: tuple[int, int]) -> Estimate:
    """Estimate how much larger the first share is than the second, each as (count, total)."""
    one, other = _wilson(*first), _wilson(*second)
    value = one.value - other.value
    low = value - sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    high = value + sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Estimate(value, low, high)


def mean(numbers: Sequence[float]) -> Estimate:
    """Estimate a mean from at least two numbers."""
    from scipy.special import stdtrit

    n = len(numbers)
    value = sum(numbers) / n
    spread = sqrt(sum((number - value) ** 2 for number in numbers) / (n - 1) / n)
    reach = float(stdtrit(n - 1, 1 - _TAIL)) * spread
    return Estimate(value, value - reach, value + reach)


def _wilson(count: int, total: int) -> Estimate:
    found, squared = count / total, _NORMAL**2
    middle = (found + squared / (2 * total)) / (1 + squared / total)
    reach = _NORMAL / (1 + squared / total) * sqrt(found * (1 - found) / total + squared / (4 * total**2))
    return Estimate(found, max(middle - reach, 0.0), min(middle + reach, 1.0))
