"""Signatures: who sends a message, and where each channel has it."""

from cemkit.checks.options import shown
from cemkit.promotion.speech import Speech
from cemkit.promotion.texts import filled, one_line
from cemkit.promotion.wording import places_of

BRACKETS = "【】"


def plain_signature(signature: str | None) -> str:
    """The sender in one line, without the brackets of a Chinese SMS; empty where there is none."""
    if signature is None:
        return ""
    if not isinstance(signature, str):
        raise TypeError(f"signature must be text, not {shown(signature)}")
    name = one_line(signature).strip(BRACKETS).strip()
    if not name or any(bracket in name for bracket in BRACKETS):
        raise ValueError(
            f"signature must be one name, such as 'Brand' or '【品牌】', not {shown(signature)}"
        )
    return name


def signed(body: str, sender: str, speech: Speech, kind: str) -> tuple[str, str]:
    """What stands for {signature} in a kind of message, and the body of its template.

    Where the message must begin with the signature and the template does not name it, it is put in
    front.
    """
    if not sender:
        return "", body
    name = speech.labels.get((speech.language, sender), sender)
    text = filled(speech.say.SIGNATURES[kind], {"signature": name})
    if kind in speech.say.SIGNED_FIRST and "signature" not in places_of(body):
        return text, body if body.startswith(text) else "{signature}" + body
    return text, body
