"""The words of cemkit: each language is one folder here, with a file for each room.

The files hold the room's glossary, the words of its messages, and `SENTENCES`: for each class with
a `sentence`, a function of the result. A language is found by its folder and a room by its file, so
that neither is listed anywhere. `en` is the model for all others.
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

from cemkit.checks.options import check_choice


def languages() -> tuple[str, ...]:
    """The names of all languages."""
    return _modules_in(tuple(__path__))


def check_language(language: str, name: str = "language") -> str:
    """Return `language`, when it is one that cemkit speaks."""
    return check_choice(language, name, languages())


def words(language: str) -> Any:
    """Return the words of a language by their names, those of all rooms together."""
    return _words(check_language(language))


def sentence_of(result: object, language: str) -> str:
    """The answer of a result in one sentence of a language."""
    sentences = words(language).SENTENCES
    for kind in type(result).__mro__:
        if kind.__name__ in sentences:
            return str(sentences[kind.__name__](result))
    raise NotImplementedError(f"{type(result).__name__} has no sentence in {language!r}")


@cache
def _words(language: str) -> SimpleNamespace:
    folder = importlib.import_module(f"{__name__}.{language}")
    said: dict[str, Any] = {}
    sentences: dict[str, Any] = {}
    for room in _modules_in(tuple(folder.__path__)):
        module = importlib.import_module(f"{folder.__name__}.{room}")
        said |= own_words(module)
        sentences |= getattr(module, "SENTENCES", {})
    return SimpleNamespace(**said | {"SENTENCES": sentences})


def own_words(module: ModuleType) -> dict[str, Any]:
    """The words of a file, without what it imports from outside the catalogue."""
    return {
        name: word
        for name, word in vars(module).items()
        if not name.startswith("_")
        and not isinstance(word, ModuleType)
        and getattr(word, "__module__", __name__).startswith(__name__)
    }


@cache
def _modules_in(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folders)))
