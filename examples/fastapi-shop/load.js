/**
 * Steady traffic for the FastAPI shop.
 *
 * Model:   open (constant arrival rate): a slow answer doesn't slow the next request down, so it can't hide.
 * Rate:    RATE iterations a second (default 40) for DURATION (default 30s). Each makes one request; eleven in a row go to
 *          the eleven endpoints, so with the defaults each endpoint gets 109 requests.
 * Warm-up: none of its own; leave the first tenth out of what is judged.
 */
import { check, sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';

const BASE_URL = __ENV.BASE_URL || 'http://localhost:3340';
const RATE = Number(__ENV.RATE || 40);
const DURATION = __ENV.DURATION || '30s';

const PRODUCTS = 2000;
const CUSTOMERS = 800;
const WORDS = ['amber', 'brisk', 'calm', 'eager', 'gentle', 'ivory', 'jolly', 'keen'];
const COUNTRIES = ['AT', 'BE', 'DE', 'DK', 'FR', 'IT', 'NL', 'SE'];
const LANGUAGES = ['da', 'de', 'en', 'es', 'fr', 'it', 'nl', 'sv'];

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      rate: RATE,
      timeUnit: '1s',
      duration: DURATION,
      preAllocatedVUs: 30,
      maxVUs: 200,
    },
  },
};

// Something is in the cart by the time it is paid for, because eight other requests lie between.
const VISITS = [
  addToCart,
  listProducts,
  showProduct,
  search,
  listReviews,
  recommend,
  listOrders,
  quoteShipping,
  reportSales,
  checkOut,
  health,
];

// biome-ignore lint/style/noDefaultExport: k6 runs the default export.
export default function () {
  const turn = exec.scenario.iterationInTest;
  // Real visitors don't come in step. If these did, one slow endpoint would always hit the same others.
  sleep(Math.random() * 0.1);
  VISITS[turn % VISITS.length](1 + (Math.floor(turn / VISITS.length) % CUSTOMERS));
}

/** With a name of its own, an address that contains an id is one endpoint, not one for each id. */
function named(template) {
  return { headers: { 'Accept-Encoding': 'gzip', 'Content-Type': 'application/json' }, tags: { name: template } };
}

function between(first, last) {
  return first + Math.floor(Math.random() * (last - first + 1));
}

function oneOf(values) {
  return values[between(0, values.length - 1)];
}

function listProducts() {
  const list = http.get(`${BASE_URL}/products?page=${between(1, 30)}&limit=60`, named('/products'));
  check(list, { 'list has 60 products': (r) => r.status === 200 && r.json('items').length === 60 });
}

function showProduct() {
  const product = between(1, PRODUCTS);
  const detail = http.get(`${BASE_URL}/products/${product}?lang=${oneOf(LANGUAGES)}`, named('/products/:id'));
  check(detail, { 'detail is the product': (r) => r.status === 200 && r.json('id') === product });
}

function search() {
  const found = http.get(`${BASE_URL}/search?q=${oneOf(WORDS)}`, named('/search'));
  check(found, { 'search finds something': (r) => r.status === 200 && r.json('total') > 0 });
}

function listReviews() {
  const reviews = http.get(`${BASE_URL}/products/${between(1, PRODUCTS)}/reviews`, named('/products/:id/reviews'));
  check(reviews, { 'reviews are listed': (r) => r.status === 200 && r.json('items').length === 20 });
}

function recommend() {
  const others = http.get(
    `${BASE_URL}/products/${between(1, PRODUCTS)}/recommendations`,
    named('/products/:id/recommendations'),
  );
  check(others, { 'five products are recommended': (r) => r.status === 200 && r.json('items').length === 5 });
}

function listOrders(customer) {
  const orders = http.get(`${BASE_URL}/customers/${customer}/orders`, named('/customers/:id/orders'));
  check(orders, { 'orders are listed': (r) => r.status === 200 && r.json('orders').length > 0 });
}

function addToCart(customer) {
  const item = JSON.stringify({ product_id: between(1, PRODUCTS), quantity: 1 });
  const cart = http.post(`${BASE_URL}/carts/${customer}/items`, item, named('/carts/:id/items'));
  check(cart, { 'item is in the cart': (r) => r.status === 201 && r.json('pieces') > 0 });
}

function checkOut(customer) {
  const order = http.post(`${BASE_URL}/checkout`, JSON.stringify({ customer_id: customer }), named('/checkout'));
  check(order, { 'order is placed': (r) => r.status === 201 && r.json('order_id') > 0 });
}

function quoteShipping() {
  const address = `${BASE_URL}/shipping?country=${oneOf(COUNTRIES)}&grams=${between(50, 9000)}`;
  check(http.get(address, named('/shipping')), { 'shipping has a price': (r) => r.json('price_cents') > 0 });
}

function reportSales() {
  const report = http.get(`${BASE_URL}/reports/sales`, named('/reports/sales'));
  check(report, { 'report has lines': (r) => r.status === 200 && r.body.split('\n').length > 1000 });
}

function health() {
  check(http.get(`${BASE_URL}/health`, named('/health')), { 'shop is healthy': (r) => r.status === 200 });
}
