-- wrk script: posts $BENCH_BODY as $BENCH_TYPE to the URL it is given, or gets the URL when there is no body, and prints
-- what was acknowledged as a line of JSON. With $BENCH_CLOSE each request has a connection of its own.
--
-- wrk counts every whole answer, and those above 399 as errors. It calls done once, so nothing here costs time per request.

local body = os.getenv("BENCH_BODY")
if body then
   wrk.method = "POST"
   wrk.body = body
   wrk.headers["Content-Type"] = os.getenv("BENCH_TYPE")
end
if os.getenv("BENCH_CLOSE") then
   wrk.headers["Connection"] = "close"
end

function done(summary, latency, requests)
   local errors = summary.errors
   local seconds = summary.duration / 1e6
   local acknowledged = summary.requests - errors.status
   io.write(string.format(
      '\n{"count":%d,"seconds":%.3f,"per_second":%.1f,"median_us":%d,"p99_us":%d,"p999_us":%d,' ..
      '"refused":%d,"failed":%d}\n',
      acknowledged, seconds, acknowledged / seconds, latency:percentile(50), latency:percentile(99),
      latency:percentile(99.9), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
