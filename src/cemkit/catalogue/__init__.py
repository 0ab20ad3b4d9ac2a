"""The words of cemkit: each language is one module here, and that file is all a language needs.

A language has its glossary, the words of messages, and `SENTENCES`: for each class with a
`sentence`, a function of the result. `en` is the model for all others.
"""

import importlib
import pkgutil
from functools import cache
from typing import Any

from cemkit.checks.options import check_choice


def languages() -> tuple[str, ...]:
    """The names of all languages."""
    return _modules_in(tuple(__path__))


def check_language(language: str, name: str = "language") -> str:
    """Return `language`, when it is one that cemkit speaks."""
    return check_choice(language, name, languages())


def words(language: str) -> Any:
    """Return the module of a language."""
    return importlib.import_module(f"{__name__}.{check_language(language)}")


def sentence_of(result: object, language: str) -> str:
    """The answer of a result in one sentence of a language."""
    sentences = words(language).SENTENCES
    for kind in type(result).__mro__:
        if kind.__name__ in sentences:
            return str(sentences[kind.__name__](result))
    raise NotImplementedError(f"{type(result).__name__} has no sentence in {language!r}")


@cache
def _modules_in(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folders)))
