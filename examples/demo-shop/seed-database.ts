import { scryptSync } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { integerBetween, pick, type Random, seededRandom } from './seeded-random.ts';

const CATEGORIES = 24;
export const PRODUCTS = 2_000;
const USERS = 1_000;
const ORDERS = 6_000;
const ITEMS_PER_ORDER = 5;
const DATA_SEED = 20_260_101;
const NEWEST_ORDER = Date.UTC(2026, 0, 1);

/** Every user of the demo has this password, and one salt serves all, because hashing a thousand would take seconds. */
export const PASSWORD = 'correct horse battery staple';
const SALT = 'demo-shop';
/** A cheap setting (about 4 ms): the demo measures latency, it protects nothing. */
export const SCRYPT = { N: 1024, r: 8, p: 1 } as const;

const SCHEMA = `
  create table categories (id integer primary key, name text not null) strict;
  create table products (
    id integer primary key, category_id integer not null, name text not null, description text not null,
    price_cents integer not null, popularity integer not null) strict;
  create table stock (product_id integer primary key, quantity integer not null) strict;
  create table users (
    id integer primary key, email text not null unique, password_hash text not null, salt text not null) strict;
  create table sessions (token text primary key, user_id integer not null) strict;
  create table cart_items (
    user_id integer not null, product_id integer not null, quantity integer not null,
    primary key (user_id, product_id)) strict;
  create table orders (
    id integer primary key, user_id integer not null, placed_at integer not null, payment text not null) strict;
  create table order_items (
    id integer primary key, order_id integer not null, product_id integer not null, quantity integer not null,
    price_cents integer not null) strict;
  create index products_by_category on products (category_id, popularity);
  create index products_by_popularity on products (popularity);
  create index orders_by_user on orders (user_id, placed_at);
`;

const ADJECTIVES = ['amber', 'brisk', 'coarse', 'dapper', 'early', 'fluted', 'gentle', 'hollow', 'ivory', 'jolly'];
const NOUNS = ['anvil', 'basket', 'candle', 'drawer', 'easel', 'flask', 'goblet', 'hammer', 'inkwell', 'kettle'];

/** The words that product names and descriptions are made of. */
const searchWords: readonly string[] = [...ADJECTIVES, ...NOUNS];

/** An in-memory database with the shop's data, the same each time. `missingIndex` leaves out the index on order items. */
export function seedDatabase(missingIndex: boolean): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  // SQLite would build the missing index anew for each query and so half hide that it is missing.
  database.exec('pragma automatic_index = off');
  database.exec(SCHEMA);
  const random = seededRandom(DATA_SEED);
  database.exec('begin');
  seedCatalogue(database, random);
  seedUsers(database);
  seedOrders(database, random);
  database.exec('commit');
  if (!missingIndex) database.exec('create index order_items_by_order on order_items (order_id)');
  return database;
}

function seedCatalogue(database: DatabaseSync, random: Random): void {
  const category = database.prepare('insert into categories values (?, ?)');
  for (let id = 1; id <= CATEGORIES; id++) category.run(id, `${pick(random, NOUNS)}s no. ${id}`);
  const product = database.prepare('insert into products values (?, ?, ?, ?, ?, ?)');
  const stock = database.prepare('insert into stock values (?, ?)');
  for (let id = 1; id <= PRODUCTS; id++) {
    const name = `${pick(random, ADJECTIVES)} ${pick(random, ADJECTIVES)} ${pick(random, NOUNS)}`;
    const description = Array.from({ length: 30 }, () => pick(random, searchWords)).join(' ');
    const priceCents = integerBetween(random, 199, 19_999);
    product.run(
      id,
      integerBetween(random, 1, CATEGORIES),
      name,
      description,
      priceCents,
      integerBetween(random, 0, 9_999),
    );
    stock.run(id, integerBetween(random, 1_000_000, 2_000_000));
  }
}

function seedUsers(database: DatabaseSync): void {
  const hash = scryptSync(PASSWORD, SALT, 32, SCRYPT).toString('hex');
  const user = database.prepare('insert into users values (?, ?, ?, ?)');
  for (let id = 1; id <= USERS; id++) user.run(id, `user${id}@shop.example`, hash, SALT);
}

function seedOrders(database: DatabaseSync, random: Random): void {
  const order = database.prepare('insert into orders values (?, ?, ?, ?)');
  const item = database.prepare(
    'insert into order_items (order_id, product_id, quantity, price_cents) values (?, ?, ?, ?)',
  );
  for (let id = 1; id <= ORDERS; id++) {
    const user = 1 + (id % USERS);
    order.run(id, user, NEWEST_ORDER - (ORDERS - id) * 60_000, `seed-${id}`);
    for (let position = 0; position < ITEMS_PER_ORDER; position++) {
      const priceCents = integerBetween(random, 199, 19_999);
      item.run(id, integerBetween(random, 1, PRODUCTS), integerBetween(random, 1, 4), priceCents);
    }
  }
}
