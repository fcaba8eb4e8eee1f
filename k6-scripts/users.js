/**
 * Users who wait: a fixed number of them, each asking again when it was answered.
 *
 * Model:   closed (constant virtual users): a slow answer delays the next request, which hides part of a slowdown and lowers
 *          the rate of requests to all endpoints. Prefer steady.js; this one is for services that are really used so.
 * Rate:    VUS users (default 6), each a journey of two requests and a tenth of a second or less in between, for DURATION
 *          (default 30s): about 100 requests a second.
 * Warm-up: none of its own; leave the first tenth out of what is judged.
 */
import { visitShop } from './lib/shop-journeys.js';

const BASE_URL = __ENV.BASE_URL || 'http://localhost:3333';
const DURATION = __ENV.DURATION || '30s';

export const options = {
  scenarios: {
    users: { executor: 'constant-vus', vus: Number(__ENV.VUS || 6), duration: DURATION },
  },
};

export default function () {
  visitShop(BASE_URL);
}
