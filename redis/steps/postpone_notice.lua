-- postpone_notice: sets when a taken notice is due again, unless another process has delivered it after the lease. Also
-- works when Redis is out of memory.
-- Keys: logout_notices. `due_at`: milliseconds; `entry`: as take_notice gave it.
-- Outcome: postponed.
local function postpone_notice(keys, args)
    local notices_key = unpack(keys)
    local due_at, entry = unpack(args)
    redis.call('ZADD', notices_key, 'XX', due_at, entry)
    return outcome('postponed')
end
register('postpone_notice', postpone_notice, { 'allow-oom' })
