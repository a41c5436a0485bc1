-- add_client: writes a new client, whose id no user has or had as sub: the token of a client and that of a user must
-- not name the same subject (RFC 9700 §4.15).
-- Keys: the client; the owner of the sub that would be its id; the mark that the owner of each sub is recorded. Then field,
--   value, … of the record.
-- Outcome: added; exists: the id is taken; taken: it is or was the sub of a user; unrecorded: the owners of subs are not
--   all recorded yet. Only the first one writes.
local function add_client(keys, args)
    local client_key, subject_key, mark_key = unpack(keys)
    local fields = fields_after(args, 0)
    if redis.call('EXISTS', client_key) == 1 then return outcome('exists') end
    if redis.call('EXISTS', mark_key) == 0 then return outcome('unrecorded') end
    if redis.call('EXISTS', subject_key) == 1 then return outcome('taken') end
    redis.call('HSET', client_key, unpack(fields))
    return outcome('added')
end
register('add_client', add_client)
