-- Puts back records and events as they were in another store. Everything is checked before the first write.
--
-- KEYS  1 operation   2 unique keys   3 events   4 mentions   5 counters
--       6 records and 7 entries of the first kind, 8 and 9 of the second, and so on
-- ARGV  milliseconds that the operation is remembered
--       number of kinds; of each: name
--       number of records; of each: kind (1, 2 ...), record id, index, unique, record
--       number of events; of each: sequence, mentions, event
--       last token
--
-- Gives {'done', ''}, or what refused it: {'taken', unique key}, {'differs'} (an event does not follow), {'forbidden'}.

local place = 0

local function take()
    place = place + 1
    return ARGV[place]
end

local function entries_of(list)
    return string.gmatch(list, '([^\2]+)\2')
end

if redis.call('GET', KEYS[1]) then
    return {'forbidden'}
end

local remembered_ms = take()
local kinds, records, events, own = {}, {}, {}, {}
for number = 1, tonumber(take()) do
    kinds[number] = take()
end
for number = 1, tonumber(take()) do
    local record = {kind = tonumber(take()), id = take(), index = take(), unique = take(), text = take()}
    record.holder = kinds[record.kind] .. '\1' .. record.id
    record.old = redis.call('HGET', KEYS[4 + 2 * record.kind], record.id)
    own[record.holder] = true
    records[number] = record
end
local last = tonumber(redis.call('HGET', KEYS[5], 'last_event') or '0')
for _ = 1, tonumber(take()) do
    local event = {sequence = tonumber(take()), mentions = take(), text = take()}
    if event.sequence == last + 1 then
        last = event.sequence
        events[#events + 1] = event
    elseif event.sequence > last or redis.call('HGET', KEYS[3], event.sequence) ~= event.text then
        return {'differs'}
    end
end
local last_token = tonumber(take())
local taken = {}
for _, record in ipairs(records) do
    for key in entries_of(record.unique) do
        local holder = redis.call('HGET', KEYS[2], key)
        if taken[key] or (holder and not own[holder]) then
            return {'taken', key}
        end
        taken[key] = true
    end
end

redis.call('SET', KEYS[1], '', 'PX', remembered_ms)
for _, record in ipairs(records) do
    if record.old then
        local index, unique = string.match(record.old, '^%d+\n%d+\n([^\n]*)\n([^\n]*)\n')
        for entry in entries_of(index) do
            redis.call('ZREM', KEYS[5 + 2 * record.kind], entry .. '\1' .. record.id)
        end
        for key in entries_of(unique) do
            redis.call('HDEL', KEYS[2], key)
        end
    end
end
for _, record in ipairs(records) do
    redis.call('HSET', KEYS[4 + 2 * record.kind], record.id, record.text)
    redis.call('ZADD', KEYS[5 + 2 * record.kind], 0, '\1\1' .. record.id)
    for entry in entries_of(record.index) do
        redis.call('ZADD', KEYS[5 + 2 * record.kind], 0, entry .. '\1' .. record.id)
    end
    for key in entries_of(record.unique) do
        redis.call('HSET', KEYS[2], key, record.holder)
    end
end
for _, event in ipairs(events) do
    redis.call('HSET', KEYS[3], string.format('%.0f', event.sequence), event.text)
    for id in entries_of(event.mentions) do
        redis.call('ZADD', KEYS[4], 0, id .. '\1' .. string.format('%.0f', event.sequence))
    end
end
if #events > 0 then
    redis.call('HSET', KEYS[5], 'last_event', string.format('%.0f', last))
end
if last_token > tonumber(redis.call('HGET', KEYS[5], 'last_token') or '0') then
    redis.call('HSET', KEYS[5], 'last_token', string.format('%.0f', last_token))
end
return {'done', ''}
