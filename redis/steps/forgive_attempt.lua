-- forgive_attempt: removes one attempt from the count because it succeeded. Also works when Redis is out of memory.
-- Outcome: forgiven.
local function forgive_attempt(keys)
    local throttle_key = unpack(keys)
    local attempts = tonumber(redis.call('HGET', throttle_key, 'attempts') or 0)
    if attempts > 1 then
        redis.call('HINCRBY', throttle_key, 'attempts', -1)
        redis.call('HDEL', throttle_key, 'closed_until')
    else
        redis.call('DEL', throttle_key)
    end
    return outcome('forgiven')
end
register('forgive_attempt', forgive_attempt, { 'allow-oom' })
