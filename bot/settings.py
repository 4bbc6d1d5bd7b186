"""Settings: the only place that reads the settings file and the environment.

Order: defaults here, then ``<var>/settings.yml`` (or the file named by ``FRONTDESK_SETTINGS``). Secrets come from the
environment alone. Does not check that a path or a server exists: the part that uses it does, and ``doctor`` reports it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.errors import SettingsError
from bot.settings_channels import ChannelSecrets, SlackSettings, TelegramSettings, channel_secrets
from bot.settings_desk import DeskSettings
from bot.settings_dialogue import DialogueSettings, with_urls
from bot.settings_file import choice, number, read_section, read_yaml
from bot.settings_generator import GeneratorSettings, ToneSettings, refuse_what_cannot_work
from bot.settings_ledger import ledger_url
from bot.settings_secrets import Secrets, read_secrets

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class GatewaySettings:
    """The public door."""

    host: str = "127.0.0.1"
    port: int = number(8080, 1, 65535)
    turn_timeout_seconds: float = number(30.0, 1, 600)
    max_text_characters: int = number(4000, 100, 100_000)
    max_body_bytes: int = number(65536, 4096, 10_000_000)
    messages_per_minute: int = number(30, 1, 100_000)
    sessions_per_minute: int = number(30, 1, 100_000)
    session_days: int = number(30, 1, 3650)
    streams_per_address: int = number(200, 1, 100_000)
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    rasa_url: str = ""
    # May hold a password that came from the environment.
    ledger_url: str = field(default="", repr=False)


@dataclass(frozen=True)
class AnswersSettings:
    """The answers service; ``port`` 0 means a free loopback port, ``embedder`` a packaged model, folder or hub name."""

    port: int = number(0, 0, 65535)
    threads: int = number(2, 1, 256)
    embedder: str = "all-MiniLM-L6-v2"
    backend: str = choice("auto", "auto", "onnx", "onnx-int8", "torch")
    reranker: str = "packaged"
    allowed_wrong: float = number(0.05, 0.0, 0.5)
    evidence_threshold: float = number(-1.0, -1, 1)
    top_k: int = number(8, 1, 50)
    timeout_seconds: float = number(10.0, 1, 600)


@dataclass(frozen=True)
class IndexSettings:
    """The vector index; ``milvus_uri`` empty means the embedded build, in a file under ``var/``."""

    engine: str = choice("faiss", "faiss", "milvus")
    exact_up_to: int = number(10_000, 0, 10_000_000)
    recall: float = number(0.99, 0.5, 0.999)
    device: str = choice("auto", "auto", "cpu", "gpu")
    milvus_uri: str = ""
    milvus_prefix: str = "frontdesk"


@dataclass(frozen=True)
class OrdersSettings:
    """The shop's order system; ``demo`` is the built-in SQLite shop, ``http`` a team's own."""

    backend: str = choice("demo", "demo", "http")
    url: str = ""
    timeout_seconds: float = number(5.0, 0.1, 60)


@dataclass(frozen=True)
class Settings:
    """All settings of one installation; ``var`` is the folder of data at rest."""

    var: Path
    gateway: GatewaySettings = GatewaySettings()
    dialogue: DialogueSettings = DialogueSettings()
    answers: AnswersSettings = AnswersSettings()
    generator: GeneratorSettings = GeneratorSettings()
    tone: ToneSettings = ToneSettings()
    index: IndexSettings = IndexSettings()
    orders: OrdersSettings = OrdersSettings()
    desk: DeskSettings = DeskSettings()
    slack: SlackSettings = SlackSettings()
    telegram: TelegramSettings = TelegramSettings()
    secrets: Secrets = Secrets()
    channel_secrets: ChannelSecrets = ChannelSecrets()

    @property
    def tickets_db(self) -> Path:
        """The ticket store (SQLite)."""
        return self.var / "tickets.db"

    @property
    def index_dir(self) -> Path:
        """The folder of index releases."""
        return self.var / "index"

    @property
    def conversations_db(self) -> Path:
        """The gateway's ledger (SQLite), where ``gateway.ledger_url`` names no other."""
        return self.var / "conversations.db"

    @property
    def ledger(self) -> Path | str:
        """Where the gateway's ledger is: a file, or an address of PostgreSQL with its password."""
        return self.gateway.ledger_url or self.conversations_db

    @property
    def tracker_db(self) -> Path:
        """Rasa's tracker store (SQLite), where ``dialogue.tracker_url`` names no other."""
        return self.var / "rasa.db"

    @property
    def models_dir(self) -> Path:
        """Trained Rasa models."""
        return self.var / "models"

    @property
    def live_file(self) -> Path:
        """Which dialogue workers take turns now; see ``bot.live``."""
        return self.var / "run" / "dialogue.json"

    @property
    def embedder_dir(self) -> Path:
        """The embedder's ONNX files, made once from the packaged weights."""
        return self.var / "embedder"

    @property
    def demo_shop_db(self) -> Path:
        """The demo shop's orders (SQLite)."""
        return self.var / "demo_shop.db"


