"""Models of others, tiny and with random weights, made on the spot: one of each architecture. Needs transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for m in messages %}<|start|>{{ m.role }}\n{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)
PAD, END, START = 0, 1, 2  # special tokens


def tokenizer(texts: Sequence[str], template: str = "") -> Any:
    """A byte-level tokenizer that knows the words of some texts, with the special tokens of chat models."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=["<pad>", "<|end|>", "<|start|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([*texts, *texts], trainer)
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|end|>", pad_token="<pad>", additional_special_tokens=["<|start|>"]
    )
    wrapped.chat_template = template or None
    return wrapped


def causal(folder: Path, texts: Sequence[str], *, chat: bool = True) -> Path:
    """A model of the architecture of Qwen2.5."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(1)
    tokens = tokenizer(texts, TEMPLATE if chat else "")
    config = Qwen2Config(
        vocab_size=len(tokens),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=2048,
        eos_token_id=END,
        pad_token_id=PAD,
        tie_word_embeddings=True,
    )
    return _saved(Qwen2ForCausalLM(config), tokens, folder)


def seq2seq(folder: Path, texts: Sequence[str]) -> Path:
    """A model of the architecture of flan-t5, without a chat template."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(1)
    tokens = tokenizer(texts)
    config = T5Config(
        vocab_size=len(tokens),
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        feed_forward_proj="gated-gelu",
        decoder_start_token_id=PAD,
        eos_token_id=END,
        pad_token_id=PAD,
    )
    return _saved(T5ForConditionalGeneration(config), tokens, folder)


def _saved(model: Any, tokens: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    tokens.save_pretrained(folder)
    return folder
