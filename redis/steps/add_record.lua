-- add_record: writes a new record without a lifetime (clients, users), unless the key exists: field, value, …
-- Outcome: added; exists: the key exists already, and nothing is written.
local function add_record(keys, args)
    local record_key = unpack(keys)
    local fields = fields_after(args, 0)
    if redis.call('EXISTS', record_key) == 1 then return outcome('exists') end
    redis.call('HSET', record_key, unpack(fields))
    return outcome('added')
end
register('add_record', add_record)
