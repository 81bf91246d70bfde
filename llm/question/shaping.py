"""Named phrases put right by what stands beside them.

"orders that were cancelled" is one measure, "5 stars" a stored number, "Monday to Friday" days.
Works on the spans that the lexicon found; which of them is for what is decided in `roles`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from llm import money
from llm.question import cues
from llm.question.lexicon import Lexicon, Sense, Span
from llm.question.marks import Marks, inside, match, places
from llm.question.timewords import NUMBERS
from llm.request import DAY_KIND, DAY_KINDS, WEEKDAY, WEEKDAYS

MOST = frozenset({"the", "most", "fewest", "least"})
# "tickets that are still open": since when says nothing of what they are.
LASTING = frozenset({"still", "currently", "now", "already"})
# Verbs that are states of things, too.
VERBAL = frozenset({"open", "close"})


def uncount(marks: Marks, lexicon: Lexicon) -> None:
    """ "number of products sold" counts products by what is sold, whatever it is called alone."""
    for k, span in enumerate(marks.spans):
        length = match(marks.words, span.start, cues.COUNTS)
        rest = marks.words[span.start + length : span.end]
        if length and rest and marks.word(span.end) in cues.VERBS:
            text = " ".join(token.text for token in rest)
            senses = lexicon.senses(text)
            if senses and not any(sense.kind == "metric" for sense in senses):
                marks.spans[k] = Span(span.start + length, span.end, text, senses)


def numbers_of(marks: Marks, lexicon: Lexicon) -> None:
    """ "how many active products do we have": "number of products" is a measure by that name."""
    qualifying: set[int] = set()
    for k, span in enumerate(marks.spans):
        before = marks.spans[k - 1] if k else None
        narrowed = before and before.start in marks.counted and before.end == span.start
        if before and narrowed and before.of("value") and not before.of("metric"):
            marks.counted.add(span.start)  # "how many active products": products are counted
            homes = set(before.names("value"))
            if homes & set(span.names("dimension")):
                qualifying.add(span.start)
        elif before and narrowed and before.start in qualifying:
            # "how many high priority tickets": "priority" only says of what "high" is a value.
            marks.counted.add(span.start)
            marks.counted.discard(before.start)
        if span.start not in marks.counted or span.of("metric") or marks.thresholds:
            continue
        senses = lexicon.senses(f"number of {span.text}", "metric")
        if senses and not any(token.word in cues.VERBS for token in marks.words[span.end :]):
            marks.spans[k] = replace(span, senses=(*senses, *span.of("entity")))


def join(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    """ "orders that were cancelled" is what "orders cancelled" or "cancelled orders" names."""
    for k, span in enumerate(marks.spans):
        end = marks.skip(span.end, cues.AUXILIARIES | LASTING)
        done = marks.word(end)
        if span.of("metric") and done.isalpha() and end not in inside(*marks.spans):
            # "tickets that are open" are "open tickets".
            turned = [f"{done} {span.text}"] if end > span.end else []
            senses = _measured(lexicon, f"{span.text} {done}", *turned)
            if senses:
                marks.spans[k] = Span(span.start, end + 1, f"{span.text} {done}", senses)
            state = end + 1 if end + 1 in marks.negations else -1
            if found := _measured(lexicon, f"{span.text} not {marks.word(state)}"):
                # "tickets that are still not closed", where that is a measure
                marks.spans[k] = Span(span.start, state + 1, span.text, found)
                marks.spans[:] = [one for one in marks.spans if one.start != state]
                marks.negations.discard(state)
                break
    for k, (left, right) in enumerate(pairwise(list(marks.spans)), 1):
        # "tickets opened and closed": those that were closed are another measure.
        verb, *joint = marks.between(left, right) or [""]
        listed = verb.endswith("ed") and len(joint) == 1 and joint[0] in cues.JOINTS
        if listed and left.of("metric") and not right.of("metric"):
            senses = _measured(lexicon, f"{right.text} {marks.words[left.start].text}")
            marks.spans[k] = replace(right, senses=senses or right.senses)
    i = 0
    while i + 1 < len(marks.spans):
        left, right = marks.spans[i], marks.spans[i + 1]
        between = marks.between(left, right)
        ranked = set(between) <= MOST and set(between) != {"the"} and bool(between)
        has = between in (["have"], ["has"], ["had"])  # What has them is not what they are.
        beside = not has and all(word in cues.AUXILIARIES | {"we"} for word in between)
        joined = _together(lexicon, left, right) if beside or ranked else ()
        # "which country has the most returned products": returned items are what is measured.
        asked = any(
            marks.before(s) in cues.ASKING and s.of("dimension")
            for s in marks.spans
            if s not in (left, right)
        )
        if joined and ranked and left.of("value") and right.of("metric"):
            # "which country returned the most items"
            marks.spans[i : i + 2] = [replace(right, senses=joined)]
            taken.update(range(left.start, left.end))
        elif (
            joined
            and beside
            and (left.of("metric") or right.of("metric") or (asked and not between))
        ):
            text = marks.phrase(left.start, right.end)
            marks.spans[i : i + 2] = [Span(left.start, right.end, text, joined)]
        else:
            i += 1


def _measured(lexicon: Lexicon, *phrases: str) -> tuple[Sense, ...]:
    """The measures that the first of the phrases names that names any."""
    return next((found for one in phrases if (found := lexicon.senses(one, "metric"))), ())


def _together(lexicon: Lexicon, left: Span, right: Span) -> tuple[Sense, ...]:
    """The measure that two phrases name together; a flag also by its own name: "cancel orders"."""
    phrases = [f"{left.text} {right.text}", f"{right.text} {left.text}"]
    for one, other in ((left, right), (right, left)):
        flags = [s.name.rpartition("__is_")[2] for s in one.of("value") if s.value is True]
        phrases += [f"{flag.replace('_', ' ')} {other.text}" for flag in flags]
    return _measured(lexicon, *phrases)


def split(marks: Marks, lexicon: Lexicon) -> None:
    """ "resolution time of late delivery tickets": no second measure, but whose it is."""
    for k, span in enumerate(marks.spans):
        earlier = any(other.of("metric") for other in marks.spans[:k])
        if not earlier or not span.of("metric") or marks.before(span) not in cues.OF:
            continue
        if span.of("value"):
            continue  # "return rate of first-time buyers": the whole is a stored value
        for middle in range(span.start + 1, span.end):
            skip = marks.word(middle) in cues.ABOUT  # "tickets about late delivery"
            places = ((span.start, middle), (middle + skip, span.end))
            texts = [marks.phrase(a, b) for a, b in places]
            halves = [
                Span(a, b, text, lexicon.senses(text))
                for (a, b), text in zip(places, texts, strict=True)
            ]
            if {kind for kind in ("value", "entity") for one in halves if one.of(kind)} == {
                "value", "entity",
            } and all(one.senses for one in halves):  # fmt: skip
                marks.spans[k : k + 1] = halves
                return


def theirs(marks: Marks, lexicon: Lexicon) -> None:
    """ "German or Italian suppliers", "suppliers from Spain": the suppliers' own country."""
    for span in list(marks.spans):
        whose = span.names("dimension")
        homes = [home for home in lexicon.theirs if home.startswith(tuple(f"{w}_" for w in whose))]
        for home in homes if whose else ():
            known = lexicon.theirs[home]
            # "revenue by supplier in Germany" may be that of orders there.
            by = marks.word(span.start - 1) in ("by", "per", "each")
            told = marks.word(span.end) in (("from",) if by else ("from", "in", "of"))
            first, last = span.start, span.end + told
            if by and not told:
                continue
            while first and (marks.words[first - 1].stem in known or _joins(marks, first - 1)):
                first -= 1
            while last < len(marks.words) and (
                marks.words[last].stem in known or _joins(marks, last)
            ):
                last += 1
            found = [i for i in range(first, last) if marks.words[i].stem in known]
            kept = [s for s in marks.spans if not set(range(s.start, s.end)) & set(found)]
            named = [
                Span(i, i + 1, marks.words[i].text, (known[marks.words[i].stem],)) for i in found
            ]
            marks.spans[:] = sorted([*kept, *named], key=lambda one: one.start)


