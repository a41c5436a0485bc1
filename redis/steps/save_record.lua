-- save_record: writes a whole record with a lifetime (parked requests, sessions, known browsers).
-- `ttl`: seconds; then field, value, … of the record.
local function save_record(keys, args)
    local record_key = unpack(keys)
    local ttl = unpack(args)
    local fields = fields_after(args, 1)
    write(record_key, ttl, fields)
    return outcome('saved')
end
register('save_record', save_record)
