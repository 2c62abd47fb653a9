"""Words by which a reply withdraws consent."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from crmlib.policies._citation import Citation
    from crmlib.policies._policy import Policy

_APOSTROPHES: Final = re.compile("['\u2019`]")
_NO_WORD: Final = re.compile(r"[\W_]+")
_BETWEEN_WORDS: Final = re.compile(r"[\x00-\u02ff]")
"""Letters of scripts that write blanks between words; of others blanks tell nothing."""
_COURTESY: Final = frozenset(("please", "pls", "now", "thanks", "thank", "you", "all", "it"))


@attrs.frozen(kw_only=True)
class OptOutWords:
    """Words that withdraw consent when they come as a reply.

    Case, punctuation and, in scripts such as Hangul, blanks make no difference.

    Parameters
    ----------
    whole : tuple of str
        Those that the reply consists of, but for words of courtesy.
    within : tuple of str
        Those that may stand anywhere in it.
    citations : tuple of Citation
        Where they come from.
    """

    whole: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()

    def are_in(self, text: str) -> bool:
        """Say whether *text* is a reply that withdraws consent."""
        said = _spell(text)
        bare = " ".join(word for word in said.split() if word not in _COURTESY)
        for words in map(_spell, self.whole):
            if words in {said, bare} or _close_up(words) == _close_up(said):
                return True
        return any(_is_within(words, said) for words in map(_spell, self.within))

    def to_dict(self) -> dict[str, Any]:
        """Give the words as they stand in a policy file."""
        lists = {"whole": list(self.whole), "within": list(self.within)}
        given: dict[str, Any] = {name: words for name, words in lists.items() if words}
        return given | {"sources": [citation.key for citation in self.citations]}


def is_opt_out_reply(text: str, policy: Policy) -> bool:
    """Say whether a reply withdraws consent by the words of any part of *policy*.

    What says no in other words a person has to read: the law counts them,
    too, where a reasonable person would understand them so.

    Parameters
    ----------
    text : str
        What the recipient wrote back.
    policy : Policy

    Returns
    -------
    bool

    Examples
    --------
    >>> from crmlib import policies
    >>> policy = policies.load("US", "KR")
    >>> replies = ["STOP.", "수신 거부요", "See you at the bus stop"]
    >>> [is_opt_out_reply(reply, policy) for reply in replies]
    [True, True, False]
    """
    return any(part.opt_out_words.are_in(text) for part in policy.parts)


def _spell(text: str) -> str:
    """Give *text* as words in lower case with one blank between them."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _NO_WORD.sub(" ", _APOSTROPHES.sub("", plain)).strip()


def _close_up(words: str) -> str:
    """Leave out blanks where the script has no use for them."""
    return words if _BETWEEN_WORDS.search(words.replace(" ", "")) else words.replace(" ", "")


def _is_within(words: str, said: str) -> bool:
    if _BETWEEN_WORDS.search(words.replace(" ", "")):
        return f" {words} " in f" {said} "
    return words.replace(" ", "") in said.replace(" ", "")
