"""Tells of patterns which texts they match: whether all that one matches another does, and how long these texts are.

A pattern is searched for in a text, as RE2 does it, so "a" matches "bar", and "^a$" matches "a" alone. Patterns become
automata. What these cannot show, or could show only in much time, counts as not shown.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache

from wombat_tool.comparison.regex_syntax import (
    ANY,
    Characters,
    Choice,
    Edge,
    Node,
    Ranges,
    Repeat,
    Sequence,
    UnknownSyntaxError,
    parse,
)

_MOST_STATES = 3_000
_MOST_STEPS = 200_000


def implies(promise: str, need: str) -> bool:
    """Whether it can be shown that each text which matches `promise` matches `need`."""
    if promise == need:
        return True
    first, second = _automaton(promise), _automaton(need)
    return first is not None and second is not None and _includes(second, first)


def matches(pattern: str, text: str) -> bool | None:
    """Whether the text matches; None where that cannot be told."""
    automaton = _automaton(pattern)
    return None if automaton is None else automaton.accepts(text)


def lengths(pattern: str) -> tuple[int, int | None]:
    """The lengths, in characters, of the shortest and the longest text that match; None where there is no longest."""
    automaton = _automaton(pattern)
    return (0, None) if automaton is None else automaton.lengths()


class _TooLargeError(Exception):
    """An automaton would have too many states."""


class _Automaton:
    """A nondeterministic automaton that takes whole texts; its state 0 is where it begins.

    :param moves: of each state, where it can go with which characters.
    """

    def __init__(self, moves: list[list[tuple[Ranges, int]]], accepting: list[bool]) -> None:
        alive = _alive(moves, accepting)
        self.moves = [[move for move in one if alive[move[1]]] for one in moves]
        self.accepting = accepting

    def accepts(self, text: str) -> bool:
        states = {0}
        for character in text:
            states = {
                target for state in states for ranges, target in self.moves[state] if _has(ranges, ord(character))
            }
        return any(self.accepting[state] for state in states)

    def lengths(self) -> tuple[int, int | None]:
        shortest = self._shortest()
        # No text matches at all: then nothing is said about lengths.
        return (0, None) if shortest is None else (shortest, self._longest())

    def _shortest(self) -> int | None:
        pending = deque([(0, 0)])
        seen = {0}
        while pending:
            state, length = pending.popleft()
            if self.accepting[state]:
                return length
            for _, target in self.moves[state]:
                if target not in seen:
                    seen.add(target)
                    pending.append((target, length + 1))
        return None

    def _longest(self) -> int | None:
        """Of each state the most characters up to an end, from the ends backwards; a state left over is in a circle."""
        reached = {0}
        pending = [0]
        while pending:
            for _, target in self.moves[pending.pop()]:
                if target not in reached:
                    reached.add(target)
                    pending.append(target)
        waits_for = {state: len({target for _, target in self.moves[state]}) for state in reached}
        sources: dict[int, set[int]] = {state: set() for state in reached}
        for state in reached:
            for _, target in self.moves[state]:
                sources[target].add(state)
        longest = dict.fromkeys(reached, 0)
        ready = [state for state in reached if not waits_for[state]]
        finished = 0
        while ready:
            target = ready.pop()
            finished += 1
            for state in sources[target]:
                longest[state] = max(longest[state], longest[target] + 1)
                waits_for[state] -= 1
                if not waits_for[state]:
                    ready.append(state)
        return longest[0] if finished == len(reached) else None


def _alive(moves: list[list[tuple[Ranges, int]]], accepting: list[bool]) -> list[bool]:
    """Of each state, whether an end can be reached from it."""
    sources: list[list[int]] = [[] for _ in moves]
    for state, one in enumerate(moves):
        for _, target in one:
            sources[target].append(state)
    alive = list(accepting)
    pending = [state for state, is_end in enumerate(accepting) if is_end]
    while pending:
        for state in sources[pending.pop()]:
            if not alive[state]:
                alive[state] = True
                pending.append(state)
    return alive


class _Builder:
    """Builds an automaton from a tree, with steps that take no character, which `finish` then resolves."""

    def __init__(self) -> None:
        self._steps: list[list[tuple[Edge | None, int]]] = []
        self._moves: list[list[tuple[Ranges, int]]] = []

    def state(self) -> int:
        if len(self._steps) >= _MOST_STATES:
            raise _TooLargeError
        self._steps.append([])
        self._moves.append([])
        return len(self._steps) - 1

    def add(self, node: Node, start: int) -> int:
        """Add what takes the node's texts, from the state on; returns the state behind them."""
        match node:
            case Characters(ranges):
                end = self.state()
                self._moves[start].append((ranges, end))
            case Edge():
                end = self.state()
                self._steps[start].append((node, end))
            case Sequence(parts):
                end = start
                for part in parts:
                    end = self.add(part, end)
            case Choice(parts):
                end = self.state()
                for part in parts:
                    self._steps[self.add(part, start)].append((None, end))
            case Repeat(part, least, most):
                end = self._repeat(part, least, most, start)
        return end

    def _repeat(self, part: Node, least: int, most: int | None, start: int) -> int:
        for _ in range(least):
            start = self.add(part, start)
        end = self.state()
        if most is None:
            # A state of its own, into which nothing but the loop leads back.
            loop = self.state()
            self._steps[start].append((None, loop))
            self._steps[self.add(part, loop)].append((None, loop))
            self._steps[loop].append((None, end))
            return end
        for _ in range(most - least):
            self._steps[start].append((None, end))
            start = self.add(part, start)
        self._steps[start].append((None, end))
        return end

    def finish(self, start: int, end: int) -> _Automaton:
        """The automaton without such steps, for texts that have what was added anywhere in them."""
        before = self.state()
        self._moves[before].append((ANY, before))
        self._steps[before].append((None, start))
        self._moves[end].append((ANY, end))
        begin = self.state()
        self._steps[begin].append((None, before))
        # The state where it begins comes first; it alone is where the text begins.
        order = [begin, *(state for state in range(len(self._steps)) if state != begin)]
        number = {state: i for i, state in enumerate(order)}
        moves, accepting = [], []
        for state in order:
            is_begin = state == begin
            reached = self._reached(state, is_begin=is_begin, is_end=False)
            moves.append(
                [(ranges, number[target]) for one in sorted(reached) for ranges, target in self._moves[one]]
            )
            accepting.append(end in self._reached(state, is_begin=is_begin, is_end=True))
        return _Automaton(moves, accepting)

    def _reached(self, state: int, *, is_begin: bool, is_end: bool) -> set[int]:
        """The states that can be reached without taking a character."""
        reached = {state}
        pending = [state]
        while pending:
            for edge, target in self._steps[pending.pop()]:
                is_open = edge is None or (is_begin if edge.is_begin else is_end)
                if is_open and target not in reached:
                    reached.add(target)
                    pending.append(target)
        return reached


