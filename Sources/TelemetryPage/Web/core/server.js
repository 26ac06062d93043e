/**
 * What this server is, and what the token of this tab may do: GET /server.
 *
 * server.info          {version, host, time_zone, needs_token, scopes: ["read", "write", "admin"], history, alarms, traces?};
 *                      guesses before the first answer
 * server.may("admin")  whether the token allows it
 * server.load()        asks (again: after the token changed, after the connection was lost)
 * server.on(fn)        after each answer
 */
import { get } from "./api.js";

const listeners = new Set();

export const server = {
  info: { version: "", host: location.hostname, time_zone: "UTC", needs_token: false, scopes: [], history: true, alarms: false },
  may: (scope) => server.info.scopes.includes(scope),
  async load() {
    server.info = { ...server.info, ...await get("/server") };
    for (const fn of [...listeners]) fn(server.info);
    return server.info;
  },
  on(fn) { listeners.add(fn); return () => listeners.delete(fn); },
};
