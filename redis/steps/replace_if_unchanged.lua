-- replace_if_unchanged: new values of fields of a record without a lifetime, if the record is still what the caller has
-- read. The caller's decision depends on the whole record, so it must not overwrite another caller's change. Also works
-- when Redis is out of memory: a client's secret that is known to others must be replaced then, too.
-- `read_count`: how many fields the caller has read; then these (field, value, …), then the new ones (field, value, …; ''
--   removes a field).
-- Outcome: replaced; changed: another caller changed it meanwhile; unknown: there is no such record. Only the first one
--   writes.
local function replace_if_unchanged(keys, args)
    local record_key = unpack(keys)
    local read_count = unpack(args)
    local fields = fields_after(args, 1)
    local record = read(record_key)
    if not record then return outcome('unknown') end
    local last_read = 2 * read_count
    for i = 1, last_read, 2 do
        if record[fields[i]] ~= fields[i + 1] then return outcome('changed') end
        record[fields[i]] = nil
    end
    if next(record) then return outcome('changed') end
    for i = last_read + 1, #fields, 2 do
        if fields[i + 1] == '' then
            redis.call('HDEL', record_key, fields[i])
        else
            redis.call('HSET', record_key, fields[i], fields[i + 1])
        end
    end
    return outcome('replaced')
end
register('replace_if_unchanged', replace_if_unchanged, { 'allow-oom' })
