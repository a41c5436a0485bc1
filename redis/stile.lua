#!lua name=stile
--[[
The atomic steps of Stile, as Redis Functions (Redis 7).

Each function below is one step of the protocol that must not be torn apart: it looks, decides and writes while
nothing else runs. Every key of a step carries the same hash tag {grant id}, so each step lies in one slot of a
Redis Cluster. The keys and their fields are described in README.md beside this file.

Secrets never come here: the functions hash them first, and what is compared are SHA-256 digests. Lua interns its
strings, so comparing two of them compares two pointers and takes the same time wherever they differ.

When it is built into the functions, VERSION becomes a digest of this file and is appended to the name of the library
and of every function: old and new functions can run side by side, each calling the library that it was built with.
]]
local VERSION = ''

-- Helpers ----------------------------------------------------------------------------------------------------------

-- The record at `key` as a table of fields, or nil when there is none.
local function read(key)
    local flat = redis.call('HGETALL', key)
    if #flat == 0 then return nil end
    local record = {}
    for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end
    return record
end

-- Writes the pairs in `fields` at `key`, to live for `ttl` seconds. Empty values are left out.
local function write(key, ttl, fields)
    local filled = {}
    for i = 1, #fields, 2 do
        if fields[i + 1] and fields[i + 1] ~= '' then
            filled[#filled + 1] = fields[i]
            filled[#filled + 1] = fields[i + 1]
        end
    end
    redis.call('DEL', key)
    redis.call('HSET', key, unpack(filled))
    redis.call('EXPIRE', key, ttl)
end

-- The end of a key's name: what follows "}", the selector of a token.
local function selector_of(key)
    return string.sub(key, string.find(key, '}', 1, true) + 1)
end

-- Ends a grant. A token counts only while its grant is there, so this one DEL ends all of them; the newest two are
-- deleted besides, so that whoever looks sees them gone. Used codes and refresh tokens stay: they answer replays.
local function revoke(grant_key)
    local grant = read(grant_key)
    if not grant then return 0 end
    local tag = string.sub(grant_key, #'grant:' + 1)
    if grant.access then redis.call('DEL', 'access:' .. tag .. grant.access) end
    if grant.refresh then redis.call('DEL', 'refresh:' .. tag .. grant.refresh) end
    return redis.call('DEL', grant_key)
end

-- Is every word of `wanted` among the words of `granted`? (RFC 6749 §3.3)
local function covers(granted, wanted)
    local words = {}
    for word in string.gmatch(granted or '', '[^ ]+') do words[word] = true end
    for word in string.gmatch(wanted, '[^ ]+') do
        if not words[word] then return false end
    end
    return true
end

-- May tokens be issued from this grant? Not beyond its absolute end, and not for a client that was registered after it:
-- an id that was removed and given away again does not inherit what the first holder was granted.
local function serves(grant, now, registered_at)
    return grant and tonumber(grant.expires_at) > tonumber(now)
        and tonumber(grant.issued_at) >= tonumber(registered_at)
end

-- Writes a new code and the grant that it opens; the grant's absolute end is fixed here for all that follows. `code`:
-- what it is bound to; `grant`: field, value, … of what was granted and who granted it.
local function open_grant(code_key, grant_key, code, grant)
    local granted = {}
    for i = 1, #grant, 2 do granted[grant[i]] = grant[i + 1] end
    write(code_key, code.ttl, {
        'client_id', granted.client_id, 'sub', granted.sub, 'scope', granted.scope, 'issued_at', code.now,
        'redirect_uri', code.redirect_uri, 'redirect_uri_was_sent', code.redirect_uri_was_sent,
        'code_challenge', code.code_challenge, 'secret_sha256', code.secret_sha256,
    })
    local fields = { 'issued_at', code.now, 'expires_at', code.now + code.grant_ttl, 'code', selector_of(code_key) }
    for i = 1, #grant do fields[#fields + 1] = grant[i] end
    write(grant_key, code.ttl, fields)
end

-- What an ID token says besides (OpenID Connect Core §2), of a grant whose scope has openid: those have a `sid`.
-- Nothing of others.
local function identity(grant)
    if not grant.sid then return {} end
    return { grant.sid, grant.amr or '', grant.nonce or '', grant.id_token_claims or '', grant.username or grant.sub,
        grant.own_sub or grant.sub }
end

-- Writes an access token (without a digest when it is a signed one), and a refresh token when `tokens.refresh_sha256`
-- is not empty, and keeps the grant alive as long as the longer of the two. Nothing outlives the grant's absolute end.
-- Returns both lifetimes in seconds.
local function issue(grant_key, grant, access_key, refresh_key, scope, tokens)
    local remaining = grant.expires_at - tokens.now
    local access_ttl = math.min(tokens.access_ttl, remaining)
    local refresh_ttl = math.min(tokens.refresh_ttl, remaining)
    write(access_key, access_ttl, {
        'client_id', grant.client_id, 'sub', grant.sub, 'scope', scope, 'issued_at', tokens.now,
        'secret_sha256', tokens.access_sha256,
    })
    redis.call('HSET', grant_key, 'access', selector_of(access_key))
    local lives = access_ttl
    if tokens.refresh_sha256 ~= '' then
        write(refresh_key, refresh_ttl, {
            'client_id', grant.client_id, 'sub', grant.sub, 'scope', grant.scope, 'issued_at', tokens.now,
            'secret_sha256', tokens.refresh_sha256,
        })
        redis.call('HSET', grant_key, 'refresh', selector_of(refresh_key))
        lives = math.max(access_ttl, refresh_ttl)
    end
    -- Never shorter than before: an older access token may still live.
    lives = math.max(lives, redis.call('TTL', grant_key))
    redis.call('EXPIRE', grant_key, lives)
    return access_ttl, refresh_ttl
end

-- By this server's clock: the one that all callers share.
local function milliseconds_now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Has the caller given up meanwhile? A step that uses something up must not be carried out behind the back of a client
-- that was told to try again: its next try would look like a replay. `deadline`: milliseconds by this server's clock.
local function is_late(deadline)
    return milliseconds_now() > tonumber(deadline)
end
local LATE = { err = 'LATE the caller has stopped waiting; nothing was done' }

-- The steps --------------------------------------------------------------------------------------------------------

-- put: a record with a lifetime (parked requests, sessions, remembered consents), whole or not at all.
-- KEYS: the record. ARGV: lifetime in seconds, then field, value, field, value, …
-- Returns OK.
local function put(keys, args)
    local fields = {}
    for i = 2, #args do fields[#fields + 1] = args[i] end
    write(keys[1], args[1], fields)
    return redis.status_reply('OK')
end

-- remember: a consent, together with what was agreed to before.
-- KEYS: consent. ARGV: lifetime in seconds, now, scope.
-- Returns OK.
local function remember(keys, args)
    local before = redis.call('HGET', keys[1], 'scope') or ''
    local scope = before
    for word in string.gmatch(args[3], '[^ ]+') do
        if not covers(before, word) then scope = scope == '' and word or scope .. ' ' .. word end
    end
    write(keys[1], args[1], { 'scope', scope, 'given_at', args[2] })
    return redis.status_reply('OK')
end

-- add: a record without a lifetime that must not replace another (clients, users).
-- KEYS: the record. ARGV: field, value, field, value, …
-- Returns 1, or 0 when there is one already.
local function add(keys, args)
    if redis.call('EXISTS', keys[1]) == 1 then return 0 end
    redis.call('HSET', keys[1], unpack(args))
    return 1
end

-- change: one field of a record that must exist.
-- KEYS: the record. ARGV: field, value.
-- Returns 1, or 0 when there is no such record.
local function change(keys, args)
    if redis.call('EXISTS', keys[1]) == 0 then return 0 end
    redis.call('HSET', keys[1], args[1], args[2])
    return 1
end

-- update: fields of a record without a lifetime, if it is still as the caller has read it: what was decided by looking at
-- the whole of it must not be written onto another.
-- KEYS: the record. ARGV: how many fields the caller has read, these (field, value, …), and the new ones (field, value, …;
--   '' takes a field away).
-- Returns updated; changed: somebody else did meanwhile; unknown: no such record. Nothing is written but by the first.
local function update(keys, args)
    local record = read(keys[1])
    if not record then return 'unknown' end
    local first_new = 2 + 2 * args[1]
    for i = 2, first_new - 1, 2 do
        if record[args[i]] ~= args[i + 1] then return 'changed' end
        record[args[i]] = nil
    end
    if next(record) then return 'changed' end
    for i = first_new, #args, 2 do
        if args[i + 1] == '' then
            redis.call('HDEL', keys[1], args[i])
        else
            redis.call('HSET', keys[1], args[i], args[i + 1])
        end
    end
    return 'updated'
end

-- restore: many records without a lifetime at once, all of them or none (clients and users of a document). They lie in
-- many slots: not for a Redis Cluster.
-- KEYS: the records. ARGV: 'replace' where they may take the place of others, or '', and then of each record how many
--   fields it has (none: there is to be no such record), and these (field, value, …).
-- Returns those keys that were there already; without 'replace' nothing is written when there is one.
local function restore(keys, args)
    local there = {}
    for _, key in ipairs(keys) do
        if redis.call('EXISTS', key) == 1 then there[#there + 1] = key end
    end
    if #there > 0 and args[1] ~= 'replace' then return there end
    local i = 2
    for _, key in ipairs(keys) do
        local fields, last = {}, i + 2 * args[i]
        for j = i + 1, last do fields[#fields + 1] = args[j] end
        redis.call('DEL', key)
        if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
        i = last + 1
    end
    return there
end

-- issue_code: a code for a request that needs no page (RFC 6749 §4.1.2).
-- KEYS: code, grant. ARGV: now, code_ttl, grant_ttl (seconds), secret_sha256, redirect_uri, redirect_uri_was_sent ('1'
--   or ''), code_challenge ('' for none), then field, value, … of the grant.
-- Returns OK.
local function issue_code(keys, args)
    local grant = {}
    for i = 8, #args do grant[#grant + 1] = args[i] end
    open_grant(keys[1], keys[2], {
        now = args[1], ttl = args[2], grant_ttl = args[3], secret_sha256 = args[4], redirect_uri = args[5],
        redirect_uri_was_sent = args[6], code_challenge = args[7],
    }, grant)
    return redis.status_reply('OK')
end

-- approve_request: the user approves a parked request; its code is issued once (RFC 6749 §4.1.2). All that the code
-- says comes from the parked request itself, nothing from the browser but who the user is.
-- KEYS: request, code, grant. ARGV: now, code_ttl, grant_ttl (seconds), browser's secret_sha256, code's
--   secret_sha256, sub, then field, value, … of the grant, about who approves.
-- Returns approved: this call issued the code; repeated: an earlier one did, and the code has not been used yet (a
--   double click); answered: the request was denied, or its code is used or gone; unknown: no such request.
local function approve_request(keys, args)
    local request = read(keys[1])
    if not request or request.secret_sha256 ~= args[4] then return 'unknown' end
    if request.answer then
        local code = read(keys[2])
        local waiting = request.answer == 'approved' and code and code.sub == args[6] and not code.used_at
            and redis.call('EXISTS', keys[3]) == 1
        return waiting and 'repeated' or 'answered'
    end
    redis.call('HSET', keys[1], 'answer', 'approved')
    local grant = {
        'client_id', request.client_id, 'sub', args[6], 'scope', request.scope or '', 'nonce', request.nonce or '',
        'id_token_claims', request.id_token_claims or '', 'userinfo_claims', request.userinfo_claims or '',
    }
    for i = 7, #args do grant[#grant + 1] = args[i] end
    open_grant(keys[2], keys[3], {
        now = args[1], ttl = args[2], grant_ttl = args[3], secret_sha256 = args[5], redirect_uri = request.redirect_uri,
        redirect_uri_was_sent = request.redirect_uri_was_sent, code_challenge = request.code_challenge,
    }, grant)
    return 'approved'
end

-- deny_request: the user denies a parked request (RFC 6749 §4.1.2.1).
-- KEYS: request. ARGV: browser's secret_sha256.
-- Returns denied (also when it already was), answered: it was approved before; unknown: no such request.
local function deny_request(keys, args)
    local request = read(keys[1])
    if not request or request.secret_sha256 ~= args[1] then return 'unknown' end
    if request.answer == 'approved' then return 'answered' end
    redis.call('HSET', keys[1], 'answer', 'denied')
    return 'denied'
end

-- redeem_code: grant_type=authorization_code (RFC 6749 §4.1.3). Each check refuses alone, and nothing is written
-- unless all pass; replay comes last, so that only whoever could have redeemed the code can cause a revocation.
-- KEYS: code, grant, access, refresh. ARGV: now, code's secret_sha256, client_id, redirect_uri ('' when absent),
--   code_challenge of the verifier ('' when absent), access_ttl, refresh_ttl (seconds), access_sha256,
--   refresh_sha256 ('' for no refresh token), deadline (ms), when the client was registered, '1' when the caller can sign
--   an ID token.
-- Returns {issued, access_ttl, refresh_ttl, scope, sub, auth_time, identity}, or {unknown}: no such code, or its grant
--   has ended; {wrong_client}, {wrong_redirect}, {wrong_verifier}, {unsignable}: an ID token is due; {replayed, ended,
--   sub}: used before, and all that it issued is now revoked (RFC 6749 §4.1.2, RFC 9700 §4.5); ended: 1 when this was
--   what ended the grant.
local function redeem_code(keys, args)
    if is_late(args[10]) then return LATE end
    local code = read(keys[1])
    if not code or code.secret_sha256 ~= args[2] then return { 'unknown' } end
    if code.client_id ~= args[3] then return { 'wrong_client' } end
    -- RFC 6749 §4.1.3: identical when the authorization request had one; when it had none, nothing else than it used.
    local redirect_uri_may_be_absent = not code.redirect_uri_was_sent
    if code.redirect_uri ~= args[4] and not (redirect_uri_may_be_absent and args[4] == '') then
        return { 'wrong_redirect' }
    end
    -- RFC 7636 §4.6; RFC 9700 §4.8.2: a verifier without a challenge is refused like a challenge without a verifier.
    if (code.code_challenge or '') ~= args[5] then return { 'wrong_verifier' } end
    if code.used_at then return { 'replayed', revoke(keys[2]), code.sub } end
    local grant = read(keys[2])
    if not serves(grant, args[1], args[11]) then return { 'unknown' } end
    if grant.sid and args[12] == '' then return { 'unsignable' } end
    redis.call('HSET', keys[1], 'used_at', args[1])
    redis.call('HDEL', keys[2], 'code', 'nonce') -- OpenID Connect Core §12.2: the ID tokens of a refresh have none
    local access_ttl, refresh_ttl = issue(keys[2], grant, keys[3], keys[4], grant.scope, {
        now = args[1], access_ttl = tonumber(args[6]), refresh_ttl = tonumber(args[7]), access_sha256 = args[8],
        refresh_sha256 = args[9],
    })
    return { 'issued', access_ttl, refresh_ttl, grant.scope or '', grant.sub, grant.auth_time or '', identity(grant) }
end

-- rotate_refresh: grant_type=refresh_token (RFC 6749 §6). The presented token is used up and a successor takes its
-- place; presenting it again ends the grant (RFC 9700 §4.14), except within `grace` seconds, when the same request
-- gets the same answer: it lies in the used record, sealed under a key that only the used token's secret gives.
-- KEYS: refresh presented, grant, access new, refresh new. ARGV: now, presented secret_sha256, client_id, scope
--   wanted ('' for the same), access_ttl, refresh_ttl, access_sha256, refresh_sha256, grace (seconds), sealed answer,
--   deadline (ms), when the client was registered, '1' when the caller can sign an ID token.
-- Returns {rotated, access_ttl, refresh_ttl, scope, sub, auth_time, identity}; {repeated, access_ttl, refresh_ttl, scope,
--   sub, auth_time, identity, sealed} within the grace period; {unknown}, {wrong_client}, {wider_scope}, {unsignable}: an
--   ID token is due (nothing is used up);
--   {reused, ended, sub}: used before, and the grant has ended; ended: 1 when this was what ended it.
local function rotate_refresh(keys, args)
    if is_late(args[11]) then return LATE end
    local token = read(keys[1])
    if not token or token.secret_sha256 ~= args[2] then return { 'unknown' } end
    if token.client_id ~= args[3] then return { 'wrong_client' } end
    local grant = read(keys[2])
    if token.used_at then
        -- Measured by one clock: the callers' may differ by more than the few seconds that this is about.
        local in_grace = token.sealed and tonumber(args[9]) > 0 and milliseconds_now() <= tonumber(token.sealed_until)
        if grant and in_grace and (token.sealed_scope or '') == args[4] then
            local tag = string.sub(keys[2], #'grant:' + 1)
            local access_ttl = redis.call('TTL', 'access:' .. tag .. token.next_access)
            local refresh_ttl = redis.call('TTL', 'refresh:' .. tag .. token.next_refresh)
            local scope = args[4] ~= '' and args[4] or token.scope or ''
            return { 'repeated', math.max(access_ttl, 0), math.max(refresh_ttl, 0), scope, token.sub,
                grant.auth_time or '', identity(grant), token.sealed }
        end
        return { 'reused', revoke(keys[2]), token.sub }
    end
    if not serves(grant, args[1], args[12]) then return { 'unknown' } end
    if not covers(token.scope, args[4]) then return { 'wider_scope' } end
    if grant.sid and args[13] == '' then return { 'unsignable' } end
    redis.call('HSET', keys[1], 'used_at', args[1])
    if tonumber(args[9]) > 0 then
        redis.call('HSET', keys[1], 'sealed', args[10], 'sealed_scope', args[4],
            'sealed_until', string.format('%d', milliseconds_now() + args[9] * 1000),
            'next_access', selector_of(keys[3]), 'next_refresh', selector_of(keys[4]))
    end
    local scope = args[4] ~= '' and args[4] or grant.scope or ''
    local access_ttl, refresh_ttl = issue(keys[2], grant, keys[3], keys[4], scope, {
        now = args[1], access_ttl = tonumber(args[5]), refresh_ttl = tonumber(args[6]), access_sha256 = args[7],
        refresh_sha256 = args[8],
    })
    return { 'rotated', access_ttl, refresh_ttl, scope, grant.sub, grant.auth_time or '', identity(grant) }
end

-- issue_for_client: grant_type=client_credentials (RFC 6749 §4.4): a grant of the client to itself, with one access
-- token.
-- KEYS: grant, access. ARGV: now, access_ttl (seconds), access_sha256, client_id, scope.
-- Returns OK.
local function issue_for_client(keys, args)
    local access_ttl = tonumber(args[2])
    write(keys[1], access_ttl, {
        'client_id', args[4], 'scope', args[5], 'issued_at', args[1], 'expires_at', args[1] + access_ttl,
        'access', selector_of(keys[2]),
    })
    write(keys[2], access_ttl, {
        'client_id', args[4], 'scope', args[5], 'issued_at', args[1], 'secret_sha256', args[3],
    })
    return redis.status_reply('OK')
end

-- issue_for_user: grant_type=password (RFC 6749 §4.3): a grant without a code before it.
-- KEYS: grant, access, refresh. ARGV: now, access_ttl, refresh_ttl, grant_ttl (seconds), access_sha256, refresh_sha256
--   ('' for no refresh token), then field, value, … of the grant.
-- Returns {access_ttl, refresh_ttl}.
local function issue_for_user(keys, args)
    local grant = { expires_at = args[1] + args[4] }
    local fields = { 'issued_at', args[1], 'expires_at', grant.expires_at }
    for i = 7, #args, 2 do
        grant[args[i]] = args[i + 1]
        fields[#fields + 1] = args[i]
        fields[#fields + 1] = args[i + 1]
    end
    write(keys[1], args[2], fields)
    local access_ttl, refresh_ttl = issue(keys[1], grant, keys[2], keys[3], grant.scope, {
        now = args[1], access_ttl = tonumber(args[2]), refresh_ttl = tonumber(args[3]), access_sha256 = args[5],
        refresh_sha256 = args[6],
    })
    return { access_ttl, refresh_ttl }
end

-- inspect: what a live access or refresh token stands for (RFC 7662 §2.2).
-- KEYS: access or refresh, grant. ARGV: secret_sha256 ('' for a signed access token: its signature has proved it, and
--   its record has no digest; every other record has one, so '' never opens it).
-- Returns {client_id, sub, username, scope, issued_at, expires_at, auth_time, userinfo_claims, own_sub}, '' for what
--   there is not; or nothing at all when the token is unknown, expired, used, or its grant has ended.
local function inspect(keys, args)
    local token = read(keys[1])
    if not token or (token.secret_sha256 or '') ~= args[1] or token.used_at then return {} end
    local grant = read(keys[2])
    if not grant then return {} end
    return { token.client_id, token.sub or '', grant.username or token.sub or '', token.scope or '', token.issued_at,
        string.format('%d', math.floor(redis.call('PEXPIRETIME', keys[1]) / 1000)), grant.auth_time or '',
        grant.userinfo_claims or '', grant.own_sub or token.sub or '' }
end

-- revoke_token: the client gives a token back (RFC 7009 §2.1). A refresh token, used or not, takes its grant with it;
-- an access token goes alone.
-- KEYS: access or refresh, grant. ARGV: secret_sha256 ('' for a signed access token), client_id, 'refresh' or
--   'access'.
-- Returns {revoked, sub}; {unknown}: there is no such token, or the refresh token's grant has ended already, which is
--   just as well; {wrong_client}: it is another client's, and stays.
local function revoke_token(keys, args)
    local token = read(keys[1])
    if not token or (token.secret_sha256 or '') ~= args[1] then return { 'unknown' } end
    if token.client_id ~= args[2] then return { 'wrong_client' } end
    local revoked = args[3] == 'refresh' and revoke(keys[2]) or redis.call('DEL', keys[1])
    return revoked == 1 and { 'revoked', token.sub or '' } or { 'unknown' }
end

-- revoke_grant: ends a grant with all its tokens.
-- KEYS: grant. ARGV: none.
-- Returns 1, or 0 when there was none.
local function revoke_grant(keys)
    return revoke(keys[1])
end

-- take_notice: the next logout token that is due, to be delivered (OpenID Connect Back-Channel Logout §2.5). It becomes
-- due again when its taker must have an answer, so that one whose taker dies is delivered by another; whoever has
-- delivered it, or gives up, takes it out (ZREM), and whoever has not says when it is to be tried again (ZADD XX).
-- KEYS: logout_notices (a sorted set of notices by when they are due). ARGV: now, when it becomes due again (ms).
-- Returns {notice, attempt, the notice as it lies there now}; or {when the next one is due (ms)}; or nothing at all.
local function take_notice(keys, args)
    local first = redis.call('ZRANGE', keys[1], 0, 0, 'WITHSCORES')
    if #first == 0 then return {} end
    if tonumber(first[2]) > tonumber(args[1]) then return { string.format('%d', tonumber(first[2])) } end
    local attempt, notice = string.match(first[1], '^(%d+) (.*)$')
    if not attempt then -- written by hand
        redis.call('ZREM', keys[1], first[1])
        return take_notice(keys, args)
    end
    local again = string.format('%d %s', attempt + 1, notice)
    redis.call('ZADD', keys[1], args[2], again) -- first: a set without members loses its time to live
    redis.call('ZREM', keys[1], first[1])
    return { notice, tonumber(attempt), again }
end

-- How many of a throttle's attempts still count at `now`, and since when the next one to be forgotten is remembered: one
-- is forgotten every `pace` seconds, so that the few mistakes of a large office behind one address do not add up for
-- days.
local function remembered(throttle, now, pace)
    local since = tonumber(throttle.eased_at or now)
    local forgotten = math.max(math.floor((now - since) / pace), 0)
    local attempts = tonumber(throttle.attempts or 0) - forgotten
    if attempts <= 0 then return 0, now end
    return attempts, since + forgotten * pace
end

-- count_attempt: counts one attempt to guess a secret, before it is checked, so that many at the same instant cannot
-- slip past. After `free` failures each further one closes the door for 1, 2, 4 … seconds, at most `longest`.
-- KEYS: throttle. ARGV: now, free, longest (seconds), window (seconds: `free` attempts are forgotten in it one by one,
--   and all of them when nothing is attempted for so long).
-- Returns 0 when the attempt may be checked, else the seconds to wait (and the attempt must be refused unchecked).
local function count_attempt(keys, args)
    local now, free, longest, window = tonumber(args[1]), tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
    local throttle = read(keys[1]) or {}
    local closed_until = tonumber(throttle.closed_until or 0)
    if closed_until > now then return closed_until - now end
    local attempts, eased_at = remembered(throttle, now, math.ceil(window / math.max(free, 1)))
    attempts = attempts + 1
    local wait = 0
    if attempts > free then wait = math.min(2 ^ math.min(attempts - free - 1, 30), longest) end
    -- A wait is waited to its end.
    write(keys[1], math.max(window, wait), {
        'attempts', string.format('%d', attempts), 'eased_at', string.format('%d', eased_at),
        'closed_until', wait > 0 and string.format('%d', now + wait) or '',
    })
    return 0
end

-- forgive_attempt: takes one attempt back because it succeeded.
-- KEYS: throttle. ARGV: none.
-- Returns OK.
local function forgive_attempt(keys)
    local attempts = tonumber(redis.call('HGET', keys[1], 'attempts') or 0)
    if attempts > 1 then
        redis.call('HINCRBY', keys[1], 'attempts', -1)
        redis.call('HDEL', keys[1], 'closed_until')
    else
        redis.call('DEL', keys[1])
    end
    return redis.status_reply('OK')
end

redis.register_function('put' .. VERSION, put)
redis.register_function('remember' .. VERSION, remember)
redis.register_function('add' .. VERSION, add)
redis.register_function('change' .. VERSION, change)
redis.register_function('update' .. VERSION, update)
redis.register_function('restore' .. VERSION, restore)
redis.register_function('issue_code' .. VERSION, issue_code)
redis.register_function('approve_request' .. VERSION, approve_request)
redis.register_function('deny_request' .. VERSION, deny_request)
redis.register_function('redeem_code' .. VERSION, redeem_code)
redis.register_function('rotate_refresh' .. VERSION, rotate_refresh)
redis.register_function('issue_for_client' .. VERSION, issue_for_client)
redis.register_function('issue_for_user' .. VERSION, issue_for_user)
-- What only looks, or makes room, is carried out by a Redis that is out of memory, too.
redis.register_function({ function_name = 'inspect' .. VERSION, callback = inspect, flags = { 'no-writes' } })
redis.register_function({ function_name = 'revoke_token' .. VERSION, callback = revoke_token, flags = { 'allow-oom' } })
redis.register_function({ function_name = 'revoke_grant' .. VERSION, callback = revoke_grant, flags = { 'allow-oom' } })
redis.register_function('take_notice' .. VERSION, take_notice)
redis.register_function('count_attempt' .. VERSION, count_attempt)
redis.register_function('forgive_attempt' .. VERSION, forgive_attempt)
