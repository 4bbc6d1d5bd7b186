"""Finds the rules that could fit a conversation without trying every rule at every prediction.

RulePolicy compares each rule with the conversation, several times in a turn. A rule can only fit when its last state
names the action that came last, and the intent if it names one, so the rules are kept by these two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.nlu.constants import INTENT

State = dict[str, Any]
Place = tuple[frozenset[tuple[str, str]], str]


def narrowed(try_all: Callable[..., set[str]]) -> Callable[..., set[str]]:
    """Return RulePolicy's search for applicable rules, given only those that could be."""

    def search(self: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
        if not states:
            return try_all(self, lookup, states)
        rules = places(tuple(lookup))
        previous, intent = place(states[-1])
        near = [*rules[previous, ""], *(rules[previous, intent] if intent else ())]
        return try_all(self, {rule: lookup[rule] for rule in near}, states)

    return search


@lru_cache(maxsize=4)  # a model has two sets of rules: its own, and those that interrupt a form
def places(rules: tuple[str, ...]) -> defaultdict[Place, list[str]]:
    """Return the rules by the place of their last state."""
    found: defaultdict[Place, list[str]] = defaultdict(list)
    for rule in rules:
        states = RulePolicy._rule_key_to_state(rule)
        found[place(states[-1] if states else {})].append(rule)
    return found


def place(state: State) -> Place:
    """Return the action that came before ``state`` and its intent, "" where any intent will do.

    At the start of a conversation, before any action, RulePolicy does not look at the intent.
    """
    previous, intent = state.get(PREVIOUS_ACTION) or {}, (state.get(USER) or {}).get(INTENT)
    any_intent = not previous or not intent or intent == SHOULD_NOT_BE_SET
    return frozenset(previous.items()), "" if any_intent else str(intent)
