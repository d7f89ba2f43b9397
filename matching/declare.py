"""Declaring a hard rule or a factor once: the registries, and the words a declared function may be written in.

A declared function `f(c, i, j)` judges seeker row `i` and supporter row `j` of the columns `c` (see `columns.py`). It
runs as plain Python over Python integers, and compiled over arrays; both come from the one source. So it stays within
what numba compiles: integers, comparisons, loops, module constants, and the functions marked `@primitive`. Rules
stand in `rules.py`, factors in `factors.py`; the order of declaration is the order in which they are checked and
shown.

Which columns a function reads is found out from the function itself (`reads.py`), so that no declaration can be wrong
about it; what a function may never do is answer by the row numbers i and j themselves, unless it looks them up in a
list of rows (`listed`).

A new primitive is added here (on bitsets, with its compiled version in `native.py`) or beside its users. Never here:
floats, a rule or factor itself, anything that imports numba.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from matching.cohort import Cohort
    from matching.columns import Bitset, Column, Columns

SESSION_LENGTHS = 5
"""How many session lengths there are: the blocks of rows in a bitset of starts by length."""

RuleFunction = Callable[["Columns", int, int], bool]
"""True where the pair is allowed."""

FactorFunction = Callable[["Columns", int, int], tuple[int, int]]
"""(numerator, denominator) with 0 ≤ numerator ≤ denominator < 2⁴³ and denominator ≥ 1."""

Evidence = Callable[["Cohort", int, int], tuple[str, ...]]
"""What really matched, in words, for an explanation; empty where nothing did."""


class Keyed(Protocol):
    """What a registry holds."""

    @property
    def key(self) -> str:
        """The stable name in policies and JSON."""


class Overlap(NamedTuple):
    """Two bitsets that must have a bit in common: columns by name.

    Attributes
    ----------
    seeker : bitset with a row for each seeker.
    supporter : bitset with `blocks` times as many rows as there are supporters, block after block.
    block_of : column with the number of the block that counts for a seeker; empty where there is one block only.
    """

    seeker: str
    supporter: str
    block_of: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A hard rule: a pair it does not allow is an absent edge.

    Attributes
    ----------
    title : what is compared, for a list of rules.
    reason : why a pair is absent, in words that blame nobody.
    parts : functions that all allow a pair exactly where the rule does. Worth naming where each reads fewer columns
        than the rule: people are grouped by what one part reads (`blocking.py`).
    overlap : bitsets that have a bit in common exactly where the rule allows; many supporters are then judged at once.
    """

    key: str
    title: str
    reason: str
    function: RuleFunction
    parts: tuple[RuleFunction, ...] = ()
    overlap: Overlap | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """A part of the score: ``weight × numerator // denominator`` points.

    Attributes
    ----------
    weight : the default of policies that name none.
    unit : what the fraction measures.
    phrase : a sentence for people; ``{evidence}`` stands for what matched.
    """

    key: str
    title: str
    weight: int
    unit: str
    phrase: str
    evidence: Evidence
    function: FactorFunction


E = TypeVar("E", bound=Keyed)
F = TypeVar("F", bound=Callable[..., object])


class Registry(Generic[E]):
    """Declared entries in order of declaration, found by key."""

    def __init__(self) -> None:
        self._entries: dict[str, E] = {}

    def add(self, entry: E) -> None:
        """Append an entry; a key is declared once."""
        if entry.key in self._entries:
            raise ValueError(f"cannot declare {entry.key!r} twice")
        self._entries[entry.key] = entry

    def keys(self) -> tuple[str, ...]:
        """All keys, in order."""
        return tuple(self._entries)

    def __getitem__(self, key: str) -> E:
        return self._entries[key]

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[E]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)


RULES: Registry[Rule] = Registry()
FACTORS: Registry[Factor] = Registry()
PRIMITIVES: list[Callable[..., object]] = []


def rule(
    *, key: str, title: str, reason: str, parts: tuple[RuleFunction, ...] = (), overlap: Overlap | None = None
) -> Callable[[RuleFunction], RuleFunction]:
    """Declare a hard rule; the function itself stays as it is."""

    def declare(function: RuleFunction) -> RuleFunction:
        RULES.add(Rule(key, title, reason, function, parts, overlap))
        return function

    return declare


def factor(
    *, key: str, title: str, weight: int, unit: str, evidence: Evidence, phrase: str
) -> Callable[[FactorFunction], FactorFunction]:
    """Declare a factor; the function itself stays as it is."""

    def declare(function: FactorFunction) -> FactorFunction:
        FACTORS.add(Factor(key, title, weight, unit, phrase, evidence, function))
        return function

    return declare


def primitive(function: F) -> F:
    """Let declared functions call this one; it obeys the same limits as they do."""
    PRIMITIVES.append(function)
    return function


@primitive
def shares(a: Bitset, i: int, b: Bitset, j: int) -> bool:
    """Tell whether row i of a and row j of b have a bit in common."""
    return (a[i] & b[j]) != 0


@primitive
def shares_within(a: Bitset, i: int, b: Bitset, j: int, masks: Bitset, k: int) -> bool:
    """Tell whether row i of a and row j of b have a bit in common that row k of masks has too."""
    return (a[i] & b[j] & masks[k]) != 0


@primitive
def count_shared(a: Bitset, i: int, b: Bitset, j: int) -> int:
    """Count the bits that row i of a and row j of b have in common."""
    return (a[i] & b[j]).bit_count()


@primitive
def count(a: Bitset, i: int) -> int:
    """Count the bits of row i."""
    return a[i].bit_count()


@primitive
def covers(a: Bitset, i: int, b: Bitset, j: int) -> bool:
    """Tell whether row j of b has every bit of row i of a."""
    return (a[i] & ~b[j]) == 0


@primitive
def shares_start(a: Bitset, i: int, b: Bitset, j: int, length: int) -> bool:
    """Tell whether a session of that length can start at a time that suits both.

    `a` has a row of starts a member, `b` a block of rows for each session length (`length` is its index).
    """
    return shares(a, i, b, length * (len(b) // SESSION_LENGTHS) + j)


@primitive
def count_starts(a: Bitset, i: int, b: Bitset, j: int, length: int) -> int:
    """Count the starts that suit both; rows as for `shares_start`."""
    return count_shared(a, i, b, length * (len(b) // SESSION_LENGTHS) + j)


@primitive
def listed(starts: Column, others: Column, i: int, j: int) -> bool:
    """Tell whether j is among ``others[starts[i]:starts[i + 1]]``, which ascend."""
    low = starts[i]
    high = starts[i + 1]
    while low < high:
        middle = (low + high) // 2
        if others[middle] < j:
            low = middle + 1
        else:
            high = middle
    return low < starts[i + 1] and others[low] == j
