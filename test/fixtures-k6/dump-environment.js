import http from 'k6/http';

export const options = { vus: 1, iterations: 3 };

export default function () {
  // biome-ignore lint/suspicious/noConsole: what a script prints is under test
  console.log(`ENVIRONMENT ${JSON.stringify(__ENV)}`);
  http.get(`${__ENV.BASE_URL}/`);
}
