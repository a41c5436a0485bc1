-- rotate_refresh: grant_type=refresh_token (RFC 6749 §6). The presented token is used up and a successor takes its
-- place. Presenting it again ends the grant (RFC 9700 §4.14), except within `grace` seconds and until the successor is
-- used: then the same request gets the same answer, which the used record keeps, sealed under a key that only the used
-- token's secret gives. Who has used the successor has received the answer, and who asks for it again is another. That an
-- access token was used is not seen here: the steps that check one write nothing.
-- Keys: the token presented, its grant, the new access and refresh tokens.
-- `scope`: as requested, '' for the same as before; `access_ttl`, `refresh_ttl`, `grace`: seconds; `access_alg`,
--   `access_aud`: of a signed access token; `sealed`: the answer;
--   `deadline`: milliseconds; `registered_at`: when the client was registered; `can_sign`: '1' when the caller can sign an
--   ID token.
-- Outcome: rotated; repeated, with `sealed`: within the grace period, the successor unused; unknown; wrong_client; wider_scope; unsignable: an
--   ID token is due (nothing is used up); reused: used before, and the grant has ended.
local function rotate_refresh(keys, args)
    local token_key, grant_key, access_key, refresh_key = unpack(keys)
    local now, token_sha256, client_id, scope, access_ttl, refresh_ttl, access_sha256, access_alg,
        access_aud, refresh_sha256, grace, sealed, deadline, registered_at, can_sign = unpack(args)
    if is_late(deadline) then return LATE end
    local token = read(token_key)
    if not token or token.secret_sha256 ~= token_sha256 then return outcome('unknown') end
    if token.client_id ~= client_id then return outcome('wrong_client') end
    local grant = read(grant_key)
    if token.used_at then
        -- By one clock: those of the callers may differ by more than the grace period.
        local is_in_grace = token.sealed and tonumber(grace) > 0 and milliseconds_now() <= tonumber(token.sealed_until)
        local tag = tag_of(grant_key)
        local successor = is_in_grace and read('refresh:' .. tag .. token.next_refresh)
        if grant and successor and not successor.used_at and (token.sealed_scope or '') == scope then
            return issued('repeated', grant, scope ~= '' and scope or token.scope,
                math.max(redis.call('TTL', 'access:' .. tag .. token.next_access), 0),
                math.max(redis.call('TTL', 'refresh:' .. tag .. token.next_refresh), 0), token.sealed)
        end
        return replayed('reused', token, revoke(grant_key))
    end
    if not may_issue(grant, now, registered_at) then return outcome('unknown') end
    if not covers(token.scope, scope) then return outcome('wider_scope') end
    if grant.sid and can_sign ~= '1' then return outcome('unsignable') end
    redis.call('HSET', token_key, 'used_at', now)
    if tonumber(grace) > 0 then
        redis.call('HSET', token_key, 'sealed', sealed, 'sealed_scope', scope,
            'sealed_until', string.format('%d', milliseconds_now() + grace * 1000),
            'next_access', selector_of(access_key), 'next_refresh', selector_of(refresh_key))
    end
    local granted = scope ~= '' and scope or grant.scope
    access_ttl, refresh_ttl = issue(grant_key, grant, access_key, refresh_key, granted, {
        now = now, access_ttl = tonumber(access_ttl), refresh_ttl = tonumber(refresh_ttl),
        access_sha256 = access_sha256, access_alg = access_alg, access_aud = access_aud,
        refresh_sha256 = refresh_sha256,
    })
    return issued('rotated', grant, granted, access_ttl, refresh_ttl)
end
register('rotate_refresh', rotate_refresh)
