"""The catalogue: what is sold, at which price, how often, and how much of it comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from extract.datagen.output import AnswerKey, Mark, Output, TextFile
from extract.datagen.plan import Picker, Sizes, planned
from extract.datagen.timeline import (
    FIRST,
    LAST,
    MONTH_STARTS,
    Bools,
    Floats,
    Ints,
    Rng,
    from_day_number,
)

FILE = "products/products.json"
ORPHAN_PRODUCTS = ("P-90", "P-99")
"""How the ids of products that do not exist begin; they go on with five digits."""


@dataclass(frozen=True)
class Category:
    """A kind of goods.

    `prices` is the range in EUR, `returns` the share that comes back, `season` how much more
    sells in winter (positive) or summer (negative).
    """

    name: str
    department: str
    nouns: tuple[str, ...]
    prices: tuple[float, float]
    returns: float
    season: float
    materials: tuple[str, ...]
    weight: tuple[int, int]


CATEGORIES = (
    Category("Lighting", "Home", ("Desk Lamp", "Floor Lamp", "Pendant Light", "Night Light",
        "Table Lamp", "LED Strip", "Lantern"), (12, 160), 0.06, 0.3,
        ("steel", "glass", "oak", "linen"), (200, 4200)),
    Category("Kitchen", "Home", ("Chef's Knife", "Frying Pan", "Kettle", "Coffee Grinder",
        "Bread Box", "Teapot", "Mixing Bowl", "Espresso Maker"), (9, 120), 0.05, 0.2,
        ("steel", "ceramic", "cast iron", "bamboo"), (150, 3800)),
    Category("Furniture", "Home", ("Side Table", "Bookshelf", "Office Chair", "Bar Stool",
        "Coat Rack", "Bench", "Nightstand"), (45, 340), 0.09, 0.0,
        ("oak", "walnut", "steel", "rattan"), (3500, 24000)),
    Category("Textiles", "Home", ("Throw", "Cushion", "Bath Towel", "Duvet Cover", "Rug",
        "Curtain"), (8, 130), 0.08, 0.25, ("cotton", "wool", "linen", "recycled polyester"),
        (150, 5200)),
    Category("Shoes", "Fashion", ("Sneaker", "Ankle Boot", "Loafer", "Sandal", "Trail Shoe",
        "Slipper"), (29, 180), 0.24, 0.0, ("leather", "suede", "canvas", "mesh"), (400, 1500)),
    Category("Jackets", "Fashion", ("Rain Jacket", "Down Vest", "Parka", "Fleece", "Windbreaker",
        "Wool Coat"), (39, 260), 0.21, 0.4, ("nylon", "wool", "recycled polyester", "cotton"),
        (350, 1800)),
    Category("Shirts", "Fashion", ("T-Shirt", "Linen Shirt", "Polo", "Sweater", "Hoodie",
        "Blouse"), (14, 90), 0.19, 0.0, ("cotton", "linen", "merino", "viscose"), (120, 600)),
    Category("Bags", "Fashion", ("Backpack", "Tote Bag", "Messenger Bag", "Weekender", "Wallet"),
        (15, 190), 0.10, 0.1, ("leather", "canvas", "nylon"), (90, 1700)),
    Category("Audio", "Electronics", ("Headphones", "Bluetooth Speaker", "Earbuds", "Soundbar",
        "Record Player"), (25, 330), 0.11, 0.35, ("plastic", "aluminium"), (50, 5200)),
    Category("Smart Home", "Electronics", ("Thermostat", "Smart Plug", "Doorbell", "Door Sensor",
        "Weather Station"), (15, 190), 0.10, 0.25, ("plastic",), (60, 900)),
    Category("Accessories", "Electronics", ("Power Bank", "USB Hub", "Wireless Charger",
        "Laptop Stand", "Phone Case", "Keyboard"), (9, 110), 0.08, 0.15,
        ("plastic", "aluminium", "silicone"), (40, 950)),
    Category("Camping", "Outdoor", ("Tent", "Sleeping Bag", "Camp Stove", "Headlamp", "Thermos",
        "Folding Chair"), (12, 330), 0.09, -0.5, ("nylon", "aluminium", "steel"), (90, 5200)),
    Category("Cycling", "Outdoor", ("Bike Helmet", "Bike Light", "Pannier", "Cycling Gloves",
        "Floor Pump", "Bike Lock"), (12, 130), 0.08, -0.4, ("nylon", "steel", "foam"),
        (80, 2200)),
    Category("Garden", "Outdoor", ("Watering Can", "Pruning Shears", "Planter", "Hammock",
        "Bird Feeder", "Fire Bowl"), (9, 190), 0.05, -0.7, ("steel", "terracotta", "cotton"),
        (150, 9000)),
    Category("Skin Care", "Beauty", ("Face Cream", "Hand Balm", "Body Oil", "Sunscreen", "Soap Set",
        "Lip Balm"), (5, 60), 0.03, 0.05, ("shea butter", "aloe", "almond oil"), (30, 500)),
    Category("Fragrance", "Beauty", ("Eau de Parfum", "Scented Candle", "Room Spray", "Diffuser"),
        (12, 110), 0.04, 0.45, ("citrus", "sandalwood", "lavender"), (80, 700)),
)  # fmt: skip

_SERIES = (
    "Nordlicht", "Alba", "Fjord", "Lumen", "Tilda", "Marée", "Otis", "Juno", "Kestrel",
    "Havn", "Brise", "Sierra", "Onda", "Pico", "Vela", "Birch", "Ember", "Monte",
    "Rivera", "Solstice", "Wren", "Aster", "Calma", "Dune", "Eiche", "Falke", "Gletscher",
    "Hygge", "Isar", "Kiel", "Lotta", "Mistral", "Nova", "Olea", "Petra", "Quill",
    "Rialto", "Sylt", "Tundra", "Umbra", "Verde", "Willow", "Yuma", "Zephyr", "Bruma",
)  # fmt: skip
_VARIANTS = ("", " Pro", " Mini", " XL", " II", " Eco", " Plus", " Classic", " Air", " Max")
_COLOURS = ("black", "white", "grey", "navy", "olive", "sand", "terracotta", "red", "blue", "green")
_SUPPLIERS = (
    ("Weberei Lindner GmbH", "DE"), ("Manufaktur Böhm & Söhne", "DE"), ("Atelier Rouvière", "FR"),
    ("Maison Delacroix SARL", "FR"), ("Hartley & Moss Ltd", "GB"), ("Pennine Works Ltd", "GB"),
    ("Van Houten Design B.V.", "NL"), ("Talleres Ibáñez S.L.", "ES"), ("Bergland Handels AG", "CH"),
    ("Alpen Textil GmbH", "AT"), ("Officina Bianchi S.r.l.", "IT"), ("Nordhavn ApS", "DK"),
    ("Kraków Meble Sp. z o.o.", "PL"), ("Porto Calçado Lda", "PT"), ("Shenzhen Lumitech Co.", "CN"),
    ("Anatolia Tekstil A.Ş.", "TR"), ("Bluewater Goods Inc.", "US"), ("Vilnius Audio UAB", "LT"),
)  # fmt: skip
_TAGS = ("new", "bestseller", "eco", "gift", "sale", "limited", "handmade", "vegan", "outlet")


@dataclass(frozen=True)
class Products:
    """The catalogue as arrays, one entry a product; prices in cents of EUR."""

    names: list[str]
    category: Ints
    price: Ints
    cost: Ints
    launched: Ints
    ended: Ints
    popularity: Floats
    quality: Floats
    companion: Ints
    has_price: Bools
    ranked: Ints
    """Products by popularity, those sold in the whole window only."""

    @property
    def n(self) -> int:
        """How many products there are."""
        return len(self.names)

    def ids(self, which: Ints) -> list[str]:
        """Product ids as they stand in the files."""
        return [f"P-{i + 1:04d}" for i in which.tolist()]

    def weights(self, month: int) -> Floats:
        """How often each product is bought in a month."""
        start, end = MONTH_STARTS[month], MONTH_STARTS[month + 1]
        middle = from_day_number((start + end) // 2)
        winter = np.cos((middle.timetuple().tm_yday - 350) / 365 * 2 * np.pi)
        season = np.array([c.season for c in CATEGORIES])[self.category]
        sold = (self.launched <= start) & (self.ended >= end)
        weights: Floats = self.popularity * (1 + season * winter) * sold
        return weights

    def return_rates(self) -> Floats:
        """Share of each product's items that comes back in an ordinary month."""
        base = np.array([c.returns for c in CATEGORIES])[self.category]
        return np.clip(base * (1.05 - 0.4 * self.quality), 0.01, 0.3)


