-- import_records: many records without a lifetime at once, all of them or none (clients and users of a document). They lie
-- in many slots: this step is not for a Redis Cluster.
-- Keys: the records. `replace`: '1' when they may take the place of others; then for each record how many fields it has
--   (0: there is to be no such record) and these (field, value, …).
-- Reply: a field `existing` for each record that there was already; without `replace` nothing is written when there is one.
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
