-- For wrk: a GET of its URL, or with CREATE=1 a create of another scenario in every request.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("id", #threads)
end

function init()
  count = 0
  create = os.getenv("CREATE") == "1"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  if not create then
    return wrk.format("GET")
  end
  count = count + 1
  local body = string.format('{"camera_url":"rtsp://camera-%d-%d.example/stream"}', id, count)
  return wrk.format("POST", nil, nil, body)
end

-- One line: requests a second, p50 and p99 in ms, failures.
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("WRK %.1f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.connect + e.read + e.write + e.timeout + e.status))
end
