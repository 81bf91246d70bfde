"""Product reviews in four languages, in reviews/reviews_YYYY.csv."""

from __future__ import annotations

import numpy as np

from extract.datagen.orders import Orders
from extract.datagen.output import Batch, Mark, TextFile, csv_row, write_batch
from extract.datagen.plan import COUNTRIES, LANGUAGES, Picker
from extract.datagen.products import CATEGORIES
from extract.datagen.texts import Facts, Writer, carrier_of, written_date
from extract.datagen.timeline import (
    DAY_SECONDS,
    END,
    MONTHS,
    Ints,
    Rng,
    iso_utc,
    month_of,
    to_datetime,
)
from extract.datagen.world import Sheet, World

ENTITY = "reviews"
COLUMNS = (
    "review_id,product_id,customer_id,rating,title,body,reviewed_at,language,verified_purchase,"
    "helpful_votes"
)
_BODY, _RATING, _PRODUCT = 5, 3, 1
_BAD_RATINGS = ("0", "6", "11", "-1", "10", "55")
_TAGS = ("<p>{}</p>", '<div class="review">{}</div>', "{}<br />", "<b>{}</b>", "<p>{}</p><p></p>")


def survives_latin1(text: str) -> bool:
    """Whether UTF-8 read as Latin-1 or as Windows-1252 gives the same visible, repairable text."""
    special = [c for c in text if not c.isascii()]
    return bool(special) and all(
        0xA1 <= ord(c) <= 0xFF and 0xA1 <= (0x80 | ord(c) & 0x3F) != 0xAD for c in special
    )


class ReviewFiles:
    """The year's file that is being written. Months must come in their order."""

    def __init__(self, world: World, sheet: Sheet) -> None:
        self._world = world
        self._sheet = sheet
        self._file: TextFile | None = None
        self._next_id = 1

    def write(self, rng: Rng, orders: Orders) -> None:
        """Draw the reviews of one month's orders; append those written by its end."""
        self._compose(rng, orders)
        month = orders.month
        name = f"reviews/reviews_{MONTHS[month][0]}.csv"
        if self._file is None or self._file.name != name:
            self.close()
            self._file = TextFile(self._sheet.output, name, header=COLUMNS, multiline=True)
        ready = self._world.carried.pop((ENTITY, month), None)
        if ready is not None:
            write_batch(self._file, ENTITY, ready, self._sheet.key)

    def close(self) -> None:
        """Finish the file, if one is open."""
        if self._file is not None:
            self._file.close()
            self._sheet.rows[self._file.name] = self._file.rows
            self._file = None

    def _compose(self, rng: Rng, orders: Orders) -> None:
        rows, moments = self._rows(rng, orders)
        marks: dict[int, Mark] = {}
        picker = Picker(rng, len(rows))
        for rule in ("html_in_text", "mojibake", "bad_encoding", "rating_out_of_range",
                     "product_orphan"):  # fmt: skip
            fit = np.array([_fits(rule, row) for row in rows], dtype=bool)
            for i in self._take(picker, rule, orders.month, fit):
                marks[i] = _spoil(rng, rows[i], rule)
        twice = set(self._take(picker, "review_duplicate", orders.month, None))
        months = month_of(moments).tolist()
        for i, row in enumerate(rows):
            batch: Batch = self._world.carried[ENTITY, months[i]]
            record, key = csv_row(row), float(moments[i])
            if i in twice:
                mark = Mark("review_duplicate", "review_id", row[0], row[0], row[0])
                batch.append(record, key, mark)
                batch.append(record, key + float(rng.uniform(60, 9 * DAY_SECONDS)))
            else:
                batch.append(record, key, *([marks[i]] if i in marks else []))

    def _take(self, picker: Picker, rule: str, month: int, fit: np.ndarray | None) -> list[int]:
        chosen = picker.take_list(self._world.due(ENTITY, rule, month), fit)
        self._world.planted(ENTITY, rule, len(chosen))
        return chosen

    def _rows(self, rng: Rng, orders: Orders) -> tuple[list[list[str]], Ints]:
        """The clean cells of this month's reviews, by the time of their writing."""
        world, items = self._world, orders.items
        n = round(world.sizes.reviews * 1.06 * world.month_share()[orders.month])
        arrived = orders.delivered[items.order] >= 0
        fit = np.flatnonzero(arrived & ~orders.quiet[items.order] & ~items.not_positive)
        item = rng.choice(fit, size=min(n, len(fit)), replace=False)
        wait = (rng.gamma(1.6, 7, len(item)).clip(0.5, 60) * DAY_SECONDS).astype(np.int64)
        moment = orders.delivered[items.order[item]] + wait
        kept = np.argsort(moment, kind="stable")
        kept = kept[moment[kept] <= END]
        item, moment = item[kept], moment[kept]
        order, product = items.order[item], items.product[item]
        came_back = items.returned[item] > 0
        score = 4.1 + 1.1 * (world.products.quality[product] - 0.8) + rng.normal(0, 1, len(item))
        score = score - 1.3 * orders.late[order] - 1.4 * came_back
        rating = np.clip(np.round(score), 1, 5).astype(np.int64)
        stranger = rng.random(len(item)) < 0.08
        customer = orders.customer[order]
        known = orders.customer[~orders.quiet]
        customer = np.where(stranger, rng.choice(known, size=len(item)), customer)
        votes = np.minimum(rng.geometric(0.45, len(item)) - 1, 60)
        writer = Writer(rng)
        ids, product_ids = world.customers.ids(customer), world.products.ids(product)
        names, stamps = world.customers.first_names(customer), iso_utc(moment)
        languages = world.customers.language[customer].tolist()
        rows = []
        for i in range(len(item)):
            late = bool(orders.late[order[i]]) and not stranger[i]
            title, body = self._text(
                writer, orders, int(order[i]), int(product[i]), names[i], languages[i],
                int(rating[i]), late=late,
            )  # fmt: skip
            rows.append([
                f"R-{self._next_id:06d}", product_ids[i], ids[i], str(rating[i]), title, body,
                stamps[i], LANGUAGES[languages[i]], "false" if stranger[i] else "true",
                str(votes[i]),
            ])  # fmt: skip
            self._next_id += 1
        return rows, moment

    def _text(
        self, writer: Writer, orders: Orders, order: int, product: int, name: str, language: int,
        rating: int, *, late: bool,
    ) -> tuple[str, str]:  # fmt: skip
        days = (int(orders.delivered[order]) - int(orders.ordered[order])) // DAY_SECONDS
        facts = Facts(
            product=self._world.products.names[product],
            order=f"O-{orders.first_id + order:07d}",
            carrier=carrier_of(COUNTRIES[int(orders.country[order])], orders.first_id + order),
            date=written_date(to_datetime(int(orders.ordered[order])).date(), language),
            days=str(days),
            name=name,
        )
        department = CATEGORIES[int(self._world.products.category[product])].department
        return writer.review(language, facts, rating, department, late=late)


