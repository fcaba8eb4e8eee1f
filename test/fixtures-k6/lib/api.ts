import http from 'k6/http';

const base: string = __ENV.TARGET_URL;

export function search(text: string) {
  return http.get(`${base}/search?q=${text}`, { tags: { name: 'search' } });
}
