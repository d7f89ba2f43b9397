"""Compiled loops: all of them compiled ahead, for just the arrays that a run hands them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from matching import engine, kernel
from matching.cohort import Cohort
from matching.community import generate
from matching.engine import match
from matching.live_matching import LiveMatching
from matching.policy import Objective, Policy
from matching.solvers import loops as loops_module
from matching.solvers.ahead import compile_loops
from matching.solvers.loops import STEPS, loops, sources
from matching.solvers.stable import compiled_stable
from matching.warm.ahead import compile_warm
from tests.matching.test_community import TODAY, WEEK

POLICY = Policy()


def signatures():
    compiled = {**vars(loops()), **{f"stable {name}": each for name, each in vars(compiled_stable()).items()}}
    return {name: len(each.signatures) for name, each in compiled.items() if hasattr(each, "signatures")}


@pytest.mark.parametrize("objective", Objective)
@pytest.mark.parametrize("memory_bytes", [1, 1 << 30])
def test_nothing_is_left_to_compile_when_a_community_is_matched(objective, memory_bytes, monkeypatch):
    monkeypatch.setattr(engine, "WORTH_STREAMING", 0)
    compile_loops()
    before = signatures()
    policy = replace(POLICY, objective=objective)
    cohort = Cohort.from_profiles(generate(seed=3, seekers=1200, supporters=800, today=TODAY).profiles, week=WEEK)

    first = match(cohort, policy, memory_bytes=memory_bytes)
    held = {pair.seeker_id: pair.supporter_id for pair in first.pairs[::3]}
    match(cohort, policy, held, memory_bytes=memory_bytes, prices={cohort.supporter_ids[0]: (0, 5, 0, 0)})

    assert signatures() == before


@pytest.mark.parametrize("objective", [Objective.COVERAGE, Objective.SCORE])
def test_nothing_is_left_to_compile_when_a_matching_is_kept_up_to_date(objective):
    compile_loops()
    compile_warm()
    before = signatures()
    policy = replace(POLICY, objective=objective)
    community = generate(seed=4, seekers=600, supporters=300, today=TODAY).profiles
    *there, newcomer, other = community
    live = LiveMatching.of(match(Cohort.from_profiles(there, week=WEEK, policy=policy), policy))

    live.put(newcomer)
    live.put(other)
    for profile in there[::20]:
        live.put(replace(profile, interests=frozenset()))
    for seeker_id, supporter_id in list(live.pairs.items())[:20]:
        live.propose(seeker_id, supporter_id)
    for profile in there[1::20]:
        live.remove(profile.member_id)
    live.check()

    assert signatures() == before


def test_every_loop_that_is_called_is_compiled_once():
    solvers = Path(loops_module.__file__).parent
    files = [*solvers.glob("*.py"), *(solvers.parent / "warm").glob("*.py")]
    texts = [file.read_text("utf-8") for file in files]
    called = {name for text in texts for name in re.findall(r"(?:loops\(\)|step)\.(\w+)\b", text)}
    compile_loops()
    compile_warm()

    assert {name: len(getattr(loops(), name).signatures) for name in called} == dict.fromkeys(called, 1)
    assert len(called) > 40


def test_the_name_of_a_loop_on_disk_changes_with_all_it_may_call():
    native = Path(loops_module.__file__).with_name("native")

    assert {file.stem for file in sources()} == {"words", *STEPS}
    assert {file.stem for file in native.glob("*.py")} - {"__init__"} == {"words", *STEPS}


def test_compiling_ahead_compiles_the_loops(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("matching.solvers.ahead.compile_loops", lambda: asked.append(1))

    kernel.main()

    assert asked == [1]
    assert "compiled" in capsys.readouterr().out
