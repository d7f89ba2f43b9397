-- Marks an empty place as a store of ours, and tells the format of what is there.
--
-- KEYS  1 format
-- ARGV  1 format of a new store
--
-- Gives the format.

redis.call('SETNX', KEYS[1], ARGV[1])
return redis.call('GET', KEYS[1])
