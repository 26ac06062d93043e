/**
 * Server-sent events of a fetch stream, as https://html.spec.whatwg.org/multipage/server-sent-events.html reads them.
 *
 * frames(response, signal)     async generator of {event, id, data}: `event` "" for a frame without a name, `id` the last
 *                              id so far (null before the first), `data` text, or null for a frame with an id alone
 * batches(response, signal)    the same, as arrays of what came together; an empty array where only a comment came,
 *                              which says that the connection lives
 *
 * Ends when the answer ends, also for a last frame that was cut off (it is left out); throws what the stream throws.
 */
export async function* frames(response, signal) {
  for await (const batch of batches(response, signal)) yield* batch;
}

export async function* batches(response, signal) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const frame = { event: "", id: null, data: null, named: false };
  let rest = "";
  let searched = 0; // of `rest`, so that a line of many chunks is looked through once
  signal?.addEventListener("abort", () => reader.cancel().catch(() => {}), { once: true });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal?.aborted) return;
      rest += decoder.decode(value, { stream: true });
      const batch = [];
      let start = 0;
      for (let end; (end = rest.indexOf("\n", Math.max(start, searched))) >= 0; start = end + 1) {
        takeLine(rest.slice(start, rest[end - 1] === "\r" && end > start ? end - 1 : end), frame, batch);
      }
      rest = rest.slice(start);
      searched = rest.length;
      yield batch;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function takeLine(line, frame, batch) {
  if (line === "") {
    if (frame.data !== null || frame.named) batch.push({ event: frame.event, id: frame.id, data: frame.data });
    frame.event = "";
    frame.data = null;
    frame.named = false;
    return;
  }
  const colon = line.indexOf(":");
  if (colon === 0) return; // a comment
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
  if (name === "data") frame.data = frame.data === null ? value : frame.data + "\n" + value;
  else if (name === "event") frame.event = value;
  else if (name === "id" && !value.includes("\0")) { frame.id = value; frame.named = true; }
}