SECTIONS: dict[str, type[Any]] = {
    "gateway": GatewaySettings,
    "dialogue": DialogueSettings,
    "answers": AnswersSettings,
    "generator": GeneratorSettings,
    "tone": ToneSettings,
    "index": IndexSettings,
    "orders": OrdersSettings,
    "desk": DeskSettings,
    "slack": SlackSettings,
    "telegram": TelegramSettings,
}


def var_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder of data at rest: ``FRONTDESK_VAR`` or ``var`` beside the code."""
    env = os.environ if environ is None else environ
    return Path(env.get("FRONTDESK_VAR") or PROJECT_ROOT / "var").expanduser().resolve()


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings file and environment.

    Raises:
        SettingsError: the file cannot be read, or a key or value in it is not allowed.
    """
    env = os.environ if environ is None else environ
    var = var_dir(env)
    named = env.get("FRONTDESK_SETTINGS", "")
    path = Path(named).expanduser().resolve() if named else var / "settings.yml"
    raw = read_yaml(path, required=bool(named))
    unknown = set(raw) - set(SECTIONS)
    if unknown:
        raise SettingsError(f"{path}: unknown section {sorted(unknown)}; allowed: {', '.join(SECTIONS)}")
    sections = {
        name: read_section(kind, raw.get(name) or {}, env, f"{path}: {name}") for name, kind in SECTIONS.items()
    }
    sections["dialogue"] = with_urls(sections["dialogue"], env)
    gateway = sections["gateway"]
    sections["gateway"] = replace(gateway, ledger_url=ledger_url(gateway.ledger_url, env))
    settings = Settings(var=var, secrets=read_secrets(env), channel_secrets=channel_secrets(env), **sections)
    refuse_what_cannot_work(settings.generator, settings.tone, settings.answers.timeout_seconds, str(path))
    return settings


def signing_secret(settings: Settings) -> str:
    """Return ``FRONTDESK_SECRET``, or the one made and kept under ``var/`` when it is absent."""
    return settings.secrets.signing or _kept_secret(settings.var / "secret")


def signing_secrets(settings: Settings) -> tuple[str, ...]:
    """Return what reads signatures: first the secret that also signs, then the one it has replaced, if any."""
    newest, old = signing_secret(settings), settings.secrets.signing_old
    return (newest, old) if old and old != newest else (newest,)


def _kept_secret(path: Path) -> str:
    """Return the secret in ``path``, making it first (owner-readable only); two starters agree on one value."""
    if path.exists():  # writes nothing: a start must work on a full disk
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(secrets.token_urlsafe(32))
        os.link(staged, path)
    except FileExistsError:
        pass
    finally:
        staged.unlink(missing_ok=True)
    return path.read_text().strip()
