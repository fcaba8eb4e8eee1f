import { sleep } from 'k6';
import * as all from 'k6/http';
import http, { post } from 'k6/http';

const capturedGet = http.get;

export default async function () {
  const base = __ENV.CALL_URL;
  http.get(`${base}/get`);
  post(`${base}/post`, 'x');
  all.put(`${base}/put`, 'x');
  http.patch(`${base}/patch`, 'x');
  http.del(`${base}/del`);
  http.head(`${base}/head`);
  http.options(`${base}/options`);
  http.request('GET', `${base}/request`);
  capturedGet(`${base}/captured`);
  http.get(http.url`${base}/tagged/${1}`);
  http.batch([`${base}/batch-1`, ['GET', `${base}/batch-2`], { method: 'POST', url: `${base}/batch-3` }]);
  http.batch({ one: `${base}/batch-4` });
  sleep(0.1);
  await http.asyncRequest('GET', `${base}/async`);
}
