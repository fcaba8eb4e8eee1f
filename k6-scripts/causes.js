/**
 * Every endpoint of the demo shop, asked as browsers and apps do: compressed answers, pages that are known already, a
 * token where something is personal. The script to look for the cause of slowness with; `steady.js` gates pull requests.
 *
 * Model:   open (constant arrival rate): a slow answer doesn't slow the next request down, so it can't hide.
 * Rate:    RATE requests a second (default 80), a fourteenth of them to each of fourteen endpoints, for DURATION
 *          (default 30s).
 * Warm-up: none of its own; leave the first tenth out of what is judged. With the defaults that leaves 154 requests an
 *          endpoint: enough for a median, and RATE=120 gives a 95th percentile (200).
 */
import { check, sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { endpointName } from './lib/endpoint-name.js';

const BASE_URL = __ENV.BASE_URL || 'http://localhost:3333';
const RATE = Number(__ENV.RATE || 80);
const DURATION = __ENV.DURATION || '30s';

const PRODUCTS = 2000;
/** So few that each comes back within seconds, and so many that no two of them share a cart at usual rates. */
const USERS = 20;
const WORDS = ['amber', 'brisk', 'candle', 'drawer', 'flask', 'gentle', 'kettle', 'jolly'];
const BROWSER = { 'Accept-Encoding': 'gzip, deflate, br' };

/** The journeys make fourteen requests, one to each endpoint, so taking them in turn gives each an equal share. */
const JOURNEYS = [arrive, browse, search, buy, report, takeCatalogue];
const REQUESTS_OF_ALL_JOURNEYS = 14;

export const options = {
  scenarios: {
    causes: {
      executor: 'constant-arrival-rate',
      rate: RATE * JOURNEYS.length,
      timeUnit: `${REQUESTS_OF_ALL_JOURNEYS}s`,
      duration: DURATION,
      preAllocatedVUs: 50,
      maxVUs: 200,
    },
  },
};

/** The `ETag` of the categories as a visitor has it, whose last visit wasn't the first. */
let categoriesTag;

export function setup() {
  return { categoriesTag: get('/categories', '/categories').headers.Etag };
}

export default function (known) {
  const turn = exec.scenario.iterationInTest;
  // Real visitors don't come in step. If these did, one slow endpoint would always hit the same others.
  sleep(Math.random() * 0.1);
  const round = Math.floor(turn / JOURNEYS.length);
  categoriesTag = categoriesTag || known.categoriesTag;
  JOURNEYS[turn % JOURNEYS.length](1 + (round % USERS));
}

function arrive() {
  const home = get('/home', '/home');
  check(home, { 'home shows popular products': (r) => r.status === 200 && r.json('popular').length === 6 });
  const categories = get('/categories', '/categories', categoriesTag ? { 'If-None-Match': categoriesTag } : {});
  check(categories, { 'categories are there or known': (r) => r.status === 200 || r.status === 304 });
  categoriesTag = categories.headers.Etag;
}

function browse() {
  const product = anyProduct();
  const list = get('/products', `/products?page=${somePage()}`);
  check(list, { 'list has 20 or more products': (r) => r.status === 200 && r.json('items').length >= 20 });
  const detail = get('/products/:id', `/products/${product}`);
  check(detail, { 'detail is the product': (r) => r.status === 200 && r.json('id') === product });
  const others = get('/products/:id/recommendations', `/products/${product}/recommendations`);
  check(others, { 'five products are recommended': (r) => r.status === 200 && r.json('items').length === 5 });
}

function search() {
  const found = get('/search', `/search?q=${WORDS[Math.floor(Math.random() * WORDS.length)]}`);
  check(found, { 'search finds something': (r) => r.status === 200 && r.json('total') > 0 });
}

function buy(user) {
  const credentials = { email: `user${user}@shop.example`, password: 'correct horse battery staple' };
  const login = post('/login', '/login', credentials);
  check(login, { 'login gives a token': (r) => r.status === 200 && r.json('token').length > 0 });
  const own = { Authorization: `Bearer ${login.status === 200 ? login.json('token') : ''}` };
  const orders = get('/users/:id/orders', `/users/${user}/orders`, own);
  check(orders, { 'orders are listed': (r) => r.status === 200 && r.json('orders').length > 0 });
  const productId = anyProduct();
  const added = post('/carts/:id/items', `/carts/${user}/items`, { productId, quantity: 1 }, own);
  check(added, { 'item is in the cart': (r) => r.status === 201 });
  const cart = get('/carts/:id', `/carts/${user}`, own);
  check(cart, { 'cart shows what was put into it': (r) => r.status === 200 && productsIn(r).includes(productId) });
  const order = post('/checkout', '/checkout', { cart: user }, own);
  check(order, { 'order is placed': (r) => r.status === 201 && r.json('order') > 0 });
}

function report() {
  const sales = get('/reports/sales', '/reports/sales');
  check(sales, { 'report names ten best sellers': (r) => r.status === 200 && r.json('bestSellers').length === 10 });
  const stock = get('/reports/stock', '/reports/stock');
  check(stock, { 'report names a thousand stocks': (r) => r.status === 200 && r.json('items').length === 1000 });
}

function takeCatalogue() {
  const lines = get('/products/export', '/products/export');
  check(lines, { 'export has all products': (r) => r.status === 200 && r.body.split('\n').length === PRODUCTS + 1 });
}

function productsIn(cart) {
  return cart.json('items').map((item) => item.productId);
}

function get(endpoint, path, headers = {}) {
  return http.get(BASE_URL + path, endpointName(endpoint, { headers: { ...BROWSER, ...headers } }));
}

function post(endpoint, path, body, headers = {}) {
  const all = { ...BROWSER, 'Content-Type': 'application/json', ...headers };
  return http.post(BASE_URL + path, JSON.stringify(body), endpointName(endpoint, { headers: all }));
}

function anyProduct() {
  return 1 + Math.floor(Math.random() * PRODUCTS);
}

/** Most people look at the first page, half as many at the second and so on. */
function somePage() {
  return 1 + Math.floor(-Math.log2(1 - Math.random()));
}
