-- Gives up a moment, if it is still this reader's.
--
-- KEYS  1 moment   2 ids of the moment
-- ARGV  id of whoever read it

if redis.call('HGET', KEYS[1], '') == ARGV[1] then
    redis.call('UNLINK', KEYS[1], KEYS[2])
end
return 0
