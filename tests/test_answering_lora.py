"""LoRA adapters for models of others: what they learn from, how they are trained on what is there, and kept."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny_models
from conftest import needs_torch
from training_world import Quiet, parts_of, tickets, world

from bot.answering.generation.drafts import REFUSAL
from bot.answering.generation.prompt import Rules, system
from bot.answering.training.adapter import AdapterCourse, publish, settings_lines, slug
from bot.answering.training.devices import PAIRS, Device, device_for, on_gpu
from bot.answering.training.pairs import Pair
from bot.answering.training.parts import Wish
from bot.answering.training.prompts import IGNORED, Prompts, encoded
from bot.errors import TrainingError
from bot.settings import AnswersSettings, GeneratorSettings, Settings

# Libraries of the extra warn of each other's next version.
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")

TEXTS = [system(Rules()), *(f"{one.question}\n{one.answer}" for one in tickets())]
KINDS = ["chat", "causal", "seq2seq"]


def needs_peft() -> None:
    needs_torch()
    if find_spec("peft") is None:
        pytest.skip("peft is not installed; it is no dependency of this project")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The folder of a tiny model of each kind."""
    needs_peft()
    folder = tmp_path_factory.mktemp("models")
    tiny_models.causal(folder / "chat", TEXTS)
    tiny_models.causal(folder / "causal", TEXTS, chat=False)
    tiny_models.seq2seq(folder / "seq2seq", TEXTS)
    return folder


@pytest.fixture
def made():
    with world(tickets()) as opened:
        yield opened


PAIR = Pair("T-003", (0, 1), (("T-001", (0,)), ("T-003", (0, 1)), ("T-004", (0,))), "own")
ANSWER = "A tentd can be returned within 13 days. The label for it is free."


def prompts(models, kind, book, **options):
    from bot.answering.training.lora import open_model

    model, tokens = open_model(str(models / kind))
    options = {"seq2seq": kind == "seq2seq", "ends": [tiny_models.END], **options}
    return Prompts(tokens, book, Rules(), **options), model, tokens


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_answer_counts_and_it_is_ended(models, made, kind):
    wanted, _, tokens = prompts(models, kind, made.book)
    lesson = wanted.lesson(PAIR)
    counted = [label for label in lesson.labels if label != IGNORED]
    assert tokens.decode(counted, skip_special_tokens=True).strip() == ANSWER
    assert counted[-1] == tiny_models.END
    assert counted.count(tiny_models.END) == 1
    asked = tokens.decode(lesson.ids, skip_special_tokens=False)
    assert "Can I return a tentd that I bought?" in asked
    assert "A tentb can be returned" in asked
    if kind == "seq2seq":
        assert len(lesson.labels) == len(counted) < len(lesson.ids)
    else:
        assert lesson.labels[: -len(counted)] == [IGNORED] * (len(lesson.ids) - len(counted))
        assert lesson.ids[-len(counted) :] == counted
    assert ("<|start|>assistant\nA tentd" in asked) == (kind == "chat")


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_asked_as_it_is_in_use(models, kind):
    from bot.answering.generation.pretrained import TransformersGenerator
    from bot.answering.generation.prompt import messages

    in_use = TransformersGenerator.open(str(models / kind), threads=1)
    told = messages("Can I?", (), Rules())
    assert encoded(in_use._tokenizer, told) == in_use._encoded(told)


def test_what_is_not_answered_is_to_be_refused(models, made):
    wanted, _, tokens = prompts(models, "chat", made.book)
    lesson = wanted.lesson(Pair("T-003", (), (("T-001", (0,)),), "unrelated"))
    assert tokens.decode([label for label in lesson.labels if label != IGNORED]).startswith(REFUSAL)
    assert lesson.group == "tickets without answer"


def test_a_template_that_opens_with_a_thought_is_no_part_of_the_answer(models, made):
    wanted, _, tokens = prompts(models, "chat", made.book)
    tokens.chat_template = tiny_models.TEMPLATE.replace("assistant\n{% endif %}", "assistant\n<think>\n{% endif %}")
    counted = [label for label in wanted.lesson(PAIR).labels if label != IGNORED]
    assert tokens.decode(counted) == f"{ANSWER}<|end|>"


