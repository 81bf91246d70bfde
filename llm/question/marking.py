"""What each word of a question does: names something, is a time, a cue, or goes unexplained.

The first half of the planner's parser. It marks; `reading` decides what the marks ask for.
Nothing here knows a single question, only the words that questions are built with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from llm.question import bounds, clock, cues, shaping, timephrase, timewords
from llm.question.lexicon import Lexicon, Sense, Span
from llm.question.marks import (
    Baseline,
    Marks,
    Ranking,
    first,
    inside,
    match,
    places,
    small_number,
)
from llm.question.phrasing import base, rephrased
from llm.question.spoken import MANNERS, PEOPLE, VOCABULARY
from llm.question.timephrase import TimePhrase
from llm.question.timewords import SEASONS
from llm.request import Grain
from llm.words import Token, stem, tokens

SHARING = frozenset({"percentage", "percent", "proportion", "fraction", "portion", "%"})
# What stands for rows without a name.
UNNAMED = frozenset({"none", "null", "nulls", "empty", "blank", "blanks", "missing"})
_BEFORE_COUNTED = frozenset({"different", "distinct", "unique", "of", "our", "the"})
BEFORE_GROUPS = frozenset({"the", "a", "how", "what", "each", "every", "our", "all"})
POINTING = frozenset({"which", "the", "this", "that", "each", "every", "any", "another"})
NARROWING = frozenset({"frequent", "popular", "typical", "common"})


def mark(question: str, lexicon: Lexicon, today: date) -> Marks:
    """Mark every word of a question."""
    marks = Marks(tokens(question))
    _correct(marks, lexicon)
    marks.words = _shares_said_alike(rephrased(marks.words, lexicon))
    words = marks.words
    marks.leans = bool(match(words, 0, cues.LEANS))
    spoken_of = (question, marks.phrase(0, len(words)))
    marks.points = any(cues.POINTED.search(text) for text in spoken_of)
    taken: set[int] = set()
    _mark_baselines(marks, taken)
    hours = clock.find(words, lexicon, taken)
    marks.thresholds = bounds.find(words, taken)
    for time in _times(words, taken, today):
        marks.times.append(time)
        taken.update(range(time.start, time.end))
    # "revenue excluding returns" is a measure's name: nothing is left out.
    whole = [s for s in lexicon.find(words, taken) if s.of("metric") and s.end - s.start > 1]
    named = inside(*whole) - taken
    apart = taken | named
    marks.negations = {marks.skip(i, cues.AFTER_NOT) for i in places(words, cues.NEGATIONS, apart)}
    taken |= apart - named
    marks.named_only = _leaves_out_unnamed(marks, taken)
    _leave_out_bounded(marks)
    marks.spans = sorted(
        [*hours, *_without_weak(lexicon.find(words, taken), words)], key=lambda span: span.start
    )
    shaping.uncount(marks, lexicon)
    shaping.join(marks, lexicon, taken)
    shaping.split(marks, lexicon)
    shaping.theirs(marks, lexicon)
    shaping.numbered(marks, lexicon, taken)
    shaping.bounded_values(marks, lexicon)
    shaping.weekday_ranges(marks)
    shaping.drop_verbs(marks, lexicon, taken)
    shaping.units(marks, taken)
    shaping.held(marks, taken)
    taken |= inside(*marks.spans)
    counts = places(words, cues.COUNTS, set(taken))
    marks.counted = {marks.skip(i, _BEFORE_COUNTED) for i in counts}
    shaping.numbers_of(marks, lexicon)
    marks.source = bool(places(words, cues.SOURCES, taken)) or _asks_where_from(words)
    marks.odd = not marks.source and bool(places(words, cues.UNUSUAL, taken))
    marks.compare = first(words, cues.COMPARES, taken)
    marks.change = first(words, cues.CHANGES, taken)
    marks.share = first(words, cues.SHARES, taken)
    if marks.share is None and marks.thresholds and marks.thresholds[0].percent:
        # "more than 20 % of revenue"
        end = marks.thresholds[0].end
        marks.share = end if marks.word(end) == "of" else None
    marks.over_time = first(words, cues.OVER_TIME, taken) is not None
    marks.running = first(words, cues.RUNNING_TOTALS, taken) is not None
    if not marks.source:
        free = (token.word for i, token in enumerate(words) if i not in taken)
        marks.average = next((word for word in free if word in cues.AVERAGES), "")
    _mark_sorting(marks, taken)
    _mark_ranking(marks, taken)
    shaping.ellipsis(marks, lexicon, taken)
    shaping.verbs(marks, lexicon, taken)
    marks.groupers = {
        i for i in places(words, cues.GROUPERS, set()) if marks.word(i) not in cues.VERBS
    }
    marks.groupers |= {i + 1 for i in marks.groupers if marks.word(i) in ("the", "our", "their")}
    marks.unexplained = _unexplained(marks, lexicon, taken)
    return marks


def _unexplained(marks: Marks, lexicon: Lexicon, taken: set[int]) -> list[int]:
    """The words that name nothing, mark nothing, and without which the question means another."""
    words = [token.word for token in marks.words]
    ends = {s.end for s in marks.spans if s.of("entity") and marks.single(s)}
    ignored = cues.EVIDENCE if marks.odd or marks.source else frozenset()
    ignored |= cues.WHEREABOUTS if marks.odd else frozenset()
    found = []
    for i, word in enumerate(words):
        grouper = i in marks.groupers and marks.word(i + 1) != "of"
        silent = (
            _says_nothing(word, after_by=grouper)
            or (word == "open" and {"do", "did"}.intersection(words))
            or (word == "one" and marks.word(i - 1) in POINTING)
            or (word in MANNERS and marks.change is not None)
            or (word in cues.BEING and _names_place(marks))
            or _measured(marks, lexicon.senses(cues.VERBS.get(word, ""), "metric"))
        )
        telling = (
            (word in PEOPLE and i in marks.counted)
            or (stem(word) == "time" and i in ends)  # "ticket time": no number of tickets
            or (word in NARROWING and _narrows(marks, i))
        )
        apart = word == "between" and _parts(marks, i + 1)
        if apart or (i not in taken and word not in ignored and (telling or not silent)):
            found.append(i)
    best = marks.ranking.start if marks.ranking else -1
    return [i for i in found if (words[i], i + 1) != ("single", best)]


def _correct(marks: Marks, lexicon: Lexicon) -> None:
    """Put the known word where a typing error stands, and remember it."""
    out = list(marks.words)
    for i, token in enumerate(out):
        known = lexicon.says(token) or token.word in VOCABULARY or token != base(token, lexicon)
        near = [one.stem for one in (*out[max(i - 1, 0) : i], *out[i + 1 : i + 2])]
        meant = None if known or not token.word.isalpha() else lexicon.corrected(token.word, near)
        if meant is not None and meant != token.stem:
            out[i] = Token(token.text, meant, stem(meant))
            marks.corrections.append(meant)
    marks.words = tuple(out)


def _asks_where_from(words: Sequence[Token]) -> bool:
    """ "where does this come from", "what does X mean"; not "where do visitors come from"."""
    said = [token.word for token in words]
    if said[:1] == ["what"] and "mean" in said:
        return bool(cues.DO.intersection(said))
    one_thing = {"does", "did", "is"}.intersection(said[:3])
    return bool(one_thing) and said[:1] == ["where"] and bool({"come", "from"}.intersection(said))


def _without_weak(spans: list[Span], words: Sequence[Token]) -> list[Span]:
    """Drop values that are everyday words, unless a dimension's name stands right beside them."""
    beside = {place for span in spans if span.of("dimension") for place in (span.start, span.end)}
    ends, members = {s.end for s in spans}, {s.start: {*s.names("entity")} for s in spans}
    return [
        span
        for span in spans
        if {span.start, span.end} & beside
        or not (
            span.text.lower() in cues.WEAK_VALUES
            or (span.start and words[span.start - 1].word in cues.VERY)  # "so high"
            or (  # "web plus app"; "plus customers" are of that kind
                span.text.lower() in cues.JOINTS
                and span.start in ends
                and not {s.name.split("__")[0] for s in span.senses} & members.get(span.end, set())
            )
            or (
                words[0].word == "why" and span.text.lower() in cues.WHEREABOUTS
            )  # "why was it low"
        )
    ]


