/**
 * Steady traffic: the script to gate pull requests with.
 *
 * Model:   open (constant arrival rate): a slow answer doesn't slow the next request down, so it can't hide.
 * Rate:    RATE requests a second (default 80), a tenth of them to each of ten endpoints, for DURATION (default 30s).
 * Warm-up: none of its own; leave the first tenth out of what is judged. With the defaults that leaves 216 requests an
 *          endpoint, enough for a 95th percentile (200).
 */
import { visitShop } from './lib/shop-journeys.js';

const BASE_URL = __ENV.BASE_URL || 'http://localhost:3333';
const RATE = Number(__ENV.RATE || 80);
const DURATION = __ENV.DURATION || '30s';

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      // A journey makes two requests on average, so RATE journeys in 2 s are RATE requests a second.
      rate: RATE,
      timeUnit: '2s',
      duration: DURATION,
      preAllocatedVUs: 50,
      maxVUs: 200,
    },
  },
};

export default function () {
  visitShop(BASE_URL);
}
