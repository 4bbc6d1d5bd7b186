"""Settings: the only place that reads the settings file and the environment.

Order: defaults here, then ``<var>/settings.yml`` (or the file named by ``FRONTDESK_SETTINGS``). Secrets come from the
environment alone. Does not check that a path or a server exists: the part that uses it does, and ``doctor`` reports it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml

from bot.errors import SettingsError

PROJECT_ROOT = Path(__file__).resolve().parent.parent

T = TypeVar("T")


@dataclass(frozen=True)
class GatewaySettings:
    """The public door."""

    host: str = "127.0.0.1"
    port: int = 8080
    turn_timeout_seconds: float = 30.0
    max_text_characters: int = 4000
    max_body_bytes: int = 65536
    messages_per_minute: int = 30
    sessions_per_minute: int = 30
    session_days: int = 30
    allowed_origins: tuple[str, ...] = ()
    rasa_url: str = ""


@dataclass(frozen=True)
class DialogueSettings:
    """The dialogue workers; ``ports`` empty means free loopback ports."""

    workers: int = 1
    ports: tuple[int, ...] = ()
    threads: int = 1


@dataclass(frozen=True)
class AnswersSettings:
    """The answers service; ``port`` 0 means a free loopback port, ``embedder`` a folder or the packaged model."""

    port: int = 0
    threads: int = 2
    embedder: str = "all-MiniLM-L6-v2"
    evidence_threshold: float = -1.0
    top_k: int = 8
    timeout_seconds: float = 10.0


@dataclass(frozen=True)
class OrdersSettings:
    """The shop's order system; ``demo`` is the built-in SQLite shop, ``http`` a team's own."""

    backend: str = "demo"
    url: str = ""
    timeout_seconds: float = 5.0


@dataclass(frozen=True)
class Secrets:
    """Values that come from the environment; never shown by ``repr``."""

    signing: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    inner_token: str = field(default="", repr=False)
    orders_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settings:
    """All settings of one installation; ``var`` is the folder of data at rest."""

    var: Path
    gateway: GatewaySettings = GatewaySettings()
    dialogue: DialogueSettings = DialogueSettings()
    answers: AnswersSettings = AnswersSettings()
    orders: OrdersSettings = OrdersSettings()
    secrets: Secrets = Secrets()

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
        """The gateway's ledger (SQLite)."""
        return self.var / "conversations.db"

    @property
    def tracker_db(self) -> Path:
        """Rasa's tracker store (SQLite)."""
        return self.var / "rasa.db"

    @property
    def models_dir(self) -> Path:
        """Trained Rasa models."""
        return self.var / "models"

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
    "orders": OrdersSettings,
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
    path = Path(env["FRONTDESK_SETTINGS"]) if env.get("FRONTDESK_SETTINGS") else var / "settings.yml"
    raw = _read_yaml(path, required="FRONTDESK_SETTINGS" in env)
    unknown = set(raw) - set(SECTIONS)
    if unknown:
        raise SettingsError(f"{path}: unknown section {sorted(unknown)}; allowed: {', '.join(SECTIONS)}")
    sections = {name: _section(kind, raw.get(name) or {}, env, f"{path}: {name}") for name, kind in SECTIONS.items()}
    return Settings(var=var, secrets=_secrets(env), **sections)


def signing_secret(settings: Settings) -> str:
    """Return ``FRONTDESK_SECRET``, or the one made and kept under ``var/`` when it is absent."""
    return settings.secrets.signing or _kept_secret(settings.var / "secret")


def _kept_secret(path: Path) -> str:
    """Return the secret in ``path``, making it first (owner-readable only); two starters agree on one value."""
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


def _read_yaml(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.exists():
        if required:
            raise SettingsError(
                f"FRONTDESK_SETTINGS names {path}, which does not exist. Create it or unset the variable."
            )
        return {}
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise SettingsError(f"{path} cannot be read as YAML: {exc}") from exc
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise SettingsError(f"{path} must hold sections ({', '.join(SECTIONS)}), not a {type(data).__name__}.")
    return data


def _section(kind: type[T], raw: Any, env: Mapping[str, str], where: str) -> T:
    if not isinstance(raw, dict):
        raise SettingsError(f"{where} must hold keys and values, not {raw!r}.")
    assert is_dataclass(kind)
    names = {item.name for item in fields(kind)}
    unknown = set(raw) - names
    if unknown:
        raise SettingsError(f"{where}: unknown key {sorted(unknown)}; allowed: {', '.join(sorted(names))}")
    hints = get_type_hints(kind)
    section = where.rsplit(" ", 1)[-1].upper()
    values = {key: _convert(value, hints[key], f"{where}.{key}") for key, value in raw.items()}
    for name in names:
        variable = f"FRONTDESK_{section}_{name.upper()}"
        if variable in env:
            values[name] = _convert(yaml.safe_load(env[variable]), hints[name], variable)
    return kind(**values)


def _convert(value: Any, kind: Any, where: str) -> Any:
    """Check one value against its annotation; numbers and text are not mixed up silently."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind in (int, float, str) and type(value) is kind:
        return value
    if kind is str and value is None:
        return ""
    if kind in (tuple[str, ...], tuple[int, ...]) and isinstance(value, list):
        inner = str if kind == tuple[str, ...] else int
        return tuple(_convert(item, inner, where) for item in value)
    raise SettingsError(f"{where} is {value!r}; it must be of the kind {getattr(kind, '__name__', kind)}.")


def _secrets(env: Mapping[str, str]) -> Secrets:
    return Secrets(
        signing=env.get("FRONTDESK_SECRET", ""),
        api_key=env.get("FRONTDESK_API_KEY", ""),
        inner_token=env.get("FRONTDESK_INNER_TOKEN", ""),
        orders_token=env.get("FRONTDESK_ORDERS_TOKEN", ""),
    )