def build_products(rng: Rng, sizes: Sizes) -> tuple[Products, list[int]]:
    """Draw the catalogue; also the products whose list price will be missing in the file."""
    n = sizes.products
    names, category = _names(rng, n)
    low, high = np.array([c.prices for c in CATEGORIES])[category].T
    price = low * (high / low) ** (rng.random(n) ** 1.3)
    cents = np.where(price > 30, np.round(price) * 100 - 10, np.round(price * 2) * 50 - 1)
    cents = cents.astype(np.int64)
    launched = FIRST - 30 - rng.integers(0, 1500, n)
    late = rng.random(n) < 0.15
    launched[late] = rng.integers(FIRST, LAST - 30, int(late.sum()))
    ended = np.where(rng.random(n) < 0.08, rng.integers(FIRST + 200, LAST, n), LAST + 9999)
    popularity = 1.0 / (8.0 + rng.permutation(n) * 400 / n) ** 0.9
    always = np.flatnonzero((launched < FIRST) & (ended > LAST))
    missing = Picker(rng, n).take(planned("products", "price_missing", n, sizes.scale))
    has_price = np.ones(n, dtype=bool)
    has_price[missing] = False
    products = Products(
        names=names,
        category=category,
        price=cents,
        cost=np.round(cents * rng.uniform(0.38, 0.62, n)).astype(np.int64),
        launched=launched.astype(np.int64),
        ended=ended.astype(np.int64),
        popularity=popularity,
        quality=np.clip(rng.normal(0.8, 0.45, n), -0.6, 1.4),
        companion=rng.integers(0, n, n),
        has_price=has_price,
        ranked=always[np.argsort(-popularity[always], kind="stable")],
    )
    return products, missing.tolist()