def _parts(marks: Marks, i: int) -> bool:
    """Whether "between" in front of `i` stands between things that are not compared."""
    starts = {span.start for span in marks.spans}
    within = inside(*marks.times, *marks.thresholds) | (inside(*marks.spans) - starts)
    told = {marks.word(i), marks.word(i + 1)} & {"the", "our"}
    named = any(span.start in (i, i + len(told)) and span.of("value") for span in marks.spans)
    return not (i in within or named or marks.compare is not None)


def _narrows(marks: Marks, i: int) -> bool:
    """ "frequent customers" are some of them; "the most frequent topic" is not."""
    if marks.ranking is not None or marks.average:
        return False
    return not any(
        marks.word(k) in ("how", "most", "more", "less", "least") for k in (i - 1, i - 2)
    )


def _names_place(marks: Marks) -> bool:
    """ "which city do most customers live in", "tickets of customers based in Spain"."""
    senses = [one for span in marks.spans for one in span.senses]
    named = [one.name for one in senses if one.kind in ("dimension", "value")]
    return any(name.rsplit("_", 1)[-1] in cues.PLACES for name in named)


def _measured(marks: Marks, senses: Sequence[Sense]) -> bool:
    """ "how many new products did we launch": what the verb would measure is named."""
    return any(set(senses) & set(span.senses) for span in marks.spans)


