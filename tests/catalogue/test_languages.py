"""Every language says the same facts, and a language is one folder."""

import contextlib
import dataclasses
import importlib
import importlib.util
import inspect
import pkgutil
import re
import string
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import cemkit
from cemkit import catalogue
from cemkit.catalogue import check_language, languages, own_words, sentence_of, words
from cemkit.churn import ChurnModel
from cemkit.data.channel_spellings import CHANNELS
from cemkit.errors import CemkitWarning
from cemkit.experiments import sample_ratio_test
from cemkit.forecasting import ARIMAForecaster
from cemkit.promotion import symbols
from cemkit.promotion.audience import GUARDS, REASONS
from cemkit.results import Result
from cemkit.segmentation.cohorts import PERIODS
from cemkit.segmentation.rfm import CLASSIC_SEGMENTS, _tiers
from cemkit.segmentation.stage_criteria import standard_stages
from cemkit.segmentation.stages import STAGES
from cemkit.segmentation.tiers import NAMES

FUZZING = Path(__file__).parents[1] / "fuzzing"
OTHERS = [language for language in languages() if language != "en"]
NO_SENTENCE = {"Simulation"}
VARIANTS: dict[str, list[dict[str, Any]]] = {}  # by class; the files of calls give them


def made(value: object) -> Iterator[Any]:
    """Yield the results in what a call returned."""
    if isinstance(value, tuple):
        for part in value:
            yield from made(part)
    if isinstance(value, Result):
        yield value
        for part in value.to_dict().values():
            yield from made(part)