def test_a_long_pair_loses_evidence_from_the_end_but_never_its_own(models, made, monkeypatch):
    # The mark of a request is drawn by chance and not always cut into as many tokens.
    monkeypatch.setattr("bot.answering.generation.prompt.secrets.token_hex", lambda size: "0" * 2 * size)
    wanted, _, tokens = prompts(models, "chat", made.book)
    whole = len(wanted.lesson(PAIR).ids)
    shorter, _, _ = prompts(models, "chat", made.book, longest=whole - 1)
    asked = tokens.decode(shorter.lesson(PAIR).ids)
    assert "A tentb" in asked
    assert "A tentd can" in asked
    assert "A tente" not in asked
    shortest, _, _ = prompts(models, "chat", made.book, longest=300)
    assert shortest.lesson(PAIR) is None
    others = Pair("T-003", (0,), PAIR.read, "others")
    assert shorter.lesson(others) is None or len(shorter.lesson(others).ids) < whole
    assert shorter.lessons([PAIR, others])


@pytest.mark.parametrize("kind", KINDS)
def test_a_training_is_gone_on_with_and_changes_the_adapter_alone(models, made, tmp_path, monkeypatch, kind):
    import torch

    from bot.answering.generation.pretrained import TransformersGenerator
    from bot.answering.training import lora

    monkeypatch.setattr(lora, "RATE", 5e-3)
    monkeypatch.setattr(lora, "WARM_UP", 1)
    device = Device("cpu", half=False, at_once=2, updates_after=2)

    def trainer(updates):
        wanted, model, tokens = prompts(models, kind, made.book)
        lessons = wanted.lessons([PAIR] * 3 + [Pair("T-003", (), (("T-001", (0,)),), "unrelated")])
        before = {name: value.clone() for name, value in model.state_dict().items()}
        adapted = lora.adapted(model, seed=7)
        trained = lora.AdapterTrainer(adapted, tmp_path / "work", device, 0, seconds=60, updates=updates)
        return trained, lessons, tokens, before

    first, lessons, _, _ = trainer(3)
    lines = []
    state = first.train(lessons, lessons, 7, lines.append)
    assert state.step == 3
    assert state.log[-1]["mean"] < state.log[0]["mean"]
    assert set(state.log[0]["held_out"]) == {"tickets", "tickets without answer"}

    second, lessons, tokens, before = trainer(5)
    assert second.train(lessons, lessons, 7, lines.append).step == 5
    assert second.state.log[: len(state.log)] == state.log
    assert [line["step"] for line in lines if "loss" in line] == [1, 2, 3, 4, 5]
    best = second.best()
    lora.save(best, tokens, tmp_path / "adapter")
    merged = best.merge_and_unload().state_dict()
    changed = {name for name, value in before.items() if not torch.equal(value, merged[name])}
    assert changed
    assert all("embed" not in name and "norm" not in name and "shared" not in name for name in changed)
    used = TransformersGenerator.open(str(models / kind), str(tmp_path / "adapter"), threads=1)
    assert used.name.endswith("adapter")


