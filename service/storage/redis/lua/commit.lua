-- Makes one unit of work. Everything is checked before the first write, types included: Lua does not roll back.
--
-- KEYS  1 operation   2 unique keys   3 events   4 mentions   5 counters   6 leases
--       7 records and 8 entries of the first kind, 9 and 10 of the second, and so on
--       at last the moment that somebody keeps of the scope, and its ids
-- ARGV  milliseconds that the operation is remembered
--       name of the fence ('' without one), its token
--       channel on which those who listen hear of it ('' when they are not to), what they hear
--       number of kinds; of each: name
--       number of puts; of each: kind (1, 2 ...), record id, expected version ('' any), format, index, unique, body
--       number of deletes; of each: kind, record id, expected version
--       number of expectations; of each: kind, record id, expected version
--       number of forgotten ids; of each: id
--       first and last sequence of events that are forgotten
--       number of events; of each: mentions, text
--
-- Gives {'done', outcome}, or what refused it: {'fence'}, {'stale', number of the record, version found},
-- {'taken', number of the put, unique key}, {'forbidden'} (somebody asked what became of it, before it came).
-- Texts are made of parts as `packing.py` says.

local place = 0

local function take()
    place = place + 1
    return ARGV[place]
end

local function take_number()
    return tonumber(take())
end

local function entries_of(list)
    return string.gmatch(list, '([^\2]+)\2')
end

local function whole(number)
    return string.format('%.0f', number)
end

local function wrong_type()
    for number, key in ipairs(KEYS) do
        local wanted = 'hash'
        if number == 1 then
            wanted = 'string'
        elseif number == 4 or (number > 6 and number % 2 == 0) then
            wanted = 'zset'
        end
        local found = redis.call('TYPE', key).ok
        if found ~= wanted and found ~= 'none' then
            return true
        end
    end
    return false
end

-- What is there of a record: version (0: none), index and unique keys as kept; nil when it is no record of ours.
local function look(kind, record_id)
    local text = redis.call('HGET', KEYS[5 + 2 * kind], record_id)
    if not text then
        return {version = 0, index = '', unique = '', text = ''}
    end
    local version, index, unique = string.match(text, '^(%d+)\n%d+\n([^\n]*)\n([^\n]*)\n')
    if not version then
        return nil
    end
    return {version = tonumber(version), index = index, unique = unique, text = text}
end

if wrong_type() then
    return redis.error_reply('ALIEN a key of this store holds something else')
end
if redis.call('GET', KEYS[1]) then
    return {'forbidden'}
end

local remembered_ms = take()

-- Read all arguments, and look at every record they name.
local fence, token = take(), take()
local channel, called = take(), take()
local kinds = {}
for number = 1, take_number() do
    kinds[number] = take()
end

local touched, steps, stale = {}, {put = {}, delete = {}}, nil
local looked_at = 0

local function take_record(step)
    step.kind, step.record_id, step.expected = take_number(), take(), take()
    step.old = look(step.kind, step.record_id)
    looked_at = looked_at + 1
    if step.old and not stale and step.expected ~= '' and tonumber(step.expected) ~= step.old.version then
        stale = {'stale', tostring(looked_at), whole(step.old.version)}
    end
    return step.old
end

local is_alien = false
for number = 1, take_number() do
    local put = {}
    is_alien = not take_record(put) or is_alien
    put.format, put.index, put.unique, put.body = take(), take(), take(), take()
    put.holder = kinds[put.kind] .. '\1' .. put.record_id
    touched[put.holder] = true
    steps.put[number] = put
end
for number = 1, take_number() do
    local delete = {}
    is_alien = not take_record(delete) or is_alien
    touched[kinds[delete.kind] .. '\1' .. delete.record_id] = true
    steps.delete[number] = delete
end
for _ = 1, take_number() do
    is_alien = not take_record({}) or is_alien
end
local forgotten = {}
for number = 1, take_number() do
    forgotten[number] = take()
end
local forgotten_first, forgotten_last = take_number(), take_number()
local events = {}
for number = 1, take_number() do
    events[number] = {mentions = take(), text = take()}
end
local last_event = tonumber(redis.call('HGET', KEYS[5], 'last_event') or '0')
if is_alien or not last_event then
    return redis.error_reply('ALIEN a record of this store is none')
end

-- The checks, in the order the interface promises.
if fence ~= '' then
    local lease = redis.call('HGET', KEYS[6], fence)
    if not lease or string.match(lease, '^%d+') ~= token then
        return {'fence'}
    end
end
if stale then
    return stale
end
for number, put in ipairs(steps.put) do
    for key in entries_of(put.unique) do
        local holder = redis.call('HGET', KEYS[2], key)
        if holder and not touched[holder] then
            return {'taken', tostring(number), key}
        end
    end
end

