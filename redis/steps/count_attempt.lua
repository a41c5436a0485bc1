-- The attempts of a throttle that are still counted at `now`, and the time at which the oldest began to expire: one
-- expires every `pace` seconds, so that the few mistakes of a large office behind one address do not add up for days.
local function remembered(throttle, now, pace)
    local since = tonumber(throttle.eased_at or now)
    local forgotten = math.max(math.floor((now - since) / pace), 0)
    local attempts = tonumber(throttle.attempts or 0) - forgotten
    if attempts <= 0 then return 0, now end
    return attempts, since + forgotten * pace
end

-- count_attempt: counts one attempt at a secret before the secret is checked, so that simultaneous attempts are all
-- counted. After `free` failures each further one blocks the next for 1, 2, 4 … seconds, at most `longest`.
-- Also works when Redis is out of memory: a client whose secret is checked must be able to revoke and introspect then. A
-- guess takes a hash, or another address, so that the counters grow slowly.
-- `longest`: seconds; `window`: seconds in which `free` attempts expire one by one, and all of them if there is no
--   attempt for so long.
-- Reply: wait: 0 if the attempt may be checked, otherwise the seconds to wait (the attempt must be refused unchecked).
local function count_attempt(keys, args)
    local throttle_key = unpack(keys)
    local now, free, longest, window = unpack(args)
    now, free, longest, window = tonumber(now), tonumber(free), tonumber(longest), tonumber(window)
    local throttle = read(throttle_key) or {}
    local closed_until = tonumber(throttle.closed_until or 0)
    if closed_until > now then return reply({ wait = closed_until - now }) end
    local attempts, eased_at = remembered(throttle, now, math.ceil(window / math.max(free, 1)))
    attempts = attempts + 1
    local wait = 0
    if attempts > free then wait = math.min(2 ^ math.min(attempts - free - 1, 30), longest) end
    -- The record lives at least as long as the wait.
    write(throttle_key, math.max(window, wait), {
        'attempts', string.format('%d', attempts), 'eased_at', string.format('%d', eased_at),
        'closed_until', wait > 0 and string.format('%d', now + wait) or '',
    })
    return reply({ wait = 0 })
end
register('count_attempt', count_attempt, { 'allow-oom' })
