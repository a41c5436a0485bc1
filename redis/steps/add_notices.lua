-- add_notices: queues logout notices, to be delivered at once (OpenID Connect Back-Channel Logout §2.5). Also works when
-- Redis is out of memory: they are of sessions that have just ended, which needed more.
-- Keys: logout_notices, a sorted set of notices by due time. `now`: milliseconds; `ttl`: seconds after which Redis forgets
--   what is undelivered; then the notices.
-- Outcome: added.
local function add_notices(keys, args)
    local notices_key = unpack(keys)
    local now, ttl = unpack(args)
    local notices = fields_after(args, 2)
    for i = 1, #notices do redis.call('ZADD', notices_key, now, notices[i]) end
    redis.call('EXPIRE', notices_key, ttl)
    return outcome('added')
end
register('add_notices', add_notices, { 'allow-oom' })
