-- add_record: a record without a lifetime that must not replace another (clients, users): field, value, …
-- Outcome: added; exists: there is one already, and nothing is written.
local function add_record(keys, args)
    local record_key = unpack(keys)
    local fields = fields_after(args, 0)
    if redis.call('EXISTS', record_key) == 1 then return outcome('exists') end
    redis.call('HSET', record_key, unpack(fields))
    return outcome('added')
end
register('add_record', add_record)
