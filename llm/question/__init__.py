"""A question in plain words, read: words marked, roles given, a request put together.

It decides what is asked for; it measures nothing and sends no SQL. Top-down from `reading.read`:

1. `marking.mark` makes `Marks`: what each word does. First typing errors are put right, and
   `phrasing` (with `absence`, from the lists in `spoken`) puts what is said otherwise as the
   catalogue says it. Then `timephrase` (grammar: `timerules`) finds times, `clock` hours, `bounds`
   "more than 5", `Lexicon.find` names, which `shaping` puts right by what stands beside them.
   Cues (by, top, share, versus; the lists are in `cues`) come last. What is left goes unexplained.
2. `roles.assign` makes `Parts`: what each named thing is for, decided from where it stands.
3. `reading` takes both as one `Parsed` through these, each of which may end it (`NotThisWayError`):
   `refusals`: times outside of the data, words that nothing explains.
   `measures`: those that are named, or what the other words imply.
   `conditions`: filters from stored values, and the dimensions that the measures have.
   `spans_of_time`, `thresholds`, `years`: days, days to compare with, bounds on figures.
   `followup`: what the question before has said.
   `shares`, `ranking`, `summaries`, `absence`: parts of a whole, order and limit, members that
   are counted, averages, who has none.
   `heeding`: what is said and not in the request is asked about, never dropped.

A `Sense` is one thing that a phrase may name: a metric, a dimension, a stored value, an entity, a
calendar unit. A `Span` is a phrase of the question with its senses. `Marks` and `Parts` hold the
question by words and by roles, `Parsed` both with the catalogue. A `Reading` comes out: `Ask` with
a `MetricRequest`, `Unusual` (rows of a context mart, by `unusual`), `Clarify` or `Decline`. What is
asked of texts or of one row is no such question: `sayings` reads it, and the planner asks it first.
"""
