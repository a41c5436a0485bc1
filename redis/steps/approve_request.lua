-- approve_request: the user approves a parked request; its code is issued once (RFC 6749 §4.1.2). The values of the
-- code come from the parked request; the browser contributes only the user.
-- `code_ttl`, `grant_ttl`: seconds; `browser_sha256`: of the secret in the request's cookie; then field, value, … of the
--   grant, about the user who approves.
-- Outcome: approved: this call issued the code; repeated: an earlier one did, and the code has not been used yet (a
--   double click); answered: the request was denied, or its code is used or gone; unknown: no such request.
local function approve_request(keys, args)
    local request_key, code_key, grant_key = unpack(keys)
    local now, code_ttl, grant_ttl, browser_sha256, code_sha256, sub = unpack(args)
    local owner = fields_after(args, 6)
    local request = read(request_key)
    if not request or request.secret_sha256 ~= browser_sha256 then return outcome('unknown') end
    if request.answer then
        local code = read(code_key)
        local waits = request.answer == 'approved' and code and code.sub == sub and not code.used_at
            and redis.call('EXISTS', grant_key) == 1
        return outcome(waits and 'repeated' or 'answered')
    end
    redis.call('HSET', request_key, 'answer', 'approved')
    local grant = {
        'client_id', request.client_id, 'sub', sub, 'scope', request.scope or '', 'nonce', request.nonce or '',
        'id_token_claims', request.id_token_claims or '', 'userinfo_claims', request.userinfo_claims or '',
    }
    for i = 1, #owner do grant[#grant + 1] = owner[i] end
    open_grant(code_key, grant_key, {
        now = now, ttl = code_ttl, grant_ttl = grant_ttl, secret_sha256 = code_sha256,
        redirect_uri = request.redirect_uri, redirect_uri_was_sent = request.redirect_uri_was_sent,
        code_challenge = request.code_challenge,
    }, grant)
    return outcome('approved')
end
register('approve_request', approve_request)
