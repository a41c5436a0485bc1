-- add_user: writes a new user with a sub that no other user has or had (OpenID Connect Core §2).
-- Keys: the user; the owner of the sub; the client that would have the sub as its id; the mark that the owner of each sub
--   is recorded. `name`, `created_at`: the user's; then field, value, … of the record.
-- Outcome: added; exists: the name is taken; taken: the sub is or was a user's; client: the sub is the id of a client;
--   unrecorded: the owners of subs are not all recorded yet. Only the first one writes.
local function add_user(keys, args)
    local user_key, subject_key, client_key, mark_key = unpack(keys)
    local name, created_at = unpack(args)
    local fields = fields_after(args, 2)
    if redis.call('EXISTS', user_key) == 1 then return outcome('exists') end
    if redis.call('EXISTS', mark_key) == 0 then return outcome('unrecorded') end
    if redis.call('EXISTS', subject_key) == 1 then return outcome('taken') end
    if redis.call('EXISTS', client_key) == 1 then return outcome('client') end
    redis.call('HSET', user_key, unpack(fields))
    take_subject(subject_key, name, created_at)
    return outcome('added')
end
register('add_user', add_user)
