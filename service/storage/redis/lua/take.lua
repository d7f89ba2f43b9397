-- Takes some calls from the allowance of a key, as many as there are.
--
-- KEYS  1 calls
-- ARGV  microseconds in which the allowance grows by one, calls of a full one, most to take
--
-- Gives {calls taken, microseconds until it is full again}.

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local interval, whole = tonumber(ARGV[1]), tonumber(ARGV[1]) * tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1]) or '0')
local ahead = math.min(math.max(full_at - now, 0), whole)
local taken = math.min(math.floor((whole - ahead) / interval), tonumber(ARGV[3]))
ahead = ahead + taken * interval
-- A moment beyond what the rate allows was written under another rate, or by a clock that was put back.
if taken > 0 or full_at > now + whole then
    redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', math.ceil(ahead / 1000))
end
return {taken, ahead}
