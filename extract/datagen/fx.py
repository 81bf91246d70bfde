"""Exchange rates: a random walk on business days, written as one spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import xlsxwriter

from extract.datagen.output import AnswerKey, Mark, Output
from extract.datagen.plan import Picker, planned
from extract.datagen.timeline import (
    DAYS,
    FIRST,
    LAST_DAY,
    Floats,
    Ints,
    Rng,
    bank_holidays,
    day_number,
)

FILE = "fx_rates/fx_rates.xlsx"
_START = date(2024, 10, 15)
_CURRENCIES = ("GBP", "CHF", "USD")
_LEVELS = (0.842, 0.938, 1.088)
_STEPS = (0.0031, 0.0024, 0.0043)
_INVALID: tuple[object, ...] = ("n/a", 0, -1, "#N/A", "holiday", 0, "-", -0.84)


@dataclass(frozen=True)
class Rates:
    """Units of a currency per EUR on business days."""

    days: list[date]
    values: Floats
    """Shape (days, currencies)."""

    def by_day(self) -> dict[str, Floats]:
        """For each currency the rate of every day of the window, the last published carried on."""
        numbers: Ints = np.array([day_number(d) for d in self.days])
        at = np.searchsorted(numbers, FIRST + np.arange(DAYS), side="right") - 1
        table = {code: self.values[at, i] for i, code in enumerate(_CURRENCIES)}
        return {**table, "EUR": np.ones(DAYS)}


def build_rates(rng: Rng) -> Rates:
    """Draw the rates. They are the same at every scale."""
    days = [_START + timedelta(days=i) for i in range((LAST_DAY - _START).days + 1)]
    days = [d for d in days if d.weekday() < 5 and d not in bank_holidays(d.year)]
    values = np.empty((len(days), 3))
    level = np.log(np.array(_LEVELS))
    here = level.copy()
    for i in range(len(days)):
        # Pulled back to its level: two years must not carry it anywhere odd.
        here = here + 0.01 * (level - here) + rng.normal(0, 1, 3) * np.array(_STEPS)
        values[i] = np.round(np.exp(here), 4)
    return Rates(days, values)


def write_rates(rng: Rng, output: Output, key: AnswerKey, rates: Rates) -> dict[str, int]:
    """Write the spreadsheet; the rows by file."""
    rows: list[tuple[date, str, object, str]] = [
        (day, code, float(rates.values[i, j]), "ECB")
        for i, day in enumerate(rates.days)
        for j, code in enumerate(_CURRENCIES)
    ]
    picker = Picker(rng, len(rows))
    # The first days must stay whole: there is nothing before them to carry on.
    picker.free[:30] = False
    invalid = picker.take(planned("fx_rates", "rate_invalid", len(rows), 1)).tolist()
    twice = set(picker.take(planned("fx_rates", "fx_duplicate", len(rows), 1)).tolist())
    marks: dict[int, Mark] = {}
    for number, i in enumerate(invalid):
        day, code, rate, source = rows[i]
        raw = _INVALID[number % len(_INVALID)]
        marks[i] = Mark("rate_invalid", "Rate", f"{day.isoformat()}|{code}", str(raw), "")
        rows[i] = (day, code, raw, source)
    written: list[tuple[date, str, object, str]] = []
    line_of: dict[int, int] = {}
    for i, row in enumerate(rows):
        line_of[i] = len(written) + 2
        written.append(row)
        if i in twice:
            day, code, rate, _ = row
            name = f"{day.isoformat()}|{code}"
            marks[i] = Mark("fx_duplicate", "Date", name, day.isoformat(), name)
            corrected = round(float(str(rate)) * (1 + float(rng.normal(0, 0.0008))), 4)
            written.append((day, code, corrected, "ECB (corrected)"))
    _write_sheet(output, written)
    for i, mark in sorted(marks.items()):
        key.defect("fx_rates", FILE, line_of[i], mark)
    return {FILE: len(written)}


def _write_sheet(output: Output, rows: list[tuple[date, str, object, str]]) -> None:
    with output.open(FILE) as file:
        book = xlsxwriter.Workbook(file, {"in_memory": True})
        # Without it the file would carry the time at which it was written.
        book.set_properties({"created": datetime(2026, 10, 31, tzinfo=UTC).replace(tzinfo=None)})
        sheet = book.add_worksheet("rates")
        as_date = book.add_format({"num_format": "yyyy-mm-dd"})
        as_rate = book.add_format({"num_format": "0.0000"})
        sheet.write_row(0, 0, ("Date", "Currency", "Rate", "Source"))
        sheet.set_column(0, 0, 12)
        for number, (day, code, rate, source) in enumerate(rows, start=1):
            sheet.write_datetime(number, 0, datetime(day.year, day.month, day.day), as_date)
            sheet.write_string(number, 1, code)
            if isinstance(rate, str):
                sheet.write_string(number, 2, rate)
            else:
                sheet.write_number(number, 2, float(str(rate)), as_rate)
            sheet.write_string(number, 3, source)
        book.close()
