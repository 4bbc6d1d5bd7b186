"""Turns pairs into what models of others learn from: the very prompt they are given in use, and the answer to it.

Chat templates are respected. The loss counts the answer alone. Imports neither torch nor transformers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.answering.generation.drafts import REFUSAL
from bot.answering.generation.prompt import Message, Rules, messages
from bot.answering.training.book import Book
from bot.answering.training.pairs import Pair

# Tokens of prompt and answer; longer pairs lose evidence from the end. T5 was made for 512 and stands twice as many.
LONGEST, LONGEST_SEQ2SEQ = 1536, 1024
IGNORED = -100  # label of a token that does not count


@dataclass(frozen=True)
class Lesson:
    """Token ids of one pair; ``labels`` are of the length of ``ids`` for a causal model, else of the answer's."""

    ids: list[int]
    labels: list[int]
    group: str


class Prompts:
    """Writes lessons for one model."""

    def __init__(
        self, tokenizer: Any, book: Book, rules: Rules, *, seq2seq: bool, ends: Sequence[int] = (), longest: int = 0
    ) -> None:
        """Remember for whom lessons are written.

        Args:
            tokenizer: the model's.
            book: looks up what tickets say.
            rules: what the model is told in use.
            seq2seq: whether the answer is written by a decoder of its own.
            ends: tokens that end an answer; the tokenizer's if there are none.
            longest: most tokens; 0 for what such models usually stand.
        """
        self._tokenizer, self._book, self._rules, self._seq2seq = tokenizer, book, rules, seq2seq
        self._ends = list(ends) or [tokenizer.eos_token_id]
        self._longest = longest or (LONGEST_SEQ2SEQ if seq2seq else LONGEST)

    def lessons(self, pairs: Sequence[Pair]) -> list[Lesson]:
        """Return the lessons of all pairs that fit."""
        return [lesson for pair in pairs if (lesson := self.lesson(pair)) is not None]

    def lesson(self, pair: Pair) -> Lesson | None:
        """Return the lesson of a pair; None if it is too long and no evidence may go without its answer going, too."""
        names = [name for name, _ in pair.read]
        answer = self._book.text(pair.ticket, pair.said) if pair.said else REFUSAL
        group = "tickets" if pair.said else "tickets without answer"
        while True:
            told = messages(
                self._book.question(pair.ticket),
                self._book.evidence(names),
                self._rules,
                reserved=tuple(self._tokenizer.all_special_tokens),
            )
            asked, said = encoded(self._tokenizer, told), self._answer(told, answer)
            if len(asked) + (0 if self._seq2seq else len(said)) <= self._longest:
                break
            spare = [name for name in names if name != pair.ticket]
            if pair.source == "others" or not spare or len(names) == 1:
                return None
            names.remove(spare[-1])
        if self._seq2seq:
            return Lesson(asked, said, group)
        return Lesson(asked + said, [IGNORED] * len(asked) + said, group)

    def _answer(self, told: Sequence[Message], answer: str) -> list[int]:
        """Return the tokens of the answer with the one that ends it."""
        text = answer
        if self._tokenizer.chat_template and not self._seq2seq:
            whole = self._tokenizer.apply_chat_template(
                [*told, {"role": "assistant", "content": answer}], tokenize=False
            )
            before = self._tokenizer.apply_chat_template(list(told), tokenize=False, add_generation_prompt=True)
            # Templates that open an answer with a thought do not begin alike; then the bare answer is learned.
            text = whole[len(before) :].rstrip() if whole.startswith(before) else answer
        ids = list(self._tokenizer(text, add_special_tokens=False)["input_ids"])
        return ids if ids and ids[-1] in self._ends else [*ids, self._ends[0]]


def encoded(tokenizer: Any, told: Sequence[Message]) -> list[int]:
    """Return the tokens of a prompt, as the generator in use makes them of the same messages."""
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(list(told), tokenize=False, add_generation_prompt=True)
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])
    text = "\n\n".join(message["content"] for message in told)
    return list(tokenizer(text + "\nReply:")["input_ids"])
