-- redeem_code: grant_type=authorization_code (RFC 6749 §4.1.3). Nothing is written unless all checks pass. Replay comes
-- last, so that only a caller who could have redeemed the code can cause a revocation.
-- `redirect_uri`: '' when the request has none; `code_challenge`: of its code_verifier, '' when it has none; `access_ttl`,
--   `refresh_ttl`: seconds; `access_alg`, `access_aud`: of a signed access token; `refresh_sha256`: '' for no refresh
--   token; `deadline`: milliseconds; `registered_at`: when the client was registered; `can_sign`: '1' when the caller can
--   sign an ID token.
-- Outcome: issued; unknown: no such code, or its grant has ended; wrong_client; wrong_redirect; wrong_verifier;
--   unsignable: an ID token is due; replayed: used before, and all that it issued is now revoked (RFC 6749 §4.1.2, RFC
--   9700 §4.5).
local function redeem_code(keys, args)
    local code_key, grant_key, access_key, refresh_key = unpack(keys)
    local now, code_sha256, client_id, redirect_uri, code_challenge, access_ttl, refresh_ttl, access_sha256,
        access_alg, access_aud, refresh_sha256, deadline, registered_at, can_sign = unpack(args)
    if is_late(deadline) then return LATE end
    local code = read(code_key)
    if not code or code.secret_sha256 ~= code_sha256 then return outcome('unknown') end
    if code.client_id ~= client_id then return outcome('wrong_client') end
    -- RFC 6749 §4.1.3: identical if the authorization request had one; if it had none, the one that it used or none.
    local may_be_absent = not code.redirect_uri_was_sent
    if code.redirect_uri ~= redirect_uri and not (may_be_absent and redirect_uri == '') then
        return outcome('wrong_redirect')
    end
    -- RFC 7636 §4.6; RFC 9700 §4.8.2: a verifier without a challenge is refused like a challenge without a verifier.
    if (code.code_challenge or '') ~= code_challenge then return outcome('wrong_verifier') end
    if code.used_at then return replayed('replayed', code, revoke(grant_key)) end
    local grant = read(grant_key)
    if not may_issue(grant, now, registered_at) then return outcome('unknown') end
    if grant.sid and can_sign ~= '1' then return outcome('unsignable') end
    redis.call('HSET', code_key, 'used_at', now)
    redis.call('HDEL', grant_key, 'code', 'nonce') -- OpenID Connect Core §12.2: the ID tokens of a refresh have none
    access_ttl, refresh_ttl = issue(grant_key, grant, access_key, refresh_key, grant.scope, {
        now = now, access_ttl = tonumber(access_ttl), refresh_ttl = tonumber(refresh_ttl),
        access_sha256 = access_sha256, access_alg = access_alg, access_aud = access_aud,
        refresh_sha256 = refresh_sha256,
    })
    return issued('issued', grant, grant.scope, access_ttl, refresh_ttl)
end
register('redeem_code', redeem_code)