def churn_diagnoses() -> Iterator[Result]:
    """Yield a diagnosis of each problem, and of none."""
    values = np.tile([1.0, 2.0, 3.0, 4.0], 10)
    spread = pd.Series([0, 1, 0, 1] * 9 + [0, 0, 1, 1])
    for columns, churned in [
        ({"a": values}, spread),
        ({"a": values, "b": 2 * values + 1}, spread),
        ({"a": values}, pd.Series(values > 2).astype(int)),
        ({"a": values, "b": values[::-1].copy()}, pd.Series(values == 4).astype(int)),
        ({"a": values}, pd.Series([1, 0, 0, 0] * 2 + [0] * 32)),
    ]:
        yield ChurnModel().fit(pd.DataFrame(columns), churned).diagnose()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """Return the results of the sound calls of every public name, by class."""
    with (
        warnings.catch_warnings(action="ignore", category=CemkitWarning),
        contextlib.chdir(tmp_path_factory.mktemp("files")),
    ):
        found = list(churn_diagnoses())
        for path in sorted(FUZZING.glob("*.py")):
            spec = importlib.util.spec_from_file_location(f"calls_{path.stem}", path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            for function, arguments in getattr(module, "CALLS", {}).values():
                found += made(function(**arguments))
                plt.close("all")
            VARIANTS.update(getattr(module, "VARIANTS", {}))
    months = pd.period_range("2020-01", periods=36, freq="M")
    sales = pd.Series(np.random.default_rng(1).normal(100, 10, 36), months)
    found.append(ARIMAForecaster(1, order=(0, 0, 0)).fit(sales).diagnose())
    features = pd.DataFrame({"recency_days": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10})
    found.append(cemkit.CustomerClusters(2, random_state=0).fit(features).rules(features))
    by_class: dict[str, list[Any]] = {}
    for result in found:
        by_class.setdefault(type(result).__name__, []).append(result)
    return by_class


def numbers(text: str) -> Counter[str]:
    """Count the numbers of a sentence; 8折 says again what 20 % says."""
    return Counter(re.findall(r"[+-]?\d+(?:,\d{3})*(?:\.\d+)?", re.sub(r"[\d.]+折", "", text)))


def test_every_result_has_its_sentence_in_every_language(results: dict[str, list[Any]]) -> None:
    sentences = set(words("en").SENTENCES)
    assert {*results} - NO_SENTENCE == sentences - {"CustomerLifetimeValue", "SeasonalClock"}
    for language in OTHERS:
        assert set(words(language).SENTENCES) == sentences


@pytest.mark.parametrize("language", OTHERS)
def test_all_languages_say_the_same_numbers(results: dict[str, list[Any]], language: str) -> None:
    for name in {*results} - NO_SENTENCE:
        first = results[name][0]
        more = [dataclasses.replace(first, **change) for change in VARIANTS.get(name, [])]
        for result in [*results[name], *more]:
            english, other = result.sentence(), result.sentence(language)
            assert numbers(english) == numbers(other), f"{english}\n{other}"
            assert "nan" not in re.findall(r"\w+", english + other)
            assert repr(result).startswith(english)


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_word_of_english(language: str) -> None:
    english, other = vars(words("en")), vars(words(language))
    names = {name for name in english if not name.startswith("_")}
    assert names == {name for name in other if not name.startswith("_")}
    for name in names:
        if isinstance(english[name], dict):
            assert list(english[name]) == list(other[name]), name


@pytest.mark.parametrize("language", OTHERS)
def test_a_word_of_every_room_takes_the_same_facts_in_each_language(language: str) -> None:
    english, other = vars(words("en")), vars(words(language))
    for name in (name for name in english if not name.startswith("_")):
        assert facts_of(english[name]) == facts_of(other[name]), name


# Nouns with their plural.
OF_ENGLISH = {"covariates", "group"}


def facts_of(word: Any) -> Any:
    """Return the parameters of a function and the places of text, of each entry of a table."""
    if inspect.isfunction(word):
        return list(inspect.signature(word).parameters)
    if isinstance(word, str):
        places = {place for _, place, _, _ in string.Formatter().parse(word)}
        return places - {None} - OF_ENGLISH
    if isinstance(word, dict):
        return {key: facts_of(value) for key, value in word.items()}
    return type(word)


@pytest.mark.parametrize("language", languages())
def test_no_two_rooms_give_a_word_one_name(language: str) -> None:
    folder = importlib.import_module(f"cemkit.catalogue.{language}")
    words_by_name: dict[str, set[int]] = {}
    for room in pkgutil.iter_modules(folder.__path__):
        for name, word in own_words(
            importlib.import_module(f"{folder.__name__}.{room.name}")
        ).items():
            words_by_name.setdefault(name, set()).add(id(word))
    del words_by_name["SENTENCES"]
    assert [name for name, found in words_by_name.items() if len(found) > 1] == []


def test_the_glossary_has_the_names_that_rooms_give() -> None:
    english = words("en")
    assert {*CLASSIC_SEGMENTS["segment"], *_tiers(5)["segment"]} == {*english.SEGMENTS}
    further = pd.DataFrame({"overdue": [True], "previous_stage": ["churned"]})
    assert {*standard_stages(further)["stage"]} == {*english.STAGES} > {*STAGES["stage"]}
    tiers = [name for names in NAMES.values() for name in names]
    assert {*tiers} == {*english.VALUE_TIERS}
    assert {*REASONS, "no offer"} - {"kept"} == {*english.LEFT_OUT}
    assert {*GUARDS} == {*english.GUARDS}
    assert {*PERIODS} == {*english.PERIODS}
    assert {*english.CHANNELS} <= {*CHANNELS}
    kinds = {channel.template for channel in CHANNELS.values()} - {None}
    assert kinds == {*english.TEMPLATES}


@pytest.mark.parametrize("language", languages())
def test_terms_say_until_when_and_how_to_get_no_more(language: str) -> None:
    for name in ("terms", "terms_with_extras"):
        assert "{valid_until}" in words(language).PHRASES[name]
    for name in ("terms", "terms_with_extras", "terms_of_greeting", "terms_of_greeting_until"):
        assert words(language).PHRASES[name].endswith("{opt_out}")
    for kind in ("letter", "short", "chat"):
        assert re.search("STOP|TD退订", words(language).OPT_OUTS[kind])


@pytest.mark.parametrize("language", languages())
def test_every_kind_of_message_has_all_its_words(language: str) -> None:
    said = words(language)
    for glossary in (said.GREETINGS, said.SIGNATURES, said.OPT_OUTS):
        assert glossary.keys() == said.TEMPLATES.keys()
    assert {*said.SIGNED_FIRST} <= {*said.TEMPLATES}
    assert symbols.BENEFITS.keys() == said.BENEFITS.keys()
    assert symbols.PHRASES.keys() == said.PHRASES.keys()
    assert symbols.SIGNATURES.keys() == symbols.OPT_OUTS.keys() == said.TEMPLATES.keys()


@pytest.mark.parametrize("language", ["fr", "", "EN", None, 7, "__init__"])
def test_an_unknown_language_is_refused_alike(results: dict[str, list[Any]], language: str) -> None:
    for name in {*results} - NO_SENTENCE:
        with pytest.raises(ValueError, match="language must be one of 'en', 'zh', not "):
            results[name][0].sentence(language)


def test_a_check_names_what_it_checks() -> None:
    assert check_language("zh") == "zh"
    with pytest.raises(ValueError, match="the language of a template must be one of"):
        check_language("fr", "the language of a template")


def test_a_subclass_says_what_its_class_says() -> None:
    class Sample(type(sample_ratio_test({"A": 50, "B": 50}, {"A": 0.5, "B": 0.5}))):  # type: ignore[misc]
        """A result of one's own."""

    plain = sample_ratio_test({"A": 50, "B": 50}, {"A": 0.5, "B": 0.5})
    assert sentence_of(Sample(**plain.to_dict()), "en") == plain.sentence()


MADE_UP = '''
"""Esperanto, or a little of it."""

from cemkit.catalogue import words

en = words("en")
globals().update(vars(en))
SENTENCES = en.SENTENCES | {"SampleRatioTest": lambda test: f"Proporcio: p = {test.p_value:.0f}."}
CHANNELS = en.CHANNELS | {"sms": "Mesaĝeto"}
TEMPLATES = en.TEMPLATES | {"short": ("{discount} {scope}", "Saluton {name}! {discount} {terms}")}
PHRASES = en.PHRASES | {"name": "kliento", "scope": "por ĉio"}


def discount_words(fraction):
    return f"-{fraction:.0%}"


def day_words(day):
    return f"{day:%d.%m.%Y}"
'''


@pytest.fixture
def esperanto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "eo").mkdir()
    (tmp_path / "eo/__init__.py").touch()
    (tmp_path / "eo/every_room.py").write_text(MADE_UP, "utf-8")
    monkeypatch.setattr(catalogue, "__path__", [*catalogue.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    yield "eo"
    for module in ("cemkit.catalogue.eo.every_room", "cemkit.catalogue.eo"):
        sys.modules.pop(module, None)
    vars(catalogue).pop("eo", None)
    catalogue._words.cache_clear()


def test_a_language_is_one_folder(esperanto: str) -> None:
    assert languages() == ("en", "eo", "zh")
    found = sample_ratio_test({"A": 50, "B": 50}, {"A": 0.5, "B": 0.5})
    assert found.sentence(esperanto) == "Proporcio: p = 1."
    assert found.sentence() == "The sample ratio is as designed (p = 1)."
    people = pd.DataFrame({"customer_id": [1], "language": ["eo-XX"]})
    actions = pd.DataFrame({"customer_id": [1], "offer": "sale", "channel": "mesaĝeto"})
    day = pd.Timestamp("2024-03-31")
    sale = pd.DataFrame({"offer": ["sale"], "discount": [0.2], "valid_until": [day]})
    message = cemkit.render_messages(actions, sale, people, as_of="2024-03-01").iloc[0]
    assert (message["channel"], message["language"]) == ("sms", "eo")
    assert message["subject"] == "-20% por ĉio"
    assert message["body"].startswith(
        "Saluton kliento! -20% Terms: -20% por ĉio, valid from 01.03.2024"
    )
