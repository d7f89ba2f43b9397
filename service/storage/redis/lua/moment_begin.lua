-- Begins to keep a moment of a scope: from now on commits save what they change as it was.
--
-- KEYS  1 moment   2 ids of the moment   3 counters
-- ARGV  id of whoever reads it, milliseconds until it is given up unless a page is read
--
-- Gives {last event, last token}, or {} while somebody else keeps a moment.

local holder = redis.call('HGET', KEYS[1], '')
if holder and holder ~= ARGV[1] then
    return {}
end
redis.call('HSET', KEYS[1], '', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local counted = redis.call('HMGET', KEYS[3], 'last_event', 'last_token')
return {counted[1] or '0', counted[2] or '0'}
