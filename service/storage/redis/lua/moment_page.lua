-- Reads some records of a kind by id, and how those that were changed since the moment began had been.
--
-- KEYS  1 moment   2 ids of the moment   3 records   4 entries
-- ARGV  id of whoever reads it, milliseconds until it is given up, kind, id after which to go on ('' from the first)
--       most records, bytes after which no further record is added
--
-- Gives {'1' if there are more else '0', {id, record, id, record ...}, {id, record before or '', ...}}, or {} when the
-- moment was given up.

if redis.call('HGET', KEYS[1], '') ~= ARGV[1] then
    return {}
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local kind, after, most = ARGV[3], ARGV[4], tonumber(ARGV[5])
local first = after == '' and '[' or '('
local entries = redis.call('ZRANGEBYLEX', KEYS[4], first .. '\1\1' .. after, '(\1\2', 'LIMIT', 0, most + 1)
local more, records, bytes = '0', {}, 0
for _, entry in ipairs(entries) do
    if #records == 2 * most or bytes > tonumber(ARGV[6]) then
        more = '1'
        break
    end
    local id = string.sub(entry, 3)
    local record = redis.call('HGET', KEYS[3], id)
    bytes = bytes + #record
    records[#records + 1] = id
    records[#records + 1] = record
end
local last = more == '1' and '[' .. kind .. '\1' .. records[#records - 1] or '(' .. kind .. '\2'
local before = {}
for _, name in ipairs(redis.call('ZRANGEBYLEX', KEYS[2], first .. kind .. '\1' .. after, last)) do
    before[#before + 1] = string.sub(name, #kind + 2)
    before[#before + 1] = redis.call('HGET', KEYS[1], name)
end
return {more, records, before}
