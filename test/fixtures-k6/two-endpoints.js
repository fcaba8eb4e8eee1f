import { check } from 'k6';
import http from 'k6/http';

const BASE_URL = __ENV.BASE_URL || 'http://localhost:3333';

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 60),
      duration: __ENV.DURATION || '6s',
      preAllocatedVUs: 20,
    },
  },
};

export default function () {
  check(http.get(`${BASE_URL}/fast`), { 'is up': (response) => response.status === 200 });
  http.get(`${BASE_URL}/items/${1 + Math.floor(Math.random() * 50)}`);
}
