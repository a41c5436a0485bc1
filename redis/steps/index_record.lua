-- index_record: notes a record in an index: the sorted set of the names of one user's or one client's records, by the second
-- until which each lives, so that listing and ending them costs what that one has. It follows the step that writes the
-- record in the same round trip, so no record is handed out that its index does not have. What has ended is forgotten: at
-- its time, and before it among three names at random, so that a set is at most about half as large again as what lives.
-- Beyond `most` records those that end first are deleted. The records are in other slots, so the step does not declare
-- them, and passes over a refusal (pcall): what it cannot see stays until its time. Also works when Redis is out of
-- memory, when the record could not be written: so that a walk completes the indices.
-- `name`: of the record; `before`, `after`: what stands around the name in the key of the record; `ttl`: seconds; `most`: 0
--   for any number.
-- Outcome: indexed; unknown: there is no such record, and nothing is written.
local function index_record(keys, args)
    local index_key = unpack(keys)
    local name, before, after, ttl, most = unpack(args)
    local function is_gone(other) return redis.pcall('EXISTS', before .. other .. after) == 0 end
    if is_gone(name) then return outcome('unknown') end
    local now = math.floor(milliseconds_now() / 1000)
    redis.call('ZADD', index_key, now + ttl + 1, name) -- Redis rounds lifetimes
    redis.call('ZREMRANGEBYSCORE', index_key, '-inf', now - 1)
    for _, other in ipairs(redis.call('ZRANDMEMBER', index_key, 3)) do
        if is_gone(other) then redis.call('ZREM', index_key, other) end
    end
    local excess = tonumber(most) > 0 and redis.call('ZCARD', index_key) - most or 0
    local oldest = excess > 0 and redis.call('ZRANGE', index_key, 0, excess - 1) or {}
    for _, other in ipairs(oldest) do
        if other ~= name and type(redis.pcall('DEL', before .. other .. after)) == 'number' then
            redis.call('ZREM', index_key, other)
        end
    end
    local last = redis.call('ZRANGE', index_key, -1, -1, 'WITHSCORES')
    redis.call('EXPIREAT', index_key, last[2])
    return outcome('indexed')
end
register('index_record', index_record, { 'allow-oom' })
