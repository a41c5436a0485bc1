-- set_field: sets one field of an existing record.
-- Outcome: set; unknown: the record does not exist.
local function set_field(keys, args)
    local record_key = unpack(keys)
    local field, value = unpack(args)
    if redis.call('EXISTS', record_key) == 0 then return outcome('unknown') end
    redis.call('HSET', record_key, field, value)
    return outcome('set')
end
register('set_field', set_field)
