import { group } from 'k6';
import crypto from 'k6/crypto';
import { SharedArray } from 'k6/data';
import encoding from 'k6/encoding';
import exec from 'k6/execution';
import { parseHTML } from 'k6/html';
import http from 'k6/http';
import { Trend } from 'k6/metrics';

const words = new SharedArray('words', () => JSON.parse(open('./data/words.json')).words);
const sizes = new Trend('sizes');

export const options = { vus: 1, iterations: 1 };

/** What scripts in the wild do with answers, one after another; the last call tells that all of it went through. */
export default function () {
  const answer = http.post('http://127.0.0.1:1/login', JSON.stringify({ word: words[0] }));
  const { user, items, token } = answer.json();
  const [first, ...others] = items;
  const ids = items.map((item) => item.id).filter((id) => id !== undefined);
  const cheap = items.filter((item) => item.price < 10).sort((a, b) => a.price - b.price);
  const total = items.reduce((sum, item) => sum + item.price * 2, 0);
  const copy = { ...user, ...answer.headers };
  const text = `${token}:${first.name}:${ids.join(',')}:${total.toFixed(2)}`;
  const parts = token.split('.')[1].replace('-', '+').substring(0, 10);
  encoding.b64encode(String(parts));
  crypto.sha256(`${text}${others.length}`, 'hex');
  sizes.add(answer.body.length + answer.timings.duration + Number(user.age));
  parseHTML(answer.body).find('title').text();
  answer.html().find('input[name=csrf]').first().attr('value').trim();
  const cookie = answer.cookies.session[0].value;
  http.cookieJar().set('http://127.0.0.1:1', 'session', `${cookie}`);
  const page = JSON.parse(answer.body).data.page;
  const when = new Date(answer.json('created.at')).getTime() + parseInt(answer.headers['X-Count'], 10);
  for (const key in user) group(String(key), () => {});
  for (const [key, value] of Object.entries(copy)) String(key + value);
  if (answer.status >= 400 || !items.length || items.length > 100) throw new Error('refused');
  if (answer.status_text.includes('Error') || !answer.body.includes('stub')) throw new Error('refused');
  JSON.stringify({ page, when, items, cheap, exec: exec.vu.idInTest });
  http.get(answer.headers.Location, { redirects: 0, headers: { Authorization: `Bearer ${token}` } });
  http.get(`${__ENV.BASE_URL}/items/${first.id}?page=${page + 1}`);
}
