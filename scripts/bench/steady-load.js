// Load for k6: RATE requests a second to BASE_URL for DURATION.
import http from 'k6/http';

export const options = {
  scenarios: {
    browse: {
      exec: 'browse',
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE),
      timeUnit: '1s',
      duration: __ENV.DURATION,
      preAllocatedVUs: 20,
      maxVUs: 50,
    },
  },
};

const paths = ['/items?page=1', '/items/42', '/search?q=lamp', '/cart', '/checkout', '/health'];

export function browse() {
  http.get(__ENV.BASE_URL + paths[__ITER % paths.length]);
}
