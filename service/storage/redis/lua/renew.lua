-- Moves the end of a lease that still has this token.
--
-- KEYS  1 operation   2 leases
-- ARGV  milliseconds that the operation is remembered, name, token, end in microseconds
--
-- Gives {'done', token}, {'fence'} or {'forbidden'}.

if redis.call('GET', KEYS[1]) then
    return {'forbidden'}
end
local lease = redis.call('HGET', KEYS[2], ARGV[2])
local token, owner = string.match(lease or '', '^(%d+)\n%-?%d+\n(.*)$')
if token ~= ARGV[3] then
    return {'fence'}
end
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
redis.call('HSET', KEYS[2], ARGV[2], table.concat({token, ARGV[4], owner}, '\n'))
return {'done', token}
