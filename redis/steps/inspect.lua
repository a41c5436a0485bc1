-- inspect: the data of a valid access or refresh token (RFC 7662 §2.2).
-- Keys: the token, its grant. `token_sha256`: '' for a signed access token: its signature has proved it, and its record has
--   no digest; every other record has one, so '' never opens it.
-- Reply: with `alg` and `aud` of a signed access token, unless an older version issued it; without any
--   field if the token is unknown, expired or used, or its grant has ended.
local function inspect(keys, args)
    local token_key, grant_key = unpack(keys)
    local token_sha256 = unpack(args)
    local token = read(token_key)
    if not token or (token.secret_sha256 or '') ~= token_sha256 or token.used_at then return {} end
    local grant = read(grant_key)
    if not grant then return {} end
    return reply({
        client_id = token.client_id, sub = token.sub, username = grant.username or token.sub, scope = token.scope,
        issued_at = token.issued_at, expires_at = math.floor(redis.call('PEXPIRETIME', token_key) / 1000),
        auth_time = grant.auth_time, userinfo_claims = grant.userinfo_claims, own_sub = grant.own_sub or token.sub,
        alg = token.alg, aud = token.aud,
    })
end
register('inspect', inspect, { 'no-writes' })
