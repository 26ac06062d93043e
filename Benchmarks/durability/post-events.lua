-- wrk script: posts the event in $BENCH_EVENT to /event and prints what was acknowledged as a line of JSON.
--
-- wrk counts every whole answer, and those above 399 as errors. It calls done once, so nothing here costs time per request.

wrk.method = "POST"
wrk.path = "/event"
wrk.body = os.getenv("BENCH_EVENT")
wrk.headers["Content-Type"] = "application/json"

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
