import { check } from 'k6';
import http from 'k6/http';

export const options = {
  scenarios: {
    steady: { executor: 'constant-arrival-rate', rate: 50, timeUnit: '1s', duration: '3s', preAllocatedVUs: 10 },
  },
  summaryTrendStats: ['avg', 'min', 'max', 'p(50)', 'p(90)', 'p(95)', 'p(99)'],
};

export default function () {
  const id = __ITER % 7;
  check(http.get(`${__ENV.BASE_URL}/items/${id}`), { 'status is 200': (r) => r.status === 200 });
}
