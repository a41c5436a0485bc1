-- take_notice: takes the next due logout notice, to be delivered (OpenID Connect Back-Channel Logout §2.5). It becomes
-- due again at the end of its lease, so that another process delivers the notices of a process that died. A process
-- that has delivered it, or gives up, removes it (ZREM); otherwise the process sets the time of the next attempt
-- (postpone_notice). Also works when Redis is out of memory.
-- Keys: logout_notices, a sorted set of notices by due time. `now`, `lease_end`: milliseconds.
-- Reply: notice, attempt (1 is the first) and entry (the notice as the set has it now); or only due_at, when
--   the next one is due (milliseconds); or nothing at all.
local function take_notice(keys, args)
    local notices_key = unpack(keys)
    local now, lease_end = unpack(args)
    local first = redis.call('ZRANGE', notices_key, 0, 0, 'WITHSCORES')
    if #first == 0 then return {} end
    if tonumber(first[2]) > tonumber(now) then return reply({ due_at = tonumber(first[2]) }) end
    local attempt, notice = string.match(first[1], '^(%d+) (.*)$')
    if not attempt then -- malformed: written by hand
        redis.call('ZREM', notices_key, first[1])
        return take_notice(keys, args)
    end
    local entry = string.format('%d %s', attempt + 1, notice)
    redis.call('ZADD', notices_key, lease_end, entry) -- first: a sorted set without members loses its time to live
    redis.call('ZREM', notices_key, first[1])
    return reply({ notice = notice, attempt = attempt, entry = entry })
end
register('take_notice', take_notice, { 'allow-oom' })
