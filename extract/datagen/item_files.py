"""Writes order_items/YYYY-Qn.parquet, one row group a month, with the defects of its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from extract.datagen.baskets import REASONS
from extract.datagen.orders import Orders
from extract.datagen.output import Mark
from extract.datagen.plan import Picker
from extract.datagen.timeline import Ints, Rng, quarter_name
from extract.datagen.world import Sheet, World

ENTITY = "order_items"
_FIELDS: list[tuple[str, pa.DataType]] = [
    ("order_item_id", pa.string()),
    ("order_id", pa.string()),
    ("product_id", pa.string()),
    ("quantity", pa.int32()),
    ("unit_price", pa.decimal128(12, 2)),
    ("discount_rate", pa.decimal128(5, 3)),
    ("tax_rate", pa.decimal128(5, 3)),
    ("returned_quantity", pa.int32()),
    ("returned_at", pa.timestamp("us", tz="UTC")),
    ("return_reason", pa.string()),
]
_SCHEMA = pa.schema(_FIELDS)


def decimals(units: Ints, kind: pa.DataType) -> pa.Array[Any]:
    """Whole numbers of the smallest unit as decimals, without a loop."""
    wide: npt.NDArray[np.int64] = np.empty((len(units), 2), dtype="<i8")
    wide[:, 0] = units
    wide[:, 1] = units >> 63
    return pa.Array.from_buffers(kind, len(units), [None, pa.py_buffer(wide.tobytes())])


class ItemFiles:
    """The quarter's file that is being written. Months must come in their order."""

    def __init__(self, world: World, sheet: Sheet) -> None:
        self._world = world
        self._sheet = sheet
        self._name = ""
        self._writer: pq.ParquetWriter | None = None
        self._rows = 0
        self._next_id = 1

    def write(self, rng: Rng, orders: Orders) -> None:
        """Append one month."""
        name = f"order_items/{quarter_name(orders.month)}.parquet"
        if self._writer is None or name != self._name:
            self.close()
            self._name, self._rows = name, 0
            self._file = self._sheet.output.open(name)
            self._writer = pq.ParquetWriter(self._file, _SCHEMA, compression="zstd")
        table = self._table(rng, orders)
        self._writer.write_table(table)
        self._rows += table.num_rows

    def close(self) -> None:
        """Finish the file, if one is open."""
        if self._writer is not None:
            self._writer.close()
            self._file.close()
            self._sheet.rows[self._name] = self._rows
            self._writer = None

    def _take(self, picker: Picker, rule: str, month: int, fit: npt.NDArray[np.bool_]) -> Ints:
        chosen = picker.take(self._world.due(ENTITY, rule, month), fit)
        self._world.planted(ENTITY, rule, len(chosen))
        return chosen

    def _table(self, rng: Rng, orders: Orders) -> pa.Table:
        items, month = orders.items, orders.month
        n = items.n
        names = [f"I-{self._next_id + i:08d}" for i in range(n)]
        self._next_id += n
        order_ids = orders.ids(items.order)
        product_ids = self._world.products.ids(items.product)
        price = np.where(items.outlier, items.price * 100, items.price)
        quantity = items.quantity
        marks: list[tuple[int, Mark]] = []
        for i in np.flatnonzero(items.outlier).tolist():
            raw, true = (f"{int(c) // 100}.{int(c) % 100:02d}" for c in (price[i], items.price[i]))
            marks.append((i, Mark("unit_price_outlier", "unit_price", names[i], raw, true)))
        for i in np.flatnonzero(items.not_positive).tolist():
            raw = str(int(quantity[i]))
            marks.append((i, Mark("quantity_not_positive", "quantity", names[i], raw, "")))
        picker = Picker(rng, n)
        plain = ~items.outlier & ~items.not_positive & ~np.isin(items.order, orders.large)
        for i in self._take(
            picker, "product_orphan", month, plain & (items.returned == 0)
        ).tolist():
            raw = f"P-9{int(rng.integers(0, 10**6)):06d}"
            product_ids[i] = raw
            marks.append((i, Mark("product_orphan", "product_id", names[i], raw, "")))
        twice = self._take(picker, "item_duplicate", month, plain)
        strays = self._take(picker, "order_orphan", month, plain & (items.returned == 0))
        # A stray is a further row, of an order that does not exist: no real order loses a row.
        source = np.concatenate([np.arange(n), twice, strays])
        all_names = [names[i] for i in source.tolist()]
        all_orders = [order_ids[i] for i in source.tolist()]
        for at, _ in enumerate(strays.tolist(), start=n + len(twice)):
            all_names[at] = f"I-{self._next_id:08d}"
            self._next_id += 1
            all_orders[at] = f"O-9{int(rng.integers(0, 10**6)):06d}"
            mark = Mark("order_orphan", "order_id", all_names[at], all_orders[at], "")
            marks.append((at, mark))
        for i in twice.tolist():
            marks.append((i, Mark("item_duplicate", "order_item_id", names[i], names[i], names[i])))
        place = np.concatenate(
            [np.arange(n), twice + rng.uniform(0.5, n, len(twice)), rng.uniform(0, n, len(strays))]
        )
        row = np.argsort(place, kind="stable")
        line = np.empty(len(row), dtype=np.int64)
        line[row] = self._rows + 1 + np.arange(len(row))
        for at, mark in marks:
            self._sheet.key.defect(ENTITY, self._name, int(line[at]), mark)
        from_item = source[row]
        came_back = items.returned_at[from_item] >= 0
        reasons = np.array([*REASONS, None], dtype=object)[items.reason[from_item]]
        stamps = pa.array(items.returned_at[from_item] * 1_000_000, mask=~came_back)
        return pa.Table.from_arrays(
            [
                pa.array([all_names[i] for i in row.tolist()]),
                pa.array([all_orders[i] for i in row.tolist()]),
                pa.array([product_ids[i] for i in from_item.tolist()]),
                pa.array(quantity[from_item].astype(np.int32)),
                decimals(price[from_item], pa.decimal128(12, 2)),
                decimals(items.discount[from_item] * 10, pa.decimal128(5, 3)),
                decimals(
                    np.round(items.tax[from_item] * 1000).astype(np.int64), pa.decimal128(5, 3)
                ),
                pa.array(items.returned[from_item].astype(np.int32)),
                stamps.cast(pa.timestamp("us", tz="UTC")),
                pa.array(reasons.tolist(), type=pa.string()),
            ],
            schema=_SCHEMA,
        )
