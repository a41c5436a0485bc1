-- take_notice: takes the next due logout notice, to be delivered (OpenID Connect Back-Channel Logout §2.5). It becomes
-- due again at the end of its lease, so that another process delivers the notices of a process that died. A process
-- that has delivered it, or gives up, removes it (ZREM); otherwise the process sets the time of the next attempt
-- (postpone_notice). Also works when Redis is out of memory.
-- Keys: logout_notices, a sorted set of notices by due time. `now`, `lease_end`: milliseconds. `busy_clients`: ids, each
--   between spaces, of clients that have enough deliveries under way; their notices are passed over. It looks at the
--   first 10,000 due ones: a longer look would hold up Redis.
-- Reply: notice, attempt (1 is the first) and entry (the notice as the set has it now); or only due_at, when
--   the next one is due (milliseconds; now, if all that are due are passed over); or nothing at all.
local function take_notice(keys, args)
    local notices_key = unpack(keys)
    local now, lease_end, busy_clients = unpack(args)
    local first = redis.call('ZRANGE', notices_key, 0, 0, 'WITHSCORES')
    if #first == 0 then return {} end
    if tonumber(first[2]) > tonumber(now) then return reply({ due_at = tonumber(first[2]) }) end
    for offset = 0, 9000, 1000 do
        local count = busy_clients == '' and 1 or 1000
        local due = redis.call('ZRANGE', notices_key, '-inf', now, 'BYSCORE', 'LIMIT', offset, count)
        for _, due_entry in ipairs(due) do
            local attempt, notice, client_id = string.match(due_entry, '^(%d+) ([^ ]* ([^ ]*).*)$')
            if not attempt then -- malformed: written by hand
                redis.call('ZREM', notices_key, due_entry)
                return take_notice(keys, args)
            end
            if not string.find(busy_clients, ' ' .. client_id .. ' ', 1, true) then
                local entry = string.format('%d %s', attempt + 1, notice)
                redis.call('ZADD', notices_key, lease_end, entry) -- first: a sorted set without members loses its time to live
                redis.call('ZREM', notices_key, due_entry)
                return reply({ notice = notice, attempt = attempt, entry = entry })
            end
        end
        if #due < count then break end
    end
    return reply({ due_at = tonumber(now) })
end
register('take_notice', take_notice, { 'allow-oom' })