-- The outcome is known: from here on everything is written.
local outcome = {whole(last_event + #events)}
for _, put in ipairs(steps.put) do
    outcome[#outcome + 1] = whole(put.old.version + 1)
end
outcome = table.concat(outcome, ' ')

local function remember()
    redis.call('SET', KEYS[1], outcome, 'PX', remembered_ms)
end

-- A server without memory refuses a script at its first write, if that write may need memory. What only removes must
-- still be possible then, since erasure frees memory: it is remembered last.
local only_removes = #steps.put == 0 and #events == 0
if not only_removes then
    remember()
end

local function set_of(list)
    local set = {}
    for entry in entries_of(list) do
        set[entry] = true
    end
    return set
end

-- Removes the entries and unique keys that a record had and does not keep.
local function clear(step, index, unique)
    local kept = set_of(index)
    for entry in entries_of(step.old.index) do
        if not kept[entry] then
            redis.call('ZREM', KEYS[6 + 2 * step.kind], entry .. '\1' .. step.record_id)
        end
    end
    kept = set_of(unique)
    for key in entries_of(step.old.unique) do
        if not kept[key] then
            redis.call('HDEL', KEYS[2], key)
        end
    end
end

-- While somebody reads the scope as it was at a moment, what is changed for the first time since is kept as it was. Where
-- there is no memory for that, the moment is given up.
local moment, moment_ids = KEYS[#KEYS - 1], KEYS[#KEYS]

local function keep_as_it_was(step)
    local name = kinds[step.kind] .. '\1' .. step.record_id
    local is_first = redis.pcall('HSETNX', moment, name, step.old.text)
    if type(is_first) == 'table' then
        redis.call('DEL', moment, moment_ids)
        return false
    end
    if is_first == 1 then
        redis.call('ZADD', moment_ids, 0, name)
    end
    return true
end

if redis.call('EXISTS', moment) == 1 then
    local is_kept = true
    for _, list in ipairs({steps.put, steps.delete}) do
        for _, step in ipairs(list) do
            is_kept = is_kept and keep_as_it_was(step)
        end
    end
    if is_kept then
        redis.call('PEXPIRE', moment_ids, redis.call('PTTL', moment))
    end
end

for _, delete in ipairs(steps.delete) do
    if delete.old.version > 0 then
        clear(delete, '', '')
        redis.call('ZREM', KEYS[6 + 2 * delete.kind], '\1\1' .. delete.record_id)
        redis.call('HDEL', KEYS[5 + 2 * delete.kind], delete.record_id)
    end
end
for _, put in ipairs(steps.put) do
    clear(put, put.index, put.unique)
end
for _, put in ipairs(steps.put) do
    local entries = KEYS[6 + 2 * put.kind]
    if put.old.version == 0 then
        redis.call('ZADD', entries, 0, '\1\1' .. put.record_id)
    end
    if put.index ~= put.old.index then
        for entry in entries_of(put.index) do
            redis.call('ZADD', entries, 0, entry .. '\1' .. put.record_id)
        end
    end
    for key in entries_of(put.unique) do
        redis.call('HSET', KEYS[2], key, put.holder)
    end
    local parts = {whole(put.old.version + 1), put.format, put.index, put.unique, put.body}
    redis.call('HSET', KEYS[5 + 2 * put.kind], put.record_id, table.concat(parts, '\n'))
end

-- Empties an event that mentions somebody who is erased; its sequence, type, time and mac stay.
local function forget(sequence)
    local text = redis.call('HGET', KEYS[3], sequence)
    local envelope, mentions = string.match(text, '^([^\n]*\n[^\n]*\n[^\n]*\n)[^\n]*\n[^\n]*\n([^\n]*)\n')
    for id in entries_of(mentions) do
        redis.call('ZREM', KEYS[4], id .. '\1' .. sequence)
    end
    redis.call('HSET', KEYS[3], sequence, envelope .. '\n\n\n{}')
end

for _, id in ipairs(forgotten) do
    local found = redis.call('ZRANGEBYLEX', KEYS[4], '[' .. id .. '\1', '(' .. id .. '\2')
    for _, mention in ipairs(found) do
        forget(string.sub(mention, #id + 2))
    end
end
for sequence = forgotten_first, math.min(forgotten_last, last_event) do
    forget(whole(sequence))
end
for number, event in ipairs(events) do
    local sequence = whole(last_event + number)
    redis.call('HSET', KEYS[3], sequence, event.text)
    for id in entries_of(event.mentions) do
        redis.call('ZADD', KEYS[4], 0, id .. '\1' .. sequence)
    end
end
if #events > 0 then
    redis.call('HSET', KEYS[5], 'last_event', whole(last_event + #events))
end
if only_removes then
    remember()
end
if channel ~= '' then
    -- An account that may not publish must not leave the commit half done: nobody hears of it then.
    redis.pcall('PUBLISH', channel, called)
end
return {'done', outcome}