def _names(rng: Rng, n: int) -> tuple[list[str], Ints]:
    """Unique names, and the category of each."""
    combinations = [
        (c, f"{series} {noun}")
        for c, category in enumerate(CATEGORIES)
        for noun in category.nouns
        for series in _SERIES
    ]
    names: list[str] = []
    category: list[int] = []
    round_number = 0
    while len(names) < n:
        number = round_number // len(_VARIANTS)
        suffix = _VARIANTS[round_number % len(_VARIANTS)] + (f" {number + 1}" if number else "")
        for i in rng.permutation(len(combinations))[: n - len(names)].tolist():
            category.append(combinations[i][0])
            names.append(combinations[i][1] + suffix)
        round_number += 1
    return names, np.array(category, dtype=np.int64)


def _record(rng: Rng, products: Products, i: int) -> dict[str, Any]:
    number = int(products.category[i])
    category = CATEGORIES[number]
    supplier = _SUPPLIERS[int(rng.integers(0, len(_SUPPLIERS)))]
    tags = rng.choice(_TAGS, size=int(rng.integers(0, 4)), replace=False).tolist()
    return {
        "product_id": f"P-{i + 1:04d}",
        "name": products.names[i],
        "category": {
            "id": f"C-{number + 1:02d}",
            "name": category.name,
            "department": category.department,
        },
        "price": {"amount": int(products.price[i]) / 100, "currency": "EUR"},
        "cost": int(products.cost[i]) / 100,
        "attributes": {
            "colour": _COLOURS[int(rng.integers(0, len(_COLOURS)))],
            "weight_g": int(rng.integers(*category.weight)),
            "material": category.materials[int(rng.integers(0, len(category.materials)))],
        },
        "tags": tags,
        "supplier": {"name": supplier[0], "country": supplier[1]},
        "active": bool(products.ended[i] > LAST),
        "launched_on": from_day_number(int(products.launched[i])).isoformat(),
    }


def write_products(
    rng: Rng,
    output: Output,
    key: AnswerKey,
    products: Products,
    missing_price: list[int],
    scale: float,
) -> dict[str, int]:
    """Write the catalogue as one JSON array, one product a line; the rows by file."""
    picker = Picker(rng, products.n)
    picker.free[missing_price] = False
    uncategorised = picker.take(planned("products", "category_missing", products.n, scale))
    twice = picker.take(planned("products", "product_duplicate", products.n, scale)).tolist()
    records = [_record(rng, products, i) for i in range(products.n)]
    marks: dict[int, Mark] = {}
    for number, i in enumerate(missing_price):
        name = records[i]["product_id"]
        marks[i] = Mark("price_missing", "price", name, "", "")
        records[i]["price"] = None if number % 2 else {"amount": None, "currency": "EUR"}
    for number, i in enumerate(uncategorised.tolist()):
        name = records[i]["product_id"]
        marks[i] = Mark("category_missing", "category", name, "", "Uncategorised")
        if number % 2:
            records[i]["category"] = None
        else:
            records[i]["category"] = {**records[i]["category"], "name": None, "department": None}
    for i in twice:
        name = records[i]["product_id"]
        marks[i] = Mark("product_duplicate", "product_id", name, name, name)
        again = dict(records[i])
        if rng.random() < 0.5:
            again["tags"] = [*again["tags"], "updated"]
        records.append(again)
    lines = [json.dumps(r, ensure_ascii=False, separators=(", ", ": ")) for r in records]
    file = TextFile(output, FILE, newline="")
    file.write(["[\n" + ",\n".join(lines) + "\n]\n"])
    file.close()
    for i, mark in sorted(marks.items()):
        key.defect("products", FILE, i + 1, mark)
    return {FILE: len(lines)}
