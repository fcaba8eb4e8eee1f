/**
 * How a request gets a stable endpoint name.
 *
 * k6 names a request by its whole address unless the script says otherwise, so `/products/7` and `/products/8` would be
 * two endpoints. With a name they are one, in k6's own summary as in the gate:
 *
 *     http.get(`${BASE_URL}/products/${id}`, endpointName('/products/:id'));
 *     http.post(address, body, endpointName('/carts/:id/items', { headers }));
 *
 * Only addresses that contain an id need it. `params` are the parameters that the request has anyway.
 */
export function endpointName(template, params = {}) {
  return { ...params, tags: { ...params.tags, name: template } };
}
