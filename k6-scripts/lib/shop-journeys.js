/**
 * What visitors of the demo shop do. The five journeys make ten requests, one to each endpoint, so a script that takes
 * them in turn sends the same number of requests to each of the ten.
 */
import { check, sleep } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import { endpointName } from './endpoint-name.js';

const PRODUCTS = 2000;
const USERS = 1000;
const WORDS = ['amber', 'brisk', 'candle', 'drawer', 'flask', 'gentle', 'kettle', 'jolly'];
const JSON_HEADERS = { headers: { 'Content-Type': 'application/json' } };

/** One journey against the shop at `baseUrl`; which one is told by the number of the iteration. */
export function visitShop(baseUrl) {
  const turn = exec.scenario.iterationInTest;
  // Real visitors don't come in step. If these did, one slow endpoint would always hit the same others.
  sleep(Math.random() * 0.1);
  const journeys = [browse, search, comeBack, buy, reviewSales];
  // Neighboring turns have different users, so no two buyers share a cart.
  journeys[turn % journeys.length](baseUrl, 1 + (turn % USERS));
}

function browse(baseUrl) {
  const product = 1 + Math.floor(Math.random() * PRODUCTS);
  const list = http.get(`${baseUrl}/products?page=${1 + Math.floor(Math.random() * 10)}`);
  check(list, { 'list has 20 or more products': (r) => r.status === 200 && r.json('items').length >= 20 });
  const detail = http.get(`${baseUrl}/products/${product}`, endpointName('/products/:id'));
  check(detail, { 'detail is the product': (r) => r.status === 200 && r.json('id') === product });
  const others = http.get(
    `${baseUrl}/products/${product}/recommendations`,
    endpointName('/products/:id/recommendations'),
  );
  check(others, { 'five products are recommended': (r) => r.status === 200 && r.json('items').length === 5 });
}

function search(baseUrl) {
  const word = WORDS[Math.floor(Math.random() * WORDS.length)];
  const found = http.get(`${baseUrl}/search?q=${word}`);
  check(found, { 'search finds something': (r) => r.status === 200 && r.json('total') > 0 });
}

function comeBack(baseUrl, user) {
  const credentials = { email: `user${user}@shop.example`, password: 'correct horse battery staple' };
  const login = http.post(`${baseUrl}/login`, JSON.stringify(credentials), JSON_HEADERS);
  check(login, { 'login gives a token': (r) => r.status === 200 && r.json('token').length > 0 });
  const orders = http.get(`${baseUrl}/users/${user}/orders`, endpointName('/users/:id/orders'));
  check(orders, { 'orders are listed': (r) => r.status === 200 && r.json('orders').length > 0 });
}

function buy(baseUrl, user) {
  const item = JSON.stringify({ productId: 1 + Math.floor(Math.random() * PRODUCTS), quantity: 1 });
  const added = http.post(`${baseUrl}/carts/${user}/items`, item, endpointName('/carts/:id/items', JSON_HEADERS));
  check(added, { 'item is in the cart': (r) => r.status === 201 });
  const cart = http.get(`${baseUrl}/carts/${user}`, endpointName('/carts/:id'));
  check(cart, { 'cart has a total': (r) => r.status === 200 && r.json('totalCents') > 0 });
  const order = http.post(`${baseUrl}/checkout`, JSON.stringify({ cart: user }), JSON_HEADERS);
  check(order, { 'order is placed': (r) => r.status === 201 && r.json('order') > 0 });
}

function reviewSales(baseUrl) {
  const report = http.get(`${baseUrl}/reports/sales`);
  check(report, { 'report names ten best sellers': (r) => r.status === 200 && r.json('bestSellers').length === 10 });
}
