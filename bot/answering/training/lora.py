"""Trains a LoRA adapter for a model of others (Hu et al. 2021, arXiv:2106.09685): its own weights stay as they are.

Causal chat models and sequence-to-sequence models of transformers, from a folder or the hub. Killed, a training goes on
from its last checkpoint. Needs torch, transformers and peft. Does not judge the result.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from bot.answering.training.devices import Device
from bot.answering.training.prompts import IGNORED, Lesson
from bot.answering.training.trainer import State
from bot.errors import TrainingError

RANK, ALPHA, DROPOUT = 16, 32, 0.05
RATE, WARM_UP = 2e-4, 20  # peak, and updates until it
EPOCHS, CHECK_SECONDS, PATIENCE = 4, 120.0, 3

Said = Callable[[dict[str, Any]], None]


def open_model(source: str) -> tuple[Any, Any]:
    """Return a model in float32 and its tokenizer, by folder or hub name; no code that comes with it is run.

    Raises:
        TrainingError: it cannot be loaded.
    """
    folder = Path(source).expanduser()
    place = str(folder) if folder.is_dir() else source
    try:
        config = AutoConfig.from_pretrained(place, trust_remote_code=False)
        kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        model = kind.from_pretrained(place, trust_remote_code=False).float()
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as exc:
        raise TrainingError(
            f"The model {source!r} cannot be loaded ({type(exc).__name__}). Name a folder with config.json, "
            "model.safetensors and tokenizer.json, or a model on the hub that can be reached."
        ) from exc
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model, tokenizer


def adapted(model: Any, seed: int) -> Any:
    """Return the model with a fresh adapter on all its linear layers; nothing else of it can be changed."""
    torch.manual_seed(seed)
    task = "SEQ_2_SEQ_LM" if model.config.is_encoder_decoder else "CAUSAL_LM"
    return get_peft_model(
        model,
        LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=DROPOUT, target_modules="all-linear", task_type=task),
    )


class AdapterTrainer:
    """Trains the adapter of one model; everything that is needed to go on stands in ``folder``."""

    def __init__(self, model: Any, folder: Path, device: Device, padding: int, *, seconds: float, updates: int) -> None:
        """Put the model on its device.

        Args:
            model: with its adapter.
            folder: checkpoints and log.
            device: where and how.
            padding: the token that fills up a batch.
            seconds: longest training.
            updates: most updates of the weights.
        """
        self.folder, self.seconds, self.updates, self._padding = folder, seconds, max(updates, 1), padding
        folder.mkdir(parents=True, exist_ok=True)
        self.device = device
        self.model = model.to(device.name)
        if device.half:
            for value in (value for value in model.parameters() if not value.requires_grad):
                value.data = value.data.to(torch.bfloat16)
        self._recompute()
        learned = [value for value in model.parameters() if value.requires_grad]
        self.optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=0.0)
        self.state = State()

    def resume(self) -> bool:
        """Go on from the last checkpoint if there is one."""
        path = self.folder / "last.pt"
        if not path.exists():
            return False
        kept = torch.load(path, map_location=self.device.name, weights_only=True)
        set_peft_model_state_dict(self.model, kept["adapter"])
        self.optimizer.load_state_dict(kept["optimizer"])
        self.state = State(**kept["state"])
        return True

    def train(self, lessons: Sequence[Lesson], check: Sequence[Lesson], seed: int, said: Said) -> State:
        """Train until a limit is reached or the loss of ``check`` no longer falls; the best adapter is in best.pt."""
        if not self.resume():
            self.check(check, said)
        checked = self.state.spent
        batches = endless(lessons, self.device.at_once, random.Random(seed + self.state.step))
        self.model.train()
        while self.state.worse < PATIENCE and self.state.spent < self.seconds and self.state.step < self.updates:
            began = time.monotonic()
            try:
                loss = self._update([next(batches) for _ in range(self.device.updates_after)])
            except torch.cuda.OutOfMemoryError as exc:
                batches = self._retreat(lessons, seed, exc)
                continue
            self.state.step += 1
            self.state.spent += time.monotonic() - began
            said({"step": self.state.step, "seconds": round(self.state.spent), "loss": round(loss, 4)})
            ended = self.state.spent >= self.seconds or self.state.step >= self.updates
            if ended or self.state.spent - checked >= CHECK_SECONDS:
                checked = self.state.spent
                self.check(check, said)
        return self.state

    def check(self, lessons: Sequence[Lesson], said: Said) -> None:
        """Measure and keep the adapter; the best one is also kept apart."""
        losses = self.losses(lessons)
        better = self.state.noted(losses, said)
        adapter = {name: value.cpu() for name, value in get_peft_model_state_dict(self.model).items()}
        if better:
            _keep(self.folder / "best.pt", adapter)
        state = {"adapter": adapter, "optimizer": self.optimizer.state_dict(), "state": asdict(self.state)}
        _keep(self.folder / "last.pt", state)

    @torch.no_grad()
    def losses(self, lessons: Sequence[Lesson]) -> dict[str, float]:
        """Return the mean loss of a token for each group."""
        self.model.eval()
        found: dict[str, list[tuple[float, int]]] = defaultdict(list)
        groups: dict[str, list[Lesson]] = defaultdict(list)
        for lesson in lessons:
            groups[lesson.group].append(lesson)
        for name, some in groups.items():
            for at in range(0, len(some), self.device.at_once):
                batch = self._batch(some[at : at + self.device.at_once])
                count = int((batch["labels"] != IGNORED).sum())
                with self._halved():
                    found[name].append((float(self.model(**batch).loss) * count, count))
        self.model.train()
        return {
            name: round(sum(loss for loss, _ in values) / sum(count for _, count in values), 4)
            for name, values in found.items()
        }

    def best(self) -> Any:
        """Return the model with the best adapter."""
        set_peft_model_state_dict(self.model, torch.load(self.folder / "best.pt", weights_only=True))
        return self.model.eval()

    def _update(self, parts: Sequence[Sequence[Lesson]]) -> float:
        """Learn from several batches at once and return their mean loss; every token of an answer counts the same."""
        progress = max(self.state.spent / self.seconds, self.state.step / self.updates)
        for group in self.optimizer.param_groups:
            group["lr"] = RATE * min((self.state.step + 1) / WARM_UP, max(1.0 - progress, 0.03))
        counts = [sum(label != IGNORED for lesson in part for label in lesson.labels) for part in parts]
        total = 0.0
        self.optimizer.zero_grad()
        for part, count in zip(parts, counts, strict=True):
            with self._halved():
                loss = self.model(**self._batch(part)).loss * (count / sum(counts))
            loss.backward()
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_([value for value in self.model.parameters() if value.requires_grad], 1.0)
        self.optimizer.step()
        return total

    def _retreat(self, lessons: Sequence[Lesson], seed: int, error: Exception) -> Iterator[list[Lesson]]:
        """Go on with smaller batches after the GPU's memory ran out."""
        smaller = self.device.smaller()
        if smaller is None:
            raise TrainingError("The GPU's memory does not hold one pair. Use a smaller model.") from error
        self.device = smaller
        self.optimizer.zero_grad()
        torch.cuda.empty_cache()
        self._recompute()
        return endless(lessons, smaller.at_once, random.Random(seed + self.state.step))

    def _recompute(self) -> None:
        if self.device.recomputing:
            self.model.enable_input_require_grads()
            self.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})

    def _halved(self) -> Any:
        return torch.autocast(self.device.name, torch.bfloat16, enabled=self.device.half)

    def _batch(self, lessons: Sequence[Lesson]) -> dict[str, torch.Tensor]:
        """Return padded tensors [batch, tokens]."""
        ids = _padded([lesson.ids for lesson in lessons], self._padding)
        known = _padded([[1] * len(lesson.ids) for lesson in lessons], 0)
        labels = _padded([lesson.labels for lesson in lessons], IGNORED)
        made = {"input_ids": ids, "attention_mask": known, "labels": labels}
        return {name: value.to(self.device.name) for name, value in made.items()}


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write the adapter as a folder that settings can name; its tokenizer lies beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))


def endless(lessons: Sequence[Lesson], size: int, picked: random.Random) -> Iterator[list[Lesson]]:
    """Yield batches of lessons of like length, all of them in random order, then in another one, for ever."""
    while True:
        order = sorted(lessons, key=lambda lesson: (len(lesson.ids) // 64, picked.random()))
        parts = [order[at : at + size] for at in range(0, len(order), size)]
        picked.shuffle(parts)
        yield from parts


def _padded(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (width - len(row))] for row in rows])


def _keep(path: Path, value: Any) -> None:
    staged = path.with_name(f"{path.name}.new")
    torch.save(value, staged)
    os.replace(staged, path)
