/**
 * The server's clock. Ages are by it: a phone whose clock is an hour wrong still shows how old a value is.
 *
 * now()               milliseconds since 1970 by the server's clock
 * heard(response)     takes the `Date` of an answer; differences below 2 s are taken for none, as it has whole seconds
 */
let offset = 0;

export function now() { return Date.now() + offset; }

export function heard(response) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(date)) return;
  const difference = date + 500 - Date.now();
  offset = Math.abs(difference) > 2000 ? difference : 0;
}
