-- issue_code: a code for a request that needs no page (RFC 6749 §4.1.2).
-- `code_ttl`, `grant_ttl`: seconds; `redirect_uri_was_sent`: '1' or ''; `code_challenge`: '' for none; then field, value, …
--   of the grant.
-- Outcome: issued.
local function issue_code(keys, args)
    local code_key, grant_key = unpack(keys)
    local now, code_ttl, grant_ttl, code_sha256, redirect_uri, redirect_uri_was_sent, code_challenge = unpack(args)
    local grant = fields_after(args, 7)
    open_grant(code_key, grant_key, {
        now = now, ttl = code_ttl, grant_ttl = grant_ttl, secret_sha256 = code_sha256, redirect_uri = redirect_uri,
        redirect_uri_was_sent = redirect_uri_was_sent, code_challenge = code_challenge,
    }, grant)
    return outcome('issued')
end
register('issue_code', issue_code)
