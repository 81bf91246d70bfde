"""Puts sentences together in four languages from the phrases in `phrases/*.txt`.

A phrase file holds `[section]` lines, each followed by one phrase a line; all four have the same
sections. `{product}`, `{order}`, `{carrier}`, `{date}`, `{days}` and `{name}` are filled in.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from extract.datagen.plan import LANGUAGES
from extract.datagen.timeline import Rng

NEGATIVE, MIXED, POSITIVE = "neg", "mid", "pos"
TOPICS = (
    "late_delivery", "damaged", "wrong_item", "refund", "return", "payment", "question", "account",
)  # fmt: skip
_GLAD = ("😊", "👍", "😍", "🎉", "❤️", "💯", "🙂")
_ANGRY = ("😡", "👎", "😠", "🤬", "😤", "🙄")
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


class Facts(NamedTuple):
    """What a text can mention."""

    product: str
    order: str
    carrier: str
    date: str
    days: str
    name: str


@lru_cache
def phrases(language: str) -> dict[str, list[str]]:
    """The phrases of a language by section."""
    text = resources.files("extract.datagen").joinpath(f"phrases/{language}.txt")
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), [])
        elif line:
            current.append(line)
    return sections


class Writer:
    """Writes in one language at a time with one stream of random numbers."""

    def __init__(self, rng: Rng) -> None:
        # Drawing one number at a time from numpy is slow; a block is drawn and used up.
        self._rng = rng
        self._block: list[float] = []

    def chance(self) -> float:
        """A number in [0, 1)."""
        if not self._block:
            self._block = self._rng.random(4096).tolist()
        return self._block.pop()

    def say(self, language: int, section: str, facts: Facts) -> str:
        """One phrase of the section, filled in."""
        choices = phrases(LANGUAGES[language])[section]
        phrase = choices[int(self.chance() * len(choices))]
        return phrase.format(**facts._asdict()) if "{" in phrase else phrase

    def review(
        self, language: int, facts: Facts, rating: int, department: str, *, late: bool
    ) -> tuple[str, str]:
        """Title and body of a review; the body may have several lines."""
        mood = NEGATIVE if rating <= 2 else MIXED if rating == 3 else POSITIVE
        sentences = [self.say(language, f"open.{mood}", facts)]
        sides = {NEGATIVE: ("neg", "plus", "pos"), POSITIVE: ("pos", "but", "neg")}
        main, turn, other = sides.get(mood, ("pos", "but", "neg"))
        for _ in range(1 + (self.chance() < 0.45)):
            aspect = self.say(language, f"aspect.{department}.{main}", facts)
            if aspect not in sentences:
                sentences.append(aspect)
        if self.chance() < (0.9 if mood == MIXED else 0.15 if rating in (2, 4) else 0.04):
            aspect = self.say(language, f"aspect.{department}.{other}", facts)
            sentences.append(f"{self.say(language, turn, facts)} {aspect}")
        if late and self.chance() < 0.75:
            sentences.append(self.say(language, "delivery.late", facts))
        elif not late and mood != NEGATIVE and self.chance() < 0.35:
            sentences.append(self.say(language, "delivery.good", facts))
        if self.chance() < 0.6:
            sentences.append(self.say(language, f"close.{mood}", facts))
        if self.chance() < 0.13 and mood != MIXED:
            faces = _GLAD if mood == POSITIVE else _ANGRY
            sentences[-1] += " " + faces[int(self.chance() * len(faces))]
        title = self.say(language, f"title.{mood}", facts)
        return title, self._lay_out(sentences)

    def _lay_out(self, sentences: list[str]) -> str:
        style = self.chance()
        if style < 0.66 or len(sentences) < 3:
            return " ".join(sentences)
        if style < 0.82:
            return "\n".join(sentences)
        return sentences[0] + "\n\n" + " ".join(sentences[1:])

    def complaint(self, language: int, topic: str, facts: Facts, anger: int) -> tuple[str, str]:
        """Subject and first message of a ticket; `anger` is 0 (calm) to 2 (furious)."""
        parts = [self.say(language, f"open.{topic}", facts)]
        if self.chance() < 0.7:
            parts.append(self.say(language, f"detail.{topic}", facts))
        if anger:
            parts.append(self.say(language, f"anger.{anger}", facts))
        if self.chance() < 0.8:
            parts.append(self.say(language, f"demand.{topic}", facts))
        body = " ".join(parts)
        if anger == 2 and self.chance() < 0.25:
            body = body.upper() if self.chance() < 0.3 else body + " " + _ANGRY[0]
        greeting = self.say(language, "greet", facts) if self.chance() < 0.85 else ""
        sign = self.say(language, "sign", facts) if self.chance() < 0.75 else ""
        message = "\n".join(part for part in (greeting, body, sign) if part)
        return self.say(language, f"subject.{topic}", facts), message

    def answer(self, language: int, topic: str, facts: Facts) -> str:
        """What an agent answers at first."""
        return "\n".join(
            self.say(language, section, facts)
            for section in ("agent.greet", f"answer.{topic}", "agent.sign")
        )


def written_date(day: date, language: int) -> str:
    """A date as people write it in a sentence."""
    if LANGUAGES[language] == "de":
        return f"{day.day}.{day.month}.{day.year}"
    if LANGUAGES[language] == "en":
        return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


_CARRIERS: dict[str, tuple[str, ...]] = {
    "DE": ("Paketblitz", "GLX", "Hansa Logistik"),
    "FR": ("Colivite", "RapidPost", "GLX"),
    "GB": ("ParcelFox", "RapidPost", "Kingsway Couriers"),
    "NL": ("GLX", "PakketPlus"),
    "ES": ("EnvíaYa", "GLX"),
    "AT": ("Paketblitz", "Donau Express"),
    "CH": ("Alpen Kurier", "GLX"),
    "US": ("ParcelFox", "Blue Ridge Freight"),
}


def carrier_of(country: str, number: int) -> str:
    """Who brings an order: the same number gives the same carrier."""
    carriers = _CARRIERS[country]
    return carriers[number * 7 % 11 % len(carriers)]
