"""Sample data: an online shop in eight countries, with planted defects and their answer key.

    from extract.datagen import generate
    summary = generate(Path("dataGen"), scale=1, seed=7)      # about 200,000 rows in two seconds

Ten folders are written in the formats of the systems that the data seem to come from, and beside
them `_answer_key/` (which the loader leaves out). The same scale and seed give the same bytes.

How it is made
--------------
What all months share is drawn first (`world.py`): customers, catalogue, exchange rates, the number
of orders of each country and day, the anomalies. Then come the 24 months from November 2024 to
October 2026, one after the other, each from streams of random numbers of its own. A month draws its
orders as numpy arrays (`orders.py`, `baskets.py`), and payments, visits, tickets and reviews follow
from them, so that the sources agree: a purchase on the site is an order, a complaint about a late
parcel is about a parcel that was late, what was paid is what the items cost. Only one month is held
at a time; what belongs into a later month's file (a late row, a refund, a review) is carried there.
The modules named `..._files.py`, and `payments.py`, `tickets.py` and `reviews.py`, turn arrays into
text, plant the defects of their rows and write. `output.py` renames all files into place at the end
of the run: an interrupted run changes nothing.

The answer key
--------------
`defects.csv` has one row for each defect: the file, the line on which the record starts (a header
is line 1; for a JSON array and for Parquet the record's number; for a sheet its row), the column,
the rule, the record's key, the value as it stands, and the value as it should be (empty where
nobody could know it). A record carries one defect, but for customers who are in both systems and
also have an oddly written address there. `anomalies.csv` lists what is unusual on purpose.

Where two records have the same key, the later one counts - by file name, then by line - and the
key names the earlier. These choices make every rule decidable from the data alone:

- Orders with an unreadable time, test orders and orders whose row is cut have no items, payments,
  visits or tickets: whether those would be orphans is never the question.
- A resent order stands in a later month's file, so that this row is also `late_arriving`.
- An item of quantity zero or less is no part of its order's total, and is never the only item.
- An order with a price that lost its decimal point has no total (`total_missing`): whether the
  total is wrong or the price is never the question.
- Items of a lost order (`order_orphan`) are further rows; no real order lacks an item.
- A local order time and the same instant in UTC are always in the same month.
- Test accounts have addresses at example.com or example.org, and never order.
- A parcel in time arrives within 7 days of the order, a late one takes 9 days or more.
- Very large orders stand on the days of the planted revenue spikes: anywhere else one would make a
  day unusual that is not in the key. Days without a planted anomaly vary less than chance would
  have it, so that from scale 1 on the planted ones can be told from noise.
- Visits are a sample (those who agreed to be counted): one order in eight has a session.
"""

from __future__ import annotations

from extract.datagen.errors import BadRequest, DatagenError, FolderNotOurs, FolderUnwritable
from extract.datagen.run import LARGEST_SCALE, SourceSummary, Summary, generate

__all__ = [
    "LARGEST_SCALE",
    "BadRequest",
    "DatagenError",
    "FolderNotOurs",
    "FolderUnwritable",
    "SourceSummary",
    "Summary",
    "generate",
]
