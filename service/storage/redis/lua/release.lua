-- Gives back a lease, if it still has this token.
--
-- KEYS  1 operation   2 leases
-- ARGV  milliseconds that the operation is remembered, name, token
--
-- Gives {'done', token} or {'forbidden'}.

if redis.call('GET', KEYS[1]) then
    return {'forbidden'}
end
local lease = redis.call('HGET', KEYS[2], ARGV[2])
if lease and string.match(lease, '^%d+') == ARGV[3] then
    redis.call('HDEL', KEYS[2], ARGV[2])
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[1])
return {'done', ARGV[3]}
