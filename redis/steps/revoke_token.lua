-- revoke_token: revokes a token at the client's request (RFC 7009 §2.1). A refresh token, used or not, ends its grant;
-- an access token ends only itself. Also works when Redis is out of memory.
-- Keys: the token, its grant. `token_sha256`: '' for a signed access token; `kind`: access or refresh.
-- Outcome: revoked, with `sub`; unknown: there is no such token, or the refresh token's grant has ended already;
--   wrong_client: the token belongs to another client and stays.
local function revoke_token(keys, args)
    local token_key, grant_key = unpack(keys)
    local token_sha256, client_id, kind = unpack(args)
    local token = read(token_key)
    if not token or (token.secret_sha256 or '') ~= token_sha256 then return outcome('unknown') end
    if token.client_id ~= client_id then return outcome('wrong_client') end
    local revoked = kind == 'refresh' and revoke(grant_key) or redis.call('DEL', token_key)
    if revoked ~= 1 then return outcome('unknown') end
    return reply({ outcome = 'revoked', sub = token.sub })
end
register('revoke_token', revoke_token, { 'allow-oom' })