def _joins(marks: Marks, i: int) -> bool:
    return marks.word(i) in cues.JOINTS - {"to"}


def numbered(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    """ "5 stars", "5-star reviews": a number beside a dimension that has it among its values."""
    for k, span in enumerate(marks.spans):
        for i in (span.start - 1, span.start - 2, span.end):
            skipped = marks.before(span) == "-" if i == span.start - 2 else True
            said = marks.word(i)
            number = str(said if said in ("a", "an") else NUMBERS.get(said, said))
            if i in taken or not skipped or not number.isdigit():
                continue
            if i < span.start and marks.word(span.end - 1) in cues.DURATIONS:
                continue  # "top 3 hours", "within 2 hours": no hour of the day
            senses = lexicon.numbered(span.of("dimension"), number)
            if senses:
                start, end = min(span.start, i), max(span.end, i + 1)
                while i < span.start and marks.word(start - 1) in ("and", "or", ","):
                    # "4 and 5 star reviews"
                    more = lexicon.numbered(span.of("dimension"), marks.word(start - 2))
                    if not more:
                        break
                    senses, start = (*more, *senses), start - 2
                text = marks.phrase(start, end)
                marks.spans[k] = Span(start, end, text, senses)
                taken.update(range(start, end))
                break


def bounded_values(marks: Marks, lexicon: Lexicon) -> None:
    """ "reviews with 4 or more stars": the stored numbers that a bound holds for."""
    averaged = marks.has(*cues.AVERAGES)  # "less than 3 stars on average" is no rating of 1 or 2
    for one in [] if averaged else list(marks.thresholds):
        for k, span in enumerate(marks.spans):
            others = any(other.of("metric") for other in marks.spans if other is not span)
            if span.start - one.end not in (0, 1) or not others:
                continue
            senses = lexicon.bounded(span.of("dimension"), one.operator, one.value)
            if senses:
                text = marks.phrase(one.start, span.end)
                marks.spans[k] = Span(one.start, span.end, text, senses)
                marks.thresholds.remove(one)
                break


def weekday_ranges(marks: Marks) -> None:
    """ "Monday to Friday": the days between belong to it; "weekdays" beside "weekends" are five."""
    weekends = any(s.name == DAY_KIND for span in marks.spans for s in span.of("value"))
    for k, span in enumerate(marks.spans):
        weekday = span.text.lower() in ("weekday", "weekdays")
        if weekends and weekday and span.of("dimension") and span.start not in marks.groupers:
            kind = (Sense("value", DAY_KIND, DAY_KINDS[0]),)
            marks.spans[k] = Span(span.start, span.end, span.text, kind)
    for k in range(len(marks.spans) - 2, -1, -1):
        left, right = marks.spans[k], marks.spans[k + 1]
        ends = [
            [WEEKDAYS.index(str(s.value)) for s in span.of("value") if s.name == WEEKDAY]
            for span in (left, right)
        ]
        joint = marks.between(left, right)
        if not all(len(one) == 1 for one in ends) or joint not in (["to"], ["through"], ["-"]):
            continue
        first, last = ends[0][0], ends[1][0]
        days = WEEKDAYS[first : last + 1] if first <= last else ()
        senses = tuple(Sense("value", WEEKDAY, day) for day in days)
        if senses:
            text = marks.phrase(left.start, right.end)
            marks.spans[k : k + 2] = [Span(left.start, right.end, text, senses)]


def drop_verbs(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    """ "orders paid in francs": "paid" is no state there, nor is "open" in "do people open"."""
    for span in list(marks.spans):
        asked = marks.word(span.start - 2) in cues.DO
        rest = lexicon.senses(" ".join(t.text for t in marks.words[span.start + 1 : span.end]))
        if span.of("metric") and rest and asked and marks.word(span.start) in VERBAL:
            # "what time do people open tickets": no "open tickets"
            marks.spans[marks.spans.index(span)] = replace(span, start=span.start + 1, senses=rest)
            taken.add(span.start)
        paid = span.of("value") and marks.word(span.start) == "paid"
        if paid and marks.word(span.start - 1) == "we":
            marks.spans.remove(span)  # "refunds we paid out" are in no such state
            taken.add(span.start)
            continue
        said = [s for s in marks.spans if s.end == span.start and marks.does(s)]
        if marks.word(span.start) in cues.AMOUNT_WORDS and any(s.of("metric") for s in said):
            marks.spans.remove(span)  # "what did returns cost us"
            taken.add(span.start)
            continue
    for span in list(marks.spans):
        after = next((s for s in marks.spans if s.start > span.start), None)
        done = span.of("value") and not span.of("metric") and span.end - span.start == 1
        done = done and all(str(sense.value).lower() == str(sense.value) for sense in span.senses)
        if not done or after is None or not marks.word(span.start).endswith("d"):
            continue
        between = marks.between(span, after)
        if between[:1] and between[0] in cues.DONE_HOW and set(between[1:]) <= {"the", "our", "a"}:
            names = set(span.names("value"))
            others = after.of("value") or after.of("dimension")  # "in francs", "with a coupon"
            if others and not names & {sense.name for sense in others}:
                marks.spans.remove(span)
                if span.start in marks.negations:
                    marks.negations.remove(span.start)
                    marks.negations.add(after.start)


def units(marks: Marks, taken: set[int]) -> None:
    """ "response time in hours": what it is told in, no break-down."""
    for span in list(marks.spans):
        unit = marks.word(span.start)
        if unit in cues.DURATIONS and marks.before(span) == "in" and span.start > 1:
            marks.spans.remove(span)
            marks.unit = unit
            taken.add(span.start)


def held(marks: Marks, taken: set[int]) -> None:
    """Dimensions that must hold something, or nothing: "with a coupon", "without any coupon"."""
    for span in list(marks.spans):
        i = marks.skip(span.start - 1, ("a", "an", "any", "some", "their"), -1)
        named = span.of("dimension") and not span.of("metric") and not span.of("entity")
        if not named or span.of("value") or marks.before(span) in ("the", "which", "what"):
            continue
        if any(one.start == span.end for one in marks.thresholds):
            continue  # "that have a rating under 3"
        near = [s for s in marks.spans if s is not span and s.of("value")]
        beside = any(s.end == span.start or s.start == span.end for s in near)
        single, by = marks.single(span), marks.word(span.end) in ("by", "per")
        said = [marks.word(k) for k in range(i - 2, i + 1)]
        if said[1] in cues.JOINTS and _opposed(said[0], said[2]):  # "with and without a coupon"
            marks.held[span.start] = None
            taken.update(range(i - 2, i + 1))
            marks.negations -= set(range(i, span.start + 1))
        elif end := _contrast(marks, i, span):
            marks.held[span.start] = None
            taken.update((i, *range(span.end, end)))
            marks.negations -= set(range(i, end + 1))
            marks.spans[:] = [one for one in marks.spans if not span.end <= one.start < end]
        elif marks.word(i) in cues.WITHOUT:
            marks.held[span.start] = False
            marks.negations.discard(span.start)
            marks.negations -= set(range(i, span.start))
        elif marks.word(i) in cues.WITH and (i < span.start - 1 or by) and single and not beside:
            marks.held[span.start] = True  # "orders with coupon" only if they are by something else
            taken.add(i)


def _contrast(marks: Marks, i: int, span: Span) -> int:
    """ "with a coupon vs without", "... compared with orders without one": where it ends, or 0."""
    k = span.end + (marks.word(span.end) in cues.COMPARATIVES)
    k += match(marks.words, k, cues.COMPARES) or marks.word(k) in cues.JOINTS
    k += any(one.start == k and one.of("entity") for one in marks.spans)  # "orders" once more
    if k == span.end or not _opposed(marks.word(i), marks.word(k)):
        return 0
    return k + 1 + (marks.word(k + 1) in ("one", "it"))


def _opposed(one: str, other: str) -> bool:
    """ "with", "without": a condition and its opposite."""
    sides = {one, other} <= cues.WITH | cues.WITHOUT
    return sides and (one in cues.WITHOUT) is not (other in cues.WITHOUT)


def ellipsis(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    """ "new and repeat customers", "open phone tickets": "new" goes with the last word."""
    for i, token in enumerate(marks.words):
        if i in taken or token.word in cues.STOP_WORDS or token.word in cues.STOP_SIGNS:
            continue
        listed = marks.word(i + 1) in cues.JOINTS | {"divided"}
        ends = {one.start: one.end for one in marks.spans if not one.of("metric")}
        head = i + 1
        while head in ends:
            head = ends[head]
        beside = [s for s in marks.spans if s.of("metric") and s.start > i]
        beside = beside[:1] if listed else [s for s in beside if i + 1 < head == s.start]
        for span in beside:
            text = f"{token.text} {marks.words[span.end - 1].text}"
            senses = lexicon.senses(text)
            if any(sense.kind == "metric" for sense in senses):
                if not listed:
                    marks.spans.remove(span)
                place = (i, i + 1) if listed else (span.start, span.end)
                marks.spans.append(Span(*place, text, senses))
                taken.add(i)
    marks.spans.sort(key=lambda span: span.start)


def verbs(marks: Marks, lexicon: Lexicon, taken: set[int]) -> None:
    """ "which customers spent the most": customers are ranked, what they spent is measured."""
    # Measures behind "per" or a bound leave the question's own measure to its verb.
    behind = {one.end for one in marks.thresholds} | set(places(marks.words, cues.GROUPERS, set()))
    spans = [s for s in marks.spans if s.of("metric") and s.start not in behind]
    if not spans and not any(one.of("metric") for one in marks.spans):
        # "is mobile converting": what else is a flag is the measure here.
        for k, span in enumerate(marks.spans):
            phrase = cues.VERBS.get(marks.word(span.start), "")
            senses = lexicon.senses(phrase, "metric")
            if senses and span.end - span.start == 1 and not span.of("dimension")[1:]:
                marks.spans[k] = Span(span.start, span.end, phrase, senses)
                return
    if any(not (span.of("entity") or span.of("value")) for span in spans):
        return
    counts_times = any(one.unit == "times" for one in marks.thresholds)
    ranked = marks.ranking is not None
    does = any(
        # "which customers ordered less than last year"
        (marks.does(one) if ranked else marks.compare and marks.word(one.start - 1) == "which")
        and marks.word(one.end) in cues.VERBS
        for one in spans
    )
    if spans and not (does or counts_times or marks.has("spend", "spent", "earn", "earned")):
        return
    for i, token in enumerate(marks.words):
        if i in taken or token.word not in cues.VERBS:
            continue
        phrase = cues.VERBS[token.word]
        if token.word in ("spend", "spent") and marks.has("we", "company"):
            continue  # what we spend is no revenue
        if token.word in ("sold", "sell") and marks.has("much", *money.WORDS):
            phrase = "revenue"
        senses = lexicon.senses(phrase, "metric")
        if senses:
            marks.spans.append(Span(i, i + 1, phrase, senses))
            taken.add(i)
            marks.spans.sort(key=lambda span: span.start)
            return
