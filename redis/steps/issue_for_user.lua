-- issue_for_user: grant_type=password (RFC 6749 §4.3): a grant without a code.
-- `access_ttl`, `refresh_ttl`, `grant_ttl`: seconds; `access_alg`, `access_aud`: of a signed access token;
--   `refresh_sha256`: '' for no refresh token; then field, value, … of the grant.
-- Outcome: issued.
local function issue_for_user(keys, args)
    local grant_key, access_key, refresh_key = unpack(keys)
    local now, access_ttl, refresh_ttl, grant_ttl, access_sha256, access_alg, access_aud, refresh_sha256 = unpack(args)
    local granted = fields_after(args, 8)
    local grant = { expires_at = now + grant_ttl }
    local fields = { 'issued_at', now, 'expires_at', grant.expires_at }
    for i = 1, #granted, 2 do
        grant[granted[i]] = granted[i + 1]
        fields[#fields + 1] = granted[i]
        fields[#fields + 1] = granted[i + 1]
    end
    write(grant_key, access_ttl, fields)
    access_ttl, refresh_ttl = issue(grant_key, grant, access_key, refresh_key, grant.scope, {
        now = now, access_ttl = tonumber(access_ttl), refresh_ttl = tonumber(refresh_ttl),
        access_sha256 = access_sha256, access_alg = access_alg, access_aud = access_aud,
        refresh_sha256 = refresh_sha256,
    })
    return reply({ outcome = 'issued', access_ttl = access_ttl, refresh_ttl = refresh_ttl })
end
register('issue_for_user', issue_for_user)
