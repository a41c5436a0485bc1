-- import_records: writes many records without a lifetime, all of them or none (clients and users of a document). They
-- are in many slots: this step is not for a Redis Cluster.
-- Keys: the records. `replace`: '1' if they may replace existing ones; then for each record the number of its fields
--   (0: deletes the record) and the fields (field, value, …).
-- Reply: a field `existing` for each key that existed already; without `replace` nothing is written if there is one.
local function import_records(keys, args)
    local replace = unpack(args, 1, 1) -- thousands of values are more than unpack takes
    local records = fields_after(args, 1)
    local existing = {}
    for _, key in ipairs(keys) do
        if redis.call('EXISTS', key) == 1 then
            existing[#existing + 1] = 'existing'
            existing[#existing + 1] = key
        end
    end
    if #existing > 0 and replace ~= '1' then return existing end
    local i = 1
    for _, key in ipairs(keys) do
        local fields, last = {}, i + 2 * records[i]
        for j = i + 1, last do fields[#fields + 1] = records[j] end
        redis.call('DEL', key)
        if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
        i = last + 1
    end
    return existing
end
register('import_records', import_records)
