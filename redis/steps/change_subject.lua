-- change_subject: gives a user a sub that no user has or had; the claims move along. The former sub is given to no one.
-- Keys: the user; the owners of the former and of the new sub; the client that would have the new sub as its id; the claims
--   of both subs; the mark that the owner of each sub is recorded.
-- `name`: the user's; `old_sub`, `new_sub`; `now`.
-- Outcome: changed; unknown: no such user; other: the user has another sub than `old_sub`; taken: the new sub is or was a
--   user's; client: it is the id of a client; unrecorded: the owners of subs are not all recorded yet. Only the first one
--   writes. Claims of a sub that belongs to another user stay there.
local function change_subject(keys, args)
    local user_key, old_key, new_key, client_key, old_profile_key, new_profile_key, mark_key = unpack(keys)
    local name, old_sub, new_sub, now = unpack(args)
    local user = read(user_key)
    if not user then return outcome('unknown') end
    if sub_of(user, name) ~= old_sub then return outcome('other') end
    if redis.call('EXISTS', mark_key) == 0 then return outcome('unrecorded') end
    if redis.call('EXISTS', new_key) == 1 then return outcome('taken') end
    if redis.call('EXISTS', client_key) == 1 then return outcome('client') end
    redis.call('DEL', new_profile_key)
    if owns(read(old_key), name, user.created_at) then
        for claim, json in pairs(read(old_profile_key) or {}) do redis.call('HSET', new_profile_key, claim, json) end
        redis.call('DEL', old_profile_key)
        redis.call('HSET', old_key, 'ended_at', now)
    end
    take_subject(new_key, name, user.created_at)
    redis.call('HSET', user_key, 'sub', new_sub)
    return outcome('changed')
end
register('change_subject', change_subject)
