"""Return reasons: which words of a phrase list they hold, by spelling, order and denial.

A phrase such as "质量…问题" is found where its parts follow each other with nothing but fillers
between them ("质量真的有问题"), and not where a word denies it ("没有质量问题", "no defects"). The
longest phrase counts: "色差太大" is no "太大". Phrases and fillers are words of the catalogue.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from cemkit.catalogue import languages, words

# The traditional characters in the words that people return things with, each before its
# simplified form.
PAIRS = (
    "質质 問问 題题 適适 碼码 號号 過过 長长 緊紧 鬆松 顏颜 錯错 誤误 發发 貨货 運运 輸输 損损 "
    "壞坏 斷断 殘残 開开 線线 縫缝 漬渍 標标 籤签 說说 實实 際际 圖图 現现 變变 與与 無无 應应 "
    "為为 爲为 舊旧 髒脏 褲裤 爛烂 壓压 聲声 響响 電电 買买 單单 訂订 關关 還还 後后 歡欢 寬宽 "
    "項项 數数 產产 廠厂 檢检 臺台 裝装 價价 貴贵 對对 這这 樣样 個个 異异 針针 絲丝 濕湿 遲迟 "
    "裡里 裏里 沒没 會会 帶带 鈕钮 級级 來来 時时 間间 "
)
_SIMPLIFY = str.maketrans({pair[0]: pair[1] for pair in PAIRS.split()})
ROOM = "…"  # in a phrase, room for fillers
_CLAUSE_ENDS = re.compile(r"[,.;:!?。|]+")
_VERBS = "is was are were do does did have has had ca could wo would should"
_NOT = re.compile(rf"\b({'|'.join(_VERBS.split())})n['’]?t\b")
_HAN = r"[\u3400-\u9fff]"
_HAN_GAP = re.compile(rf"(?<={_HAN}) (?={_HAN})")


class Mention(NamedTuple):
    """A phrase that a reason holds."""

    phrase: str
    denied: bool


def plain_reason(reason: str) -> str:
    """The reason as it is compared: without case, width, punctuation and traditional characters."""
    text = _folded(reason)
    letters = "".join(c if c.isalnum() or unicodedata.category(c) == "Mn" else " " for c in text)
    return " ".join(letters.split())


def _folded(reason: str) -> str:
    return unicodedata.normalize("NFKC", reason).casefold().translate(_SIMPLIFY)


def _clauses(reason: str) -> list[str]:
    """The reason clause by clause, each in its plain spelling: no denial reaches beyond one."""
    text = _NOT.sub(r"\1 not", _folded(reason)).replace("、", "或")
    plain = (plain_reason(clause) for clause in _CLAUSE_ENDS.split(text))
    return [_HAN_GAP.sub("", clause) for clause in plain if clause]


class PhraseBook:
    """Finds the phrases of several lists in what people write."""

    def __init__(self, lists: Mapping[int, Collection[str]]) -> None:
        """Read the phrases of each list, in the catalogue's spelling."""
        spelled = {
            _HAN_GAP.sub("", ROOM.join(map(plain_reason, phrase.split(ROOM)))): number
            for number, phrases in lists.items()
            for phrase in phrases
        }
        # The first that fits counts, so the longest come first.
        self._phrases = sorted(spelled, key=lambda phrase: (-len(phrase.replace(ROOM, "")), phrase))
        self._lists = [spelled[phrase] for phrase in self._phrases]
        begins = re.escape("".join(sorted({phrase[0] for phrase in self._phrases if phrase})))
        forms = "|".join(f"({_pattern(phrase)})" for phrase in self._phrases)
        self._pattern = re.compile(rf"(?=[{begins}])(?:{forms})" if self._phrases else "(?!)")

    def lists_in(self, reason: str) -> dict[int, str]:
        """The lists of which the reason holds a phrase, each with the first such phrase."""
        found: dict[int, str] = {}
        for mention in self.mentions(reason):
            if not mention.denied:
                found.setdefault(self._lists[self._phrases.index(mention.phrase)], mention.phrase)
        return found

    def mentions(self, reason: str) -> Iterator[Mention]:
        """Yield every phrase that a reason holds, denied or not."""
        for clause in _clauses(reason):
            denied_to = None
            for match in self._pattern.finditer(clause):
                before = clause[: match.start()]
                denied = _denies(before) or (
                    denied_to is not None and _continues(before[denied_to:])
                )
                denied_to = match.end() if denied else None
                yield Mention(self._phrases[(match.lastindex or 1) - 1], denied)


def _denies(before: str) -> bool:
    return _language_free()["denial"].search(before) is not None


def _continues(between: str) -> bool:
    """Whether a denial goes on: nothing but "or" and fillers stands between two phrases."""
    return _language_free()["or"].fullmatch(between) is not None


def _pattern(phrase: str) -> str:
    """The pattern of one phrase; English words may have the ending of a plural."""
    parts = phrase.split(ROOM)
    joined = _language_free()["room"].pattern.join(re.escape(part) for part in parts)
    head = r"(?<![a-z0-9])" if phrase[:1].isascii() else ""
    return head + joined + (r"(?:e?s)?(?![a-z0-9])" if phrase[-1:].isascii() else "")


def _language_free() -> dict[str, re.Pattern[str]]:
    return _readings(languages())


@cache
def _readings(spoken: tuple[str, ...]) -> dict[str, re.Pattern[str]]:
    """The words of all languages by which reasons are read, as patterns."""
    of = {
        use: " ".join(words(language).REASON_WORDS[use] for language in spoken).split()
        for use in ("fillers", "room", "denied", "deny", "or")
    }
    denied = _any_of(of["fillers"] + of["denied"])
    return {
        "room": re.compile(rf"(?: ?{_any_of(of['fillers'] + of['room'])})* ?"),
        # "是不是" asks and does not deny.
        "denial": re.compile(rf"(?<!是){_any_of(of['deny'])}(?: ?{denied})* ?$"),
        "or": re.compile(rf"(?: ?{denied})* ?{_any_of(of['or'])}(?: ?{denied})* ?"),
    }


def _any_of(listed: list[str]) -> str:
    ordered = sorted(listed, key=lambda word: (-len(word), word))
    bare = (re.escape(word) for word in ordered)
    return f"(?:{'|'.join(rf'(?<![a-z]){w}(?![a-z])' if w.isascii() else w for w in bare)})"
