"""A model's text on its way to a terminal: sentence by sentence, each once its numbers are checked.

Nothing is shown that the finished answer would take back: at the first sentence with a number that
no result holds, or at anything that is no prose, showing ends and the answer is printed when whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_SENTENCE = re.compile(r".*?(?:[.!?:](?=\s)|\n)\s*", re.DOTALL)
_NO_PROSE = re.compile(r"\s*(?:[{<\[]|```)")


class CheckedText:
    """Takes pieces of text as they come and hands on whole, checked sentences.

    Attributes:
        shown: what was handed on.
    """

    def __init__(
        self,
        emit: Callable[[str], None],
        unsupported: Callable[[str], list[str]],
        before: Callable[[], Iterable[str]],
    ) -> None:
        """Set up.

        Args:
            emit: shows a text.
            unsupported: the numbers of a text that were not measured.
            before: lines that must be read first, asked for once the first sentence is there.
        """
        self._emit, self._unsupported, self._before = emit, unsupported, before
        self._held = ""
        self._message: str | None = None
        self._stopped = False
        self.shown = ""

    def feed(self, text: str, message: str) -> None:
        """The next piece of the message with this id."""
        if message != self._message:
            # A new message: the one before was a remark beside a tool call, or was sent back.
            self._stopped = self._stopped or bool(self.shown)
            self._message, self._held = message, ""
        if self._stopped:
            return
        self._held += text
        if _NO_PROSE.match(self._held):
            self._stopped = True
        while not self._stopped and (match := _SENTENCE.match(self._held)):
            self._show(match.group())
            self._held = self._held[match.end() :]

    def end(self, whole: str) -> None:
        """The text is complete: show what is left of it, if it is the one that was shown so far."""
        if not self._stopped and (self.shown + self._held).strip() == whole.strip():
            self._show(self._held)
        self._held = ""

    def _show(self, sentence: str) -> None:
        if self._unsupported(sentence):
            self._stopped = True
            return
        if not self.shown:
            for line in self._before():
                self._emit(f"! {line}\n")
        self.shown += sentence
        self._emit(sentence)
