-- save_record: a record with a lifetime (parked requests, sessions, known browsers), whole or not at all.
-- `ttl`: seconds; then field, value, … of the record.
local function save_record(keys, args)
    local record_key = unpack(keys)
    local ttl = unpack(args)
    local fields = fields_after(args, 1)
    write(record_key, ttl, fields)
    return outcome('saved')
end
register('save_record', save_record)
