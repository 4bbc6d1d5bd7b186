"""A generator of others, run in this process by transformers: a chat model or a sequence-to-sequence model.

From a folder or the model hub, with a LoRA adapter of the team's own if there is one. torch, transformers and peft are
no dependencies of this project; they are imported when settings ask for them. Runs no code that comes with a model.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.answering.evidence import Evidence
from bot.answering.generation import drafts
from bot.answering.generation.prompt import MAX_EVIDENCE, Message, Rules, messages
from bot.answering.generation.worker import Worker
from bot.errors import GenerationError, SettingsError

# Newer ones bring packages that Rasa does not run with.
INSTALL = "pip install 'torch>=2.2,<2.13' 'transformers>=4.45,<5' 'peft>=0.12'"
# For the thread to hand over what was written when the time is over.
GRACE_SECONDS = 0.5
# Below so many characters of evidence an answer is not worth trying.
LEAST_EVIDENCE = 200
# What a model is taken to read when its configuration does not say: tokens.
USUAL_CONTEXT = 2048
# T5 knows no limit; it was trained on so many tokens and gets worse beyond twice as many.
SEQ2SEQ_CONTEXT = 1024


class TransformersGenerator:
    """Drafts answers with one model, one answer at a time; threads may share it."""

    def __init__(
        self, name: str, model: Any, tokenizer: Any, *, rules: Rules | None = None, seconds: float = 5.0
    ) -> None:
        """Wrap a loaded model.

        Args:
            name: part of receipts and of the cache's key.
            model: a causal or sequence-to-sequence model of transformers, in evaluation mode.
            tokenizer: the model's; its chat template is used where it has one.
            rules: what the model is told about length and tone.
            seconds: longest composition, waiting included.
        """
        self.name = name
        self._model = model
        self._tokenizer = tokenizer
        self._rules = rules or Rules()
        self._seconds = seconds
        self._worker = Worker()
        self._writes_on = not model.config.is_encoder_decoder
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token

    @classmethod
    def open(
        cls, model: str, adapter: str = "", *, threads: int = 2, rules: Rules | None = None, seconds: float = 5.0
    ) -> TransformersGenerator:
        """Load a model by folder or by hub name.

        Args:
            model: the folder or ``owner/model``.
            adapter: folder or hub name of a LoRA adapter for it, empty for none.
            threads: CPU threads.
            rules: what the model is told about length and tone.
            seconds: longest composition.

        Raises:
            SettingsError: torch, transformers or peft is not installed, or the folder does not exist.
            GenerationError: the model cannot be fetched or loaded.
        """
        check_installed(adapter)
        for named in (model, adapter):
            check_source(named)
        from bot.answering.generation.loading import load

        network, tokenizer = load(model, adapter, threads)
        name = f"transformers:{model}" + (f"+{adapter}" if adapter else "")
        return cls(name, network, tokenizer, rules=rules, seconds=seconds)

    def compose(self, question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        """Return the sentences that the model wrote to their end within the limit.

        Raises:
            Busy: others were being composed for the whole limit.
            GenerationError: the model failed, or was too slow for one sentence.
        """
        deadline = time.monotonic() + self._seconds
        text, finished = self._worker.run(
            lambda: self._composed(question, evidence, deadline), deadline + GRACE_SECONDS
        )
        draft = drafts.draft_of(text, finished=finished)
        if not draft and not finished and not drafts.is_refusal(text):
            raise GenerationError(
                f"{self.name} wrote no whole sentence within {self._seconds:g} s and {self._rules.max_words} words. "
                "Use a smaller model, or raise generator.timeout_seconds or generator.max_words."
            )
        return draft

    def _composed(self, question: str, evidence: Sequence[Evidence], deadline: float) -> tuple[str, bool]:
        try:
            return self._written(self._inputs(question, evidence), deadline)
        except (RuntimeError, ValueError, IndexError, MemoryError) as exc:
            # torch reports a full GPU and a wrong shape alike; the text of some of its errors holds the input.
            raise GenerationError(f"{self.name} failed ({type(exc).__name__}). Try a smaller model.") from exc

    def _inputs(self, question: str, evidence: Sequence[Evidence]) -> Any:
        """Return the token ids of the prompt [1, tokens], with as much evidence as the model can read."""
        room = self._context() - self._rules.max_tokens * self._writes_on
        characters = MAX_EVIDENCE
        while True:
            told = messages(
                question,
                evidence,
                self._rules,
                max_evidence=characters,
                reserved=tuple(self._tokenizer.all_special_tokens),
            )
            ids = self._encoded(told)
            if len(ids) <= room:
                import torch

                return torch.tensor([ids], device=self._model.device)
            if characters <= LEAST_EVIDENCE:
                raise GenerationError(
                    f"{self.name} reads {self._context()} tokens, too few for a question with evidence. Use another "
                    "model."
                )
            # A little less than in proportion: the rules take room, too.
            characters = max(LEAST_EVIDENCE, int(characters * 0.9 * room / len(ids)) if room > 0 else 0)

    def _encoded(self, told: Sequence[Message]) -> list[int]:
        if self._tokenizer.chat_template:
            text = self._tokenizer.apply_chat_template(list(told), tokenize=False, add_generation_prompt=True)
            return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])
        text = "\n\n".join(message["content"] for message in told)
        return list(self._tokenizer(text + "\nReply:")["input_ids"])

    def _context(self) -> int:
        """Return how many tokens the model reads and writes together, or reads if it has a separate decoder."""
        stated = getattr(self._model.config, "max_position_embeddings", None)
        return int(stated or (USUAL_CONTEXT if self._writes_on else SEQ2SEQ_CONTEXT))

    def _written(self, ids: Any, deadline: float) -> tuple[str, bool]:
        """Return what the model writes, always its likeliest word, and whether it came to its end."""
        import torch
        from transformers import GenerationConfig

        from bot.answering.generation.loading import Until

        start = ids.shape[1] if self._writes_on else 1
        settings = GenerationConfig(
            max_new_tokens=self._rules.max_tokens,
            do_sample=False,
            num_beams=1,
            pad_token_id=self._tokenizer.pad_token_id,
            eos_token_id=self._ends(),
            bos_token_id=self._model.generation_config.bos_token_id,
            decoder_start_token_id=self._model.generation_config.decoder_start_token_id,
        )
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                generation_config=settings,
                stopping_criteria=[Until(deadline, self._is_enough, start)],
            )
        new = output[0, start:].tolist()
        return self._text(new), bool(new) and new[-1] in self._ends()

    def _is_enough(self, tokens: Sequence[int]) -> bool:
        text = self._text(tokens)
        return drafts.is_refusal(text) or drafts.count_words(text) > self._rules.max_words

    def _text(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(tokens, skip_special_tokens=True))

    def _ends(self) -> list[int]:
        """Return the tokens that end an answer: chat models have several."""
        known = self._model.generation_config.eos_token_id
        ends = [known] if isinstance(known, int) else list(known or ())
        return ends or [self._tokenizer.eos_token_id]


def check_installed(adapter: str = "") -> None:
    """Refuse what needs packages that are not there; imports none of them.

    Raises:
        SettingsError: a package is missing.
    """
    needed = ("torch", "transformers", *(("peft",) if adapter else ()))
    if missing := [name for name in needed if find_spec(name) is None]:
        raise SettingsError(
            f"generator.backend transformers needs {', '.join(missing)}, which {'are' if missing[1:] else 'is'} not "
            f"installed. Run: {INSTALL}"
        )


def check_source(named: str) -> None:
    """Refuse a folder that does not exist; ``owner/model`` may be on the hub.

    Raises:
        SettingsError: it looks like a folder and is none.
    """
    is_hub_name = named.count("/") <= 1 and not named.startswith((".", "~", "/"))
    if named and not is_hub_name and not Path(named).expanduser().is_dir():
        raise SettingsError(f"generator names the folder {named}, which does not exist. Check model and adapter.")
