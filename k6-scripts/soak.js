/**
 * Hours of ordinary traffic: does anything leak, fill up or slow down with time? For the night, not for pull requests.
 *
 * Model:   open (constant arrival rate).
 * Rate:    RATE requests a second (default 40) for DURATION (default 1h).
 * Warm-up: none of its own; leave the first 10 s out of what is judged.
 */
import { visitShop } from './lib/shop-journeys.js';

const BASE_URL = __ENV.BASE_URL || 'http://localhost:3333';
const RATE = Number(__ENV.RATE || 40);
const DURATION = __ENV.DURATION || '1h';

export const options = {
  scenarios: {
    soak: {
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
