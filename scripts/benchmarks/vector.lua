-- wrk asks for the paths in the file $PATHS, shuffled the same way every time, over and over, and
-- says at the end how many answers were neither 200 nor 204.
local paths = {}
for line in io.lines(os.getenv("PATHS")) do
  paths[#paths + 1] = line
end
math.randomseed(11)
for last = #paths, 2, -1 do
  local other = math.random(last)
  paths[last], paths[other] = paths[other], paths[last]
end
local headers = { ["Accept-Encoding"] = "gzip" }
local turn, threads = 0, {}
function setup(thread)
  threads[#threads + 1] = thread
end
function init()
  refused = 0
end
function request()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn], headers)
end
function response(status)
  if status ~= 200 and status ~= 204 then
    refused = refused + 1
  end
end
function done(summary)
  local all = 0
  for _, thread in ipairs(threads) do
    all = all + thread:get("refused")
  end
  print(string.format("refused %d kilobytes %.1f", all, summary.bytes / summary.requests / 1024))
end
