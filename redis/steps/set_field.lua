-- set_field: sets one field of an existing record. Also works when Redis is out of memory: a password that is
-- known to others must be changed then, too.
-- Outcome: set; unknown: the record does not exist.
local function set_field(keys, args)
    local record_key = unpack(keys)
    local field, value = unpack(args)
    if redis.call('EXISTS', record_key) == 0 then return outcome('unknown') end
    redis.call('HSET', record_key, field, value)
    return outcome('set')
end
register('set_field', set_field, { 'allow-oom' })