@lru_cache(maxsize=256)
def _automaton(pattern: str) -> _Automaton | None:
    builder = _Builder()
    try:
        start = builder.state()
        return builder.finish(start, builder.add(parse(pattern), start))
    except (UnknownSyntaxError, _TooLargeError):
        return None


def _has(ranges: Ranges, code: int) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _includes(larger: _Automaton, smaller: _Automaton) -> bool:
    """Whether `larger` takes every text that `smaller` takes, as far as that can be told in bounded time."""
    letters = _letters(larger, smaller)
    of_smaller = _by_letter(smaller, letters)
    of_larger = _by_letter(larger, letters)
    followers: dict[tuple[frozenset[int], int], frozenset[int]] = {}
    first = (0, frozenset({0}))
    seen = {first}
    pending = [first]
    steps = 0
    while pending:
        state, states = pending.pop()
        if smaller.accepting[state] and not any(larger.accepting[one] for one in states):
            return False
        for letter, targets in of_smaller[state].items():
            follower = followers.get((states, letter))
            if follower is None:
                follower = frozenset(target for one in states for target in of_larger[one].get(letter, ()))
                followers[states, letter] = follower
            for target in targets:
                steps += 1
                if (target, follower) not in seen:
                    seen.add((target, follower))
                    pending.append((target, follower))
        steps += len(states)
        if steps > _MOST_STEPS:
            return False
    return True


def _letters(*automata: _Automaton) -> list[int]:
    """A character of each kind that the automata tell apart."""
    starts = {0}
    for automaton in automata:
        for moves in automaton.moves:
            for ranges, _ in moves:
                for low, high in ranges:
                    starts.update((low, high + 1))
    return sorted(start for start in starts if start <= ANY[0][1])


def _by_letter(automaton: _Automaton, letters: list[int]) -> list[dict[int, list[int]]]:
    """Of each state, where each kind of character leads."""
    found = []
    for moves in automaton.moves:
        by_letter: dict[int, list[int]] = {}
        for ranges, target in moves:
            for letter in letters:
                if _has(ranges, letter):
                    by_letter.setdefault(letter, []).append(target)
        found.append(by_letter)
    return found
