-- Reads some records in the order of their entries, in one moment.
--
-- KEYS  1 records   2 entries
-- ARGV  1 lower bound, 2 upper bound (as ZRANGEBYLEX takes them), 3 '1' for the reverse order
--       4 most records, 5 bytes after which no further record is added
--
-- Gives {1 if there are more else 0, entry, record, entry, record ...}.

local most = tonumber(ARGV[4])
local entries
if ARGV[3] == '1' then
    entries = redis.call('ZREVRANGEBYLEX', KEYS[2], ARGV[2], ARGV[1], 'LIMIT', 0, most + 1)
else
    entries = redis.call('ZRANGEBYLEX', KEYS[2], ARGV[1], ARGV[2], 'LIMIT', 0, most + 1)
end
local found, bytes, taken = {0}, 0, 0
for _, entry in ipairs(entries) do
    if taken == most or bytes > tonumber(ARGV[5]) then
        found[1] = 1
        break
    end
    local record = redis.call('HGET', KEYS[1], string.match(entry, '[^\1]*$'))
    taken = taken + 1
    bytes = bytes + #record
    found[2 * taken] = entry
    found[2 * taken + 1] = record
end
return found
