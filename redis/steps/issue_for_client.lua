-- issue_for_client: grant_type=client_credentials (RFC 6749 §4.4): a grant of the client to itself, with one access token.
-- `access_ttl`: seconds; `access_alg`, `access_aud`: of a signed access token.
-- Outcome: issued.
local function issue_for_client(keys, args)
    local grant_key, access_key = unpack(keys)
    local now, access_ttl, access_sha256, access_alg, access_aud, client_id, scope = unpack(args)
    write(grant_key, access_ttl, {
        'client_id', client_id, 'scope', scope, 'issued_at', now, 'expires_at', now + access_ttl,
        'access', selector_of(access_key),
    })
    write(access_key, access_ttl, {
        'client_id', client_id, 'scope', scope, 'issued_at', now, 'secret_sha256', access_sha256,
        'alg', access_alg, 'aud', access_aud,
    })
    return outcome('issued')
end
register('issue_for_client', issue_for_client)
