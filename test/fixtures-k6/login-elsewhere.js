import { check, fail } from 'k6';
import http from 'k6/http';

export const options = { vus: 1, iterations: 20 };

export function setup() {
  const login = http.post(`${__ENV.LOGIN_URL}/oauth/token`, { user: 'someone' });
  if (login.status !== 200 || !login.json('access_token')) fail('login failed');
  const claims = JSON.parse(login.body).claims;
  return { token: login.json().access_token, tenant: claims.tenants[0].id };
}

export default function (data) {
  const params = { headers: { Authorization: `Bearer ${data.token}`, 'X-Tenant': data.tenant.toString() } };
  const list = http.get(`${__ENV.BASE_URL}/orders`, params);
  check(list, { 'has items': (r) => r.json().items.length > 0 });
  for (const item of list.json().items) http.get(`${__ENV.BASE_URL}/orders/${item.id}`, params);
}
