"""Imports Rasa without the packages that this process will not use.

Wherever Rasa is imported, it imports TensorFlow and the clients of every channel and database that it knows. Its own
classes derive from ``tf.keras`` ones while they are being imported, so that loading TensorFlow later, on first use, is
no way out: most of the start and half of the memory go to libraries that a model of sentence vectors, linear
classifiers and rules never calls. While :func:`import_rasa` runs, such a package is answered with stand-ins: empty
classes, good enough to derive from, that say clearly what is wrong when they are used. After that everybody else, such
as an action that talks to S3, imports the real one.
"""

from __future__ import annotations

import importlib
import json
import sys
import tarfile
from abc import ABCMeta
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

TENSORFLOW = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras")
# Rasa's components that call TensorFlow; spaCy and MITIE look for it on their own.
CALL_TENSORFLOW = frozenset(
    {
        "ConveRTFeaturizer",
        "DIETClassifier",
        "LanguageModelFeaturizer",
        "MitieNLP",
        "ResponseSelector",
        "SpacyNLP",
        "TEDPolicy",
        "UnexpecTEDIntentPolicy",
    }
)
SKLEARN = ("sklearn",)
CALL_SKLEARN = frozenset(
    {"CRFEntityExtractor", "CountVectorsFeaturizer", "LogisticRegressionClassifier", "SklearnIntentClassifier"}
)
# Packages whose classes are known; a class of anybody else's may derive from any of Rasa's.
KNOWN_PACKAGES = ("rasa.", "bot.nlu.")

# Rasa's own channels and their clients, its terminal, its other databases, its plots: neither a worker nor a training
# uses them. Rasa's command line does, and its lists of channels need the real ones.
CHANNELS = (
    "aiogram",
    "fbmessenger",
    "questionary",
    "prompt_toolkit",
    "slack_sdk",
    "socketio",
    "twilio",
    "webexteamssdk",
)
DATABASES = ("boto3", "botocore", "pymongo")
PLOTS = ("matplotlib",)
BYSTANDERS = CHANNELS + DATABASES + PLOTS

# Rasa imports all its components when it needs the first of them.
COMPONENTS = "rasa.engine.recipes.default_components"


class LeftOut(ImportError):
    """Something was used that had been kept out of this process, because no component of the model seemed to use it."""


class StandInType(ABCMeta):
    """The type of stand-in classes: good as a base class or an annotation, an error when called."""

    _left_out: str

    def __getattr__(cls, name: str) -> Any:
        """Return a stand-in for whatever a stand-in should hold; classes derived from one hold only what they say."""
        if name.startswith("__") or "_left_out" not in vars(cls):
            raise AttributeError(name)
        return stand_in(f"{cls._left_out}.{name}")

    def __call__(cls, *_: Any, **__: Any) -> Any:
        """Refuse to be called or instantiated, and so do classes derived from a stand-in.

        Raises:
            LeftOut: always.
        """
        package = cls._left_out.partition(".")[0]
        raise LeftOut(
            f"{cls.__name__} needs {package}, without which Rasa was imported here: no component named by the model or "
            "config.yml was known to call it. Correct the lists in bot/dialogue/lean.py and start again."
        )


def stand_in(path: str) -> type:
    """Return an empty class in the place of ``path``, such as "tensorflow.keras.Model"."""
    module, _, name = path.rpartition(".")
    return StandInType(name, (), {"__module__": module, "_left_out": path})


class StandInModule(ModuleType):
    """A module of which any attribute can be imported."""

    def __getattr__(self, name: str) -> Any:
        """Return a stand-in class, the same one each time."""
        if name.startswith("__"):
            raise AttributeError(name)
        found = stand_in(f"{self.__name__}.{name}")
        setattr(self, name, found)
        return found


class StandInFinder(MetaPathFinder, Loader):
    """Answers the imports of the packages that are kept out; Python asks it before it looks on the disk."""

    def __init__(self, packages: Iterable[str]) -> None:
        self.packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a stand-in comes from, None for a module that is not kept out."""
        if fullname.partition(".")[0] not in self.packages:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the stand-in."""
        return StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: a stand-in has no code."""


def components_of_config(config: Path) -> tuple[str, ...]:
    """Return the names in a Rasa configuration; none when Rasa would choose the components itself."""
    found = yaml.safe_load(config.read_text("utf-8"))
    if not isinstance(found, dict) or found.get("recipe", "default.v1") != "default.v1":
        return ()
    pipeline, policies = found.get("pipeline"), found.get("policies")
    if not pipeline or not policies:
        return ()
    return tuple(str(item["name"]) for item in [*pipeline, *policies])


def components_of_model(archive: Path) -> tuple[str, ...]:
    """Return the class paths that a trained model will load, from its own description."""
    with tarfile.open(archive) as model:
        description = model.extractfile("metadata.json")
        metadata = json.load(description) if description else {}
    schemas = (metadata.get("train_schema", {}), metadata.get("predict_schema", {}))
    return tuple(str(node["uses"]) for schema in schemas for node in schema.get("nodes", {}).values())


def packages_unused(components: Iterable[str]) -> tuple[str, ...]:
    """Return the machine-learning packages that none of ``components`` calls.

    No component at all means that nothing is known about them, and then nothing is unused.
    """
    names = list(components)
    bare = {name.rpartition(".")[2] for name in names}
    foreign = [name for name in names if "." in name and not name.startswith(KNOWN_PACKAGES)]
    if not names or foreign or bare & CALL_TENSORFLOW:
        return ()
    return TENSORFLOW if bare & CALL_SKLEARN else TENSORFLOW + SKLEARN


def import_rasa(module: str, components: Iterable[str], also_unused: tuple[str, ...] = ()) -> None:
    """Import ``module`` of Rasa and Rasa's components, without what ``components`` and this process do not use.

    Args:
        module: Such as "rasa.core.agent".
        components: Names or class paths of all components that this process will run.
        also_unused: Further packages that this process does not use.
    """
    with stand_ins(packages_unused(components) + also_unused):
        importlib.import_module(module)
        importlib.import_module(COMPONENTS)


@contextmanager
def stand_ins(packages: Iterable[str]) -> Iterator[None]:
    """Answer imports of ``packages`` with stand-ins; a package that has been imported before stays what it is."""
    finder = StandInFinder(set(packages) - set(sys.modules))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name, module in sys.modules.items() if isinstance(module, StandInModule)]:
            del sys.modules[name]
