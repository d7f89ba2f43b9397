-- Writes, so that a server that cannot is found out.
--
-- KEYS  1 ping
-- ARGV  1 seconds after which it vanishes

redis.call('SET', KEYS[1], '1', 'EX', ARGV[1])
return 1
