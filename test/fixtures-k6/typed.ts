import { group } from 'k6';
import http from 'k6/http';
import { search } from './lib/api.ts';

const words: string[] = JSON.parse(open('./data/words.json')).words;

export const options = {
  scenarios: {
    browse: {
      executor: 'constant-arrival-rate',
      rate: 20,
      timeUnit: '1s',
      duration: '2s',
      preAllocatedVUs: 4,
      exec: 'browse',
    },
    find: {
      executor: 'constant-arrival-rate',
      rate: 10,
      timeUnit: '1s',
      duration: '2s',
      preAllocatedVUs: 4,
      exec: 'find',
    },
  },
};

export function browse(): void {
  group('shop', () => {
    http.get(`${__ENV.BASE_URL}/items/1`);
  });
}

export function find(): void {
  for (const word of words) search(word);
  http.get(`${__ENV.BASE_URL}/items/1`);
}
