/**
 * The busiest hour in short: does the service cope with twice its usual traffic?
 *
 * Model:   open (ramping arrival rate).
 * Rate:    from RATE requests a second (default 80) up to twice as many within 10 s, then DURATION (default 60s) there.
 * Warm-up: the 10 s of the ramp; judge only what comes after it.
 */
import { visitShop } from './lib/shop-journeys.js';

const BASE_URL = __ENV.BASE_URL || 'http://localhost:3333';
const RATE = Number(__ENV.RATE || 80);
const DURATION = __ENV.DURATION || '60s';

export const options = {
  scenarios: {
    peak: {
      executor: 'ramping-arrival-rate',
      // A journey makes two requests on average, so RATE journeys in 2 s are RATE requests a second.
      startRate: RATE,
      timeUnit: '2s',
      stages: [
        { target: 2 * RATE, duration: '10s' },
        { target: 2 * RATE, duration: DURATION },
      ],
      preAllocatedVUs: 100,
      maxVUs: 400,
    },
  },
};

export default function () {
  visitShop(BASE_URL);
}