def _fits(rule: str, row: list[str]) -> bool:
    body = row[_BODY]
    if rule == "html_in_text":
        return "\n" not in body and "<" not in body
    if rule == "mojibake":
        return survives_latin1(body)
    if rule == "bad_encoding":
        return "\n" not in body and any(0xA0 < ord(c) < 0x100 for c in body)
    return True


def _spoil(rng: Rng, row: list[str], rule: str) -> Mark:
    """Plant one defect in a review."""
    name, body = row[0], row[_BODY]
    if rule == "html_in_text":
        row[_BODY] = _TAGS[int(rng.integers(0, len(_TAGS)))].format(body)
        return Mark(rule, "body", name, row[_BODY], body)
    if rule == "mojibake":
        row[_BODY] = body.encode().decode("latin-1")
        return Mark(rule, "body", name, row[_BODY], body)
    if rule == "bad_encoding":
        first = next(i for i, c in enumerate(body) if 0xA0 < ord(c) < 0x100)
        # A lone surrogate stands for a byte that is no UTF-8: see TextFile.
        row[_BODY] = body[:first] + chr(0xDC00 + ord(body[first])) + body[first + 1 :]
        return Mark(rule, "body", name, body, "")
    if rule == "rating_out_of_range":
        row[_RATING] = _BAD_RATINGS[int(rng.integers(0, len(_BAD_RATINGS)))]
        return Mark(rule, "rating", name, row[_RATING], "")
    row[_PRODUCT] = f"P-9{int(rng.integers(0, 10**6)):06d}"
    return Mark(rule, "product_id", name, row[_PRODUCT], "")