def test_every_token_counts_the_same_however_many_fit_at_once(models, made, tmp_path):
    import torch

    from bot.answering.training import lora

    wanted, _, _ = prompts(models, "causal", made.book)
    lessons = wanted.lessons([PAIR, Pair("T-003", (), (("T-001", (0,)),), "unrelated")] * 2)
    found = []
    for at_once in (1, 4):
        _, model, _ = prompts(models, "causal", made.book)
        adapted = lora.adapted(model, seed=7)
        for module in adapted.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        device = Device("cpu", half=False, at_once=at_once, updates_after=4 // at_once)
        trainer = lora.AdapterTrainer(adapted, tmp_path / str(at_once), device, 0, seconds=60, updates=1)
        trainer._update([lessons[at : at + at_once] for at in range(0, 4, at_once)])
        found.append({name: value.grad for name, value in adapted.named_parameters() if value.grad is not None})
    assert any(value.abs().max() > 1e-3 for value in found[0].values())
    for name, value in found[0].items():
        assert torch.allclose(value, found[1][name], rtol=1e-3, atol=1e-6), name


def test_a_gpu_that_runs_full_gets_less_at_once(models, made, tmp_path):
    import torch

    from bot.answering.training import lora

    wanted, model, _ = prompts(models, "causal", made.book)
    lessons = wanted.lessons([PAIR] * 4)
    device = Device("cpu", half=False, at_once=2, updates_after=2)
    trainer = lora.AdapterTrainer(lora.adapted(model, 7), tmp_path, device, 0, seconds=60, updates=1)
    real = trainer._batch

    def full(lessons):
        if trainer.model.training and (len(lessons) > 1 or not trainer.device.recomputing):
            raise torch.cuda.OutOfMemoryError
        return real(lessons)

    trainer._batch = full
    assert trainer.train(lessons, lessons, 7, lambda line: None).step == 1
    assert trainer.device == Device("cpu", half=False, at_once=1, updates_after=4, recomputing=True)
    assert trainer.device.smaller() is None
    with pytest.raises(TrainingError, match="Use a smaller model"):
        trainer._retreat(lessons, 7, MemoryError())


def test_what_cannot_be_loaded_is_named(models, tmp_path):
    from bot.answering.training.lora import open_model

    with pytest.raises(TrainingError, match="cannot be loaded.*config.json"):
        open_model(str(tmp_path))


@pytest.mark.parametrize(
    ("layers", "width", "words", "gib", "at_once", "recomputing"),
    [
        (28, 1536, 151_936, 20.0, 2, False),  # Qwen2.5-1.5B on 24 GB
        (24, 896, 151_936, 70.0, 16, False),  # Qwen2.5-0.5B on 80 GB
        (28, 3584, 152_064, 1.0, 1, True),  # Qwen2.5-7B on 16 GB
    ],
)
def test_the_batch_is_what_the_memory_holds(layers, width, words, gib, at_once, recomputing):
    config = SimpleNamespace(num_hidden_layers=layers, hidden_size=width, vocab_size=words)
    found = on_gpu(config, gib * 2**30, 1536, half=True)
    assert (found.at_once, found.recomputing) == (at_once, recomputing)
    assert found.at_once * found.updates_after == PAIRS
    less = on_gpu(config, gib * 2**30, 1536, half=False)
    assert less.at_once <= found.at_once


def test_without_a_gpu_it_is_trained_on_the_processor():
    needs_torch()
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    found = device_for(None, 0, 0)
    assert (found.name, found.half) == ("cpu", False)
    assert found.at_once * found.updates_after == PAIRS


@pytest.mark.parametrize("kind", ["chat", "seq2seq"])
def test_a_whole_course_from_tickets_to_an_adapter(models, made, tmp_path, kind):
    settings = Settings(
        var=tmp_path / "var",
        answers=AnswersSettings(threads=1),
        generator=GeneratorSettings(backend="extractive", max_words=10),
    )
    parts = parts_of(made, settings)
    source, screen = str(models / kind), Quiet()
    card = AdapterCourse(parts, Wish(minutes=0.05, force=True), screen, source).run()
    folder = settings.var / "generator" / "adapters" / kind
    assert card["installed"]
    assert not card["verdict"]["better"]
    assert card["current"] == "extractive"
    assert card["figures"]["new"]["questions"] == 9
    assert card["settings"] == settings_lines(source, folder)
    assert json.loads((folder / "card.json").read_text())["training"] == card["training"]
    assert "tenta" not in (folder / "card.json").read_text()
    assert (folder / "adapter_model.safetensors").exists()
    assert f"training on cpu, 2 of {PAIRS} pairs at once" in screen.said
    assert list(parts.shelf.work.glob("*/last.pt")) == []

    # Without force, what is not better is not put where settings would find it.
    before = (folder / "card.json").stat().st_mtime_ns
    card = AdapterCourse(parts, Wish(minutes=0.05, seed=8), screen, source).run()
    assert not card["installed"]
    assert "settings" not in card
    assert (folder / "card.json").stat().st_mtime_ns == before


def test_an_adapter_is_published_whole_and_the_former_one_kept(tmp_path):
    for number in (1, 2, 3):
        staged = tmp_path / "work"
        staged.mkdir()
        (staged / "weights").write_text(str(number))
        publish(staged, tmp_path / "adapters" / "chat", {"number": number})
    assert (tmp_path / "adapters" / "chat" / "weights").read_text() == "3"
    assert (tmp_path / "adapters" / "chat.previous" / "weights").read_text() == "2"
    assert json.loads((tmp_path / "adapters" / "chat" / "card.json").read_text()) == {"number": 3}
    with pytest.raises(TrainingError, match="cannot be written"):
        publish(tmp_path / "nothing", tmp_path / "adapters" / "chat", {})


@pytest.mark.parametrize(
    ("source", "name"),
    [("Qwen/Qwen2.5-1.5B-Instruct", "qwen2.5-1.5b-instruct"), ("/models/my model/", "my-model"), ("..", "model")],
)
def test_an_adapter_is_called_after_its_base(source, name):
    assert slug(source) == name


def test_the_lines_for_settings_are_yaml():
    import yaml

    lines = settings_lines("Qwen/Qwen2.5-1.5B-Instruct", folder := Path("/var/a: b"))
    generator = yaml.safe_load(lines)["generator"]
    assert GeneratorSettings(**generator).adapter == str(folder)
