-- postpone_notice: sets when a taken notice is due again, unless another process has delivered it after the lease. Also
-- works when Redis is out of memory.
-- Keys: logout_notices. `due_at`: milliseconds; `entry`: as take_notice gave it; `next_entry`: what replaces it, the same
--   or with another number of attempts.
-- Outcome: postponed.
local function postpone_notice(keys, args)
    local notices_key = unpack(keys)
    local due_at, entry, next_entry = unpack(args)
    if next_entry == entry then
        redis.call('ZADD', notices_key, 'XX', due_at, entry)
    else
        redis.call('ZADD', notices_key, due_at, next_entry) -- first: a sorted set without members loses its time to live
        redis.call('ZREM', notices_key, entry)
    end
    return outcome('postponed')
end
register('postpone_notice', postpone_notice, { 'allow-oom' })
