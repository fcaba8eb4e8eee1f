"""Fresh data for each start, always the same."""

import random
import sqlite3
from datetime import date, timedelta

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from .models import Base
from .settings import fault

PRODUCTS = 2_000
CATEGORIES = 20
CUSTOMERS = 800
ORDERS = 5_000
REVIEWS = 100_000
COUNTRIES = ("AT", "BE", "DE", "DK", "FR", "IT", "NL", "SE")
LAST_DAY = date(2025, 12, 31)

ADJECTIVES = (
    "amber", "brisk", "calm", "deep", "eager", "faint", "gentle", "hollow", "ivory", "jolly", "keen", "light",
)
NOUNS = (
    "basket", "candle", "drawer", "easel", "flask", "goblet", "hammock", "inkwell", "jar", "kettle", "lantern",
    "mirror", "notebook", "oven", "pillow", "quilt",
)
VERBS = ("holds", "keeps", "carries", "suits", "brightens", "outlasts", "warms", "completes")
PLACES = ("in the kitchen", "on the road", "at the desk", "by the window", "in the garden", "under the stairs")

INDEXES = [
    "CREATE INDEX products_category ON products (category_id)",
    "CREATE INDEX images_product ON images (product_id)",
    "CREATE INDEX orders_customer ON orders (customer_id, placed_on)",
    "CREATE INDEX orders_day ON orders (placed_on)",
    "CREATE INDEX order_lines_order ON order_lines (order_id)",
]
if not fault("f11"):
    INDEXES.append("CREATE INDEX reviews_product ON reviews (product_id, written_on)")


def seed_database(path: str) -> None:
    rng = random.Random(20_250_101)
    sentences = [
        f"This {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {rng.choice(VERBS)} a {rng.choice(ADJECTIVES)} "
        f"{rng.choice(NOUNS)} {rng.choice(PLACES)}."
        for _ in range(600)
    ]

    def text(count: int) -> str:
        return " ".join(rng.choices(sentences, k=count))

    def day() -> str:
        return (LAST_DAY - timedelta(days=int(rng.random() * 365))).isoformat()

    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")
    for table in Base.metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=sqlite.dialect())))

    def insert(table: str, rows: list[tuple]) -> None:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

    insert("categories", [(i, f"{NOUNS[i % 16].title()} {'goods' if i < 17 else 'gifts'}") for i in range(1, CATEGORIES + 1)])
    products = [
        (
            i,
            1 + i % CATEGORIES,
            f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {i}",
            text(2),
            text(8),
            rng.randrange(300, 30_000),
            rng.randrange(50, 9_000),
            rng.randrange(1, 9),
        )
        for i in range(1, PRODUCTS + 1)
    ]
    insert("products", products)
    insert(
        "images",
        [
            (3 * (i - 1) + n, i, n, f"/images/{i}/{n}.webp", f"{products[i - 1][2]}, view {n}")
            for i in range(1, PRODUCTS + 1)
            for n in (1, 2, 3)
        ],
    )
    insert(
        "stock",
        [(i, name, rng.randrange(0, 200)) for i in range(1, PRODUCTS + 1) for name in ("east", "north", "west")],
    )
    insert(
        "customers",
        [(i, f"Customer {i}", f"customer{i}@shop.example", rng.choice(COUNTRIES)) for i in range(1, CUSTOMERS + 1)],
    )
    insert(
        "reviews",
        [
            (i, 1 + i % PRODUCTS, rng.randrange(1, CUSTOMERS + 1), rng.choice((1, 2, 3, 4, 4, 5, 5, 5)), day(), text(3))
            for i in range(1, REVIEWS + 1)
        ],
    )
    orders = []
    lines = []
    for i in range(1, ORDERS + 1):
        total = 0
        for _ in range(rng.randrange(2, 7)):
            product = rng.choice(products)
            quantity = rng.randrange(1, 4)
            total += quantity * product[5]
            lines.append((len(lines) + 1, i, product[0], product[2], quantity, product[5]))
        orders.append((i, 1 + i % CUSTOMERS, day(), total, f"payment-{i}"))
    insert("orders", orders)
    insert("order_lines", lines)
    insert("cart_items", [(i, rng.randrange(1, PRODUCTS + 1), 1) for i in range(1, CUSTOMERS + 1)])
    for index in INDEXES:
        connection.execute(index)
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()
