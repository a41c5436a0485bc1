-- save_consent: adds the scope to a user's remembered consent.
-- `ttl`: seconds.
local function save_consent(keys, args)
    local consent_key = unpack(keys)
    local ttl, now, scope = unpack(args)
    local before = redis.call('HGET', consent_key, 'scope') or ''
    local all = before
    for word in string.gmatch(scope, '[^ ]+') do
        if not covers(before, word) then all = all == '' and word or all .. ' ' .. word end
    end
    write(consent_key, ttl, { 'scope', all, 'given_at', now })
    return outcome('saved')
end
register('save_consent', save_consent)
