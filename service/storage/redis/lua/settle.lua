-- Tells what became of an operation whose answer was lost; one that has not come by now is forbidden to come later.
--
-- KEYS  1 operation
-- ARGV  1 milliseconds that the answer is remembered
--
-- Gives the outcome, or false when the operation does not stand and never will. Both are writes: so a WAIT that follows
-- on this connection covers the operation, too.

local outcome = redis.call('GET', KEYS[1])
if outcome and outcome ~= 'forbidden' then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    return outcome
end
redis.call('SET', KEYS[1], 'forbidden', 'PX', ARGV[1])
return false
