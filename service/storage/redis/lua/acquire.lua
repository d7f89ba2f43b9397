-- Takes a lease that is free, expired or the owner's own, under a new token.
--
-- KEYS  1 operation   2 leases   3 counters
-- ARGV  milliseconds that the operation is remembered, name, owner, present time, end (times in microseconds)
--
-- Gives {'done', token}, {'held', end} or {'forbidden'}.

if redis.call('GET', KEYS[1]) then
    return {'forbidden'}
end
local lease = redis.call('HGET', KEYS[2], ARGV[2])
if lease then
    local _, ends, owner = string.match(lease, '^(%d+)\n(%-?%d+)\n(.*)$')
    if owner ~= ARGV[3] and tonumber(ends) > tonumber(ARGV[4]) then
        return {'held', ends}
    end
end
local token = string.format('%.0f', tonumber(redis.call('HGET', KEYS[3], 'last_token') or '0') + 1)
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
redis.call('HSET', KEYS[3], 'last_token', token)
redis.call('HSET', KEYS[2], ARGV[2], table.concat({token, ARGV[5], ARGV[3]}, '\n'))
return {'done', token}
