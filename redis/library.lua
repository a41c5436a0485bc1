#!lua name=stile
--[[
The atomic steps of Stile, as Redis Functions (Redis 7).

This file has the functions that the steps share. Each step has a file in steps/: one decision of the protocol that
reads, decides and writes atomically. All keys of a step have the same hash tag, the grant's id in braces, so each step
needs only one slot of a Redis Cluster. README.md beside this file describes the keys and their fields.

`make` joins these files (library.awk) and builds them into the programs. A step names its keys and arguments in the
first lines of its body; C++ calls it by these names (shared/store/step.h) and gets named fields back.

Steps receive no secrets: the callers send SHA-256 digests. Lua interns its strings, so a comparison of two of them
compares two pointers and takes the same time wherever they differ.

In the built-in library VERSION is a digest of these files and the suffix of the name of the library and of each
function: old and new functions run side by side, and each calls the library that it was built with.
]]
local VERSION = ''

local function register(name, callback, flags)
    redis.register_function({ function_name = name .. VERSION, callback = callback, flags = flags or {} })
end

-- Replies ----------------------------------------------------------------------------------------------------------

-- A reply of named fields, sent as field, value, …; a field without a value is left out.
local function reply(fields)
    local flat = {}
    for field, value in pairs(fields) do
        flat[#flat + 1] = field
        flat[#flat + 1] = type(value) == 'number' and string.format('%d', value) or value
    end
    return flat
end

-- A reply with only an outcome.
local function outcome(word)
    return { 'outcome', word }
end

-- Records ----------------------------------------------------------------------------------------------------------

-- The arguments after the first `count`, which have names: field, value, field, value, …
local function fields_after(args, count)
    local fields = {}
    for i = count + 1, #args do fields[#fields + 1] = args[i] end
    return fields
end

-- The record at `key` as a table of fields, or nil if there is none.
local function read(key)
    local flat = redis.call('HGETALL', key)
    if #flat == 0 then return nil end
    local record = {}
    for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end
    return record
end

-- Makes the pairs in `fields` (field, value, …) the whole record at `key`, with a lifetime of `ttl` seconds. Empty
-- values are left out. Records of a family share at least one field that is never empty. The record is not deleted and
-- rewritten: while its slot moves to another node of a Redis Cluster, a key that has just been deleted belongs to the
-- other node, the following write is refused, and Redis does not undo the deletion.
local function write(key, ttl, fields)
    local filled, is_filled = {}, {}
    for i = 1, #fields, 2 do
        local field, value = fields[i], fields[i + 1]
        if value and value ~= '' then
            filled[#filled + 1] = field
            filled[#filled + 1] = value
            is_filled[field] = true
        end
    end
    if redis.call('HSET', key, unpack(filled)) < #filled / 2 then -- the record existed: remove its other fields
        for field in pairs(read(key)) do
            if not is_filled[field] then redis.call('HDEL', key, field) end
        end
    end
    redis.call('EXPIRE', key, ttl)
end

-- Time -------------------------------------------------------------------------------------------------------------

-- Milliseconds of the clock of Redis, which all callers share.
local function milliseconds_now()
    local time = redis.call('TIME')
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Has the caller stopped waiting? A step that uses something up must not run after its client was told to try again:
-- the next attempt would look like a replay. `deadline`: milliseconds of the clock of Redis.
local function is_late(deadline)
    return milliseconds_now() > tonumber(deadline)
end
local LATE = { err = 'LATE the caller has stopped waiting; nothing was done' }

-- Scopes -----------------------------------------------------------------------------------------------------------

-- Is every word of `wanted` among the words of `granted`? (RFC 6749 §3.3)
local function covers(granted, wanted)
    local words = {}
    for word in string.gmatch(granted or '', '[^ ]+') do words[word] = true end
    for word in string.gmatch(wanted, '[^ ]+') do
        if not words[word] then return false end
    end
    return true
end

-- Subjects ---------------------------------------------------------------------------------------------------------

-- subject:<sub> says whose a sub is or was: it is never given to another user (OpenID Connect Core §2). A user is known
-- by the name and the time of registration, so that a later user of the same name is another one.
local function owns(subject, name, created_at)
    return subject and subject.user == name and subject.created_at == (created_at or '0') and not subject.ended_at
end

local function take_subject(subject_key, name, created_at)
    redis.call('HSET', subject_key, 'user', name, 'created_at', created_at or '0')
    redis.call('HDEL', subject_key, 'ended_at')
end

-- The sub of a user's record; one without a sub has the name as sub.
local function sub_of(user, name)
    return user.sub or name
end

-- Grants -----------------------------------------------------------------------------------------------------------

-- The selector of a token: the part of its key after "}".
local function selector_of(key)
    return string.sub(key, string.find(key, '}', 1, true) + 1)
end

-- The part of a grant's key that is also in the keys of its tokens: "{grant id}".
local function tag_of(grant_key)
    return string.sub(grant_key, #'grant:' + 1)
end

-- Ends a grant; returns 1, or 0 if it did not exist. A token is valid only while its grant exists, so this DEL ends all
-- of them. The newest two are also deleted, so that readers of Redis do not see them: by pcall, because no step
-- declares their keys, and while the slot moves to another node Redis refuses them if a token has expired. Used codes
-- and refresh tokens stay, to detect replays.
local function revoke(grant_key)
    local grant = read(grant_key)
    if not grant then return 0 end
    local ended = redis.call('DEL', grant_key)
    if grant.access then redis.pcall('DEL', 'access:' .. tag_of(grant_key) .. grant.access) end
    if grant.refresh then redis.pcall('DEL', 'refresh:' .. tag_of(grant_key) .. grant.refresh) end
    return ended
end

-- May tokens be issued from this grant? Not after its absolute end, and not to a client that was registered later: a
-- client id that was removed and registered again does not get the earlier client's grants.
local function may_issue(grant, now, registered_at)
    return grant and tonumber(grant.expires_at) > tonumber(now)
        and tonumber(grant.issued_at) >= tonumber(registered_at)
end

-- Writes a new code and its grant, with the absolute end of the grant. `code`: the values to which the code is bound;
-- `grant`: field, value, … about the scope and the user.
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

-- Writes an access token (a signed one has its alg and aud in place of a digest) and, unless `tokens.refresh_sha256` is
-- empty, a refresh token, and keeps the grant as long as the longer of the two. Nothing outlives the absolute end of the
-- grant. Returns both lifetimes in seconds.
local function issue(grant_key, grant, access_key, refresh_key, scope, tokens)
    local remaining = grant.expires_at - tokens.now
    local access_ttl = math.min(tokens.access_ttl, remaining)
    local refresh_ttl = math.min(tokens.refresh_ttl, remaining)
    write(access_key, access_ttl, {
        'client_id', grant.client_id, 'sub', grant.sub, 'scope', scope, 'issued_at', tokens.now,
        'secret_sha256', tokens.access_sha256, 'alg', tokens.access_alg, 'aud', tokens.access_aud,
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
    -- Never shorter than before: an older access token may still be valid.
    lives = math.max(lives, redis.call('TTL', grant_key))
    redis.call('EXPIRE', grant_key, lives)
    return access_ttl, refresh_ttl
end

-- The reply of a step that issued tokens or repeats an earlier response. Grants with scope openid have a `sid`; the
-- reply then also has the fields for an ID token (OpenID Connect Core §2).
local function issued(word, grant, scope, access_ttl, refresh_ttl, sealed)
    local is_openid = grant.sid
    return reply({
        outcome = word, access_ttl = access_ttl, refresh_ttl = refresh_ttl, scope = scope, sub = grant.sub,
        auth_time = grant.auth_time, sealed = sealed, sid = grant.sid, amr = is_openid and grant.amr,
        nonce = is_openid and grant.nonce, id_token_claims = is_openid and grant.id_token_claims,
        username = is_openid and (grant.username or grant.sub), own_sub = is_openid and (grant.own_sub or grant.sub),
    })
end

-- The reply for a code or refresh token that was used before. `ended`: '1' if this call ended the grant.
local function replayed(word, token, ended)
    return reply({ outcome = word, ended = ended, sub = token.sub })
end

