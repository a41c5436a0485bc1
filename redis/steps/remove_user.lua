-- remove_user: deletes a user and the claims about the user. The owner of the sub stays recorded, so that it is given to
-- no one else (OpenID Connect Core §2).
-- Keys: the user; the owner of the sub; its claims; the mark that the owner of each sub is recorded. `name`, `sub`: the
--   user's; `now`.
-- Outcome: removed; unknown: no such user; other: the user has another sub; unrecorded: the owners of subs are not all
--   recorded yet. Claims of a sub that belongs to another user stay. Also works when Redis is out of memory.
local function remove_user(keys, args)
    local user_key, subject_key, profile_key, mark_key = unpack(keys)
    local name, sub, now = unpack(args)
    local user = read(user_key)
    if not user then return outcome('unknown') end
    if sub_of(user, name) ~= sub then return outcome('other') end
    if redis.call('EXISTS', mark_key) == 0 then return outcome('unrecorded') end
    redis.call('DEL', user_key)
    if owns(read(subject_key), name, user.created_at) then
        redis.call('HSET', subject_key, 'ended_at', now)
        redis.call('DEL', profile_key)
    end
    return outcome('removed')
end
register('remove_user', remove_user, { 'allow-oom' })
