/**
 * A sudden rush, as after a newsletter: does the service get through it, and is it back to normal afterwards?
 *
 * Model:   open (ramping arrival rate).
 * Rate:    RATE requests a second (default 80) for 20 s, four times as many for 10 s, RATE again for DURATION (default 30s).
 * Warm-up: the first 10 s. Percentiles of such a run mix calm and rush: compare it only with runs of the same script.
 */
import { visitShop } from './lib/shop-journeys.js';

const BASE_URL = __ENV.BASE_URL || 'http://localhost:3333';
const RATE = Number(__ENV.RATE || 80);
const DURATION = __ENV.DURATION || '30s';

export const options = {
  scenarios: {
    spike: {
      executor: 'ramping-arrival-rate',
      // A journey makes two requests on average, so RATE journeys in 2 s are RATE requests a second.
      startRate: RATE,
      timeUnit: '2s',
      stages: [
        { target: RATE, duration: '20s' },
        { target: 4 * RATE, duration: '1s' },
        { target: 4 * RATE, duration: '10s' },
        { target: RATE, duration: '1s' },
        { target: RATE, duration: DURATION },
      ],
      preAllocatedVUs: 200,
      maxVUs: 800,
    },
  },
};

export default function () {
  visitShop(BASE_URL);
}