def _says_nothing(word: str, *, after_by: bool) -> bool:
    if after_by:  # "by store" names something, even if "store" elsewhere does not
        return word in cues.STOP_SIGNS or word in BEFORE_GROUPS
    return word in cues.STOP_WORDS or word in cues.STOP_SIGNS


def _shares_said_alike(words: tuple[Token, ...]) -> tuple[Token, ...]:
    """ "percentage of", "proportion of" -> "share of": synonyms in the catalogue say it so."""
    out = list(words)
    for i, token in enumerate(words[:-1]):
        follows = words[i + 1].word == "of" and not words[i - 1 if i else i].word[:1].isdigit()
        if follows and token.word in SHARING:
            out[i] = replace(token, text="share", word="share", stem="share")
    return tuple(out)


def _times(words: tuple[Token, ...], taken: set[int], today: date) -> list[TimePhrase]:
    # "DE vs AT 2026": a country's code, unless all is written so.
    shouted = all(token.text.isupper() for token in words if token.text.isalpha())
    codes = {
        i
        for i, t in enumerate(words)
        if not shouted and (t.text in ("AT", "IN") or (t.word in SEASONS and t.text.isupper()))
    }
    # "share of October orders": "of" belongs to the share.
    codes |= {
        i for i, t in enumerate(words) if i and t.word == "of" and words[i - 1].word == "share"
    }
    blanked = [
        Token("", "\x00", "\x00") if i in taken | codes else token for i, token in enumerate(words)
    ]
    found = timephrase.find(blanked, today)
    return [replace(t, text=" ".join(w.text for w in words[t.start : t.end])) for t in found]


# "year over year", "the same month last year", "a week earlier", "the 7 days before".
BASELINE = re.compile(
    r"""(?:(?:the|a|one|its)\ )*(?:
        (?P<each>yoy|qoq|mom|wow|dod)
      | (?P<over>year|quarter|month|week|day)\ (?:-\ )?(?:over|on|to)\ (?:-\ )?(?P=over)
      | same\ (?:period|time|month|quarter|week|days?|dates)\ (?:(?:of|in|the|a)\ )*
        (?: (?:last|previous|prior)\ (?P<last>year|month|quarter|week)
          | (?P<ago>year)\ (?:before|earlier|ago) )
      | (?P<unit>year|quarter|month|weekend|week|day)\ (?:before|earlier|prior|previously)
        (?!\ (?:yesterday|last)\b)
      | (?:period\ |\d+\ (?:days?|weeks?|months?|quarters?|years?)\ )(?:before|earlier|prior)
      | (?:previous|prior|preceding)\ (?:period|one)
    )(?!\S)""",
    re.VERBOSE,
)


def _mark_baselines(marks: Marks, taken: set[int]) -> None:
    words = [token.word for token in marks.words]
    for i in range(len(words)):
        found = None if i in taken else BASELINE.match(" ".join(words[i : i + 9]))
        if found is None or (marks.baseline and not (found["each"] or found["over"])):
            continue
        said = next((unit for unit in found.groupdict().values() if unit), None)
        marks.baseline = Baseline(i, Grain(cues.EACH_OTHER.get(said, said)) if said else None)
        taken.update(range(i, i + len(found.group().split())))


def _leaves_out_unnamed(marks: Marks, taken: set[int]) -> bool:
    """ "by campaign, excluding none": rows without a name are left out."""
    found = {i for i in marks.negations if marks.word(i) in UNNAMED}
    marks.negations -= found
    taken |= found
    return bool(found)


def _leave_out_bounded(marks: Marks) -> None:
    """ "leave out those with fewer than 30 reviews", "not answered within 8 hours"."""
    for place in sorted(marks.negations):
        near = [one for one in marks.thresholds if 0 <= one.start - place <= 4]
        if len(near) == 1 and near[0].operator in bounds.OTHERWISE:
            meant = replace(near[0], operator=bounds.OTHERWISE[near[0].operator])
            marks.thresholds[marks.thresholds.index(near[0])] = meant
            marks.negations.discard(place)


def _mark_sorting(marks: Marks, taken: set[int]) -> None:
    """ "worst first", "in descending order": how the rows are sorted, no ranking."""
    for i, token in enumerate(marks.words):
        behind = i + 2 if marks.word(i + 1) in cues.OFTEN else i + 1
        first = token.word in cues.DESCENDING | cues.ASCENDING and marks.word(behind) == "first"
        if i not in taken and (first or token.word in ("ascending", "descending")):
            marks.sort = token.word
            taken.update(range(i, behind + 1) if first else (i,))


def _mark_ranking(marks: Marks, taken: set[int]) -> None:
    for i, token in enumerate(marks.words):
        if i in taken or token.word not in cues.DESCENDING | cues.ASCENDING or marks.ranking:
            continue
        start, end, count = i, i + 1, None
        if marks.word(end) == "-":
            end += 1
        for place in (end, i - 1):
            said = small_number(marks.word(place))
            if said and place not in taken:
                count = said
                start, end = min(start, place), max(end, place + 1)
                break
        nth = 1 if count or i - 1 in taken else timewords.ORDINALS.get(marks.word(i - 1), 1)
        start, count = (i - 1, 1) if nth > 1 else (start, count)
        marks.ranking = Ranking(start, end, token.word, token.word in cues.DESCENDING, count, nth)
        taken.update(range(start, end))
    ranking = marks.ranking
    if ranking is not None and ranking.count is None:
        same = cues.DESCENDING if ranking.descending else cues.ASCENDING | {"top"}
        # "customers with the most tickets, top 3", "the 5 countries with the lowest ..."
        behind = range(ranking.end, len(marks.words))
        counts = [(i + 1, i) for i in behind if marks.word(i) in same and i not in taken]
        for span in marks.spans:
            asked = span.of("grain") and marks.word(span.start - 2) in cues.ASKING | {"the"}
            if span.of("dimension") or span.of("entity") or asked:
                counts.append((span.start - 1, span.start - 1))
        for place, top in counts:
            said = small_number(marks.word(place))
            if said and place not in taken:
                marks.ranking = replace(ranking, count=said)
                taken.update((place, top))
                break
    if marks.ranking is None:
        for span in marks.spans:
            # A measure called "best-selling" ranks by itself.
            first = marks.word(span.start)
            if span.of("metric") and first in cues.DESCENDING:
                before, after = marks.before(span), marks.word(span.end)
                said, nth = small_number(before), timewords.ORDINALS.get(before, 1)
                if said or nth > 1:
                    taken.add(span.start - 1)
                elif small_number(after):  # "best-selling 5 products"
                    said = small_number(after)
                    taken.add(span.end)
                said = 1 if nth > 1 else said
                marks.ranking = Ranking(
                    span.start, span.end, "top", descending=True, count=said, nth=nth
                )
                break
