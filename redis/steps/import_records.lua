-- import_records: writes many records without a lifetime, all of them or none (clients and users of a document). They
-- are in many slots: this step is not for a Redis Cluster.
-- Keys, in this order: the mark that the owner of each sub is recorded; the records; of each user the owner of the sub and
--   the client that would have the sub as its id; of each user who gets another sub the owner of the former one; of each
--   client the owner of the sub that would be its id.
-- `replace`: '1' if records may replace existing ones; `only_check`: '1' to write nothing; `now`; `record_count`,
--   `user_count`, `former_count`: how many of each. Then for each record the number of its fields (0: deletes the record)
--   and the fields (field, value, …); name and created_at of each user; name and created_at of each user who gets another
--   sub, as they were.
-- Reply: a field `unrecorded` if the owners of subs are not all recorded yet; a field `taken` for each key of a sub that
--   is or was another user's, or of which the document makes a client's id, and `client` for each client whose id is the sub
--   of a user of the document; a field `existing` for each record that existed already. Nothing is written if there is one
--   of the first three, or of the last without `replace`. A user who was removed may come back with the same sub, if name and
--   created_at are the same.
local function import_records(keys, args)
    local replace, only_check, now, record_count, user_count, former_count = unpack(args, 1, 6) -- not thousands
    local values = fields_after(args, 6)
    if redis.call('EXISTS', keys[1]) == 0 then return { 'unrecorded', keys[1] } end
    local users = 1 + record_count
    local former = users + 2 * user_count
    local clients = former + former_count
    local existing, refused, names = {}, {}, {}
    local function note(list, word, key)
        list[#list + 1] = word
        list[#list + 1] = key
    end
    local i = 1
    for k = 2, users do
        if redis.call('EXISTS', keys[k]) == 1 then note(existing, 'existing', keys[k]) end
        i = i + 1 + 2 * values[i]
    end
    for k = users + 1, former, 2 do
        local name, created_at = values[i], values[i + 1]
        names[#names + 1] = { key = keys[k], name = name, created_at = created_at }
        local owner = read(keys[k])
        local is_theirs = owner and owner.user == name and (not owner.ended_at or owner.created_at == created_at)
        if owner and not is_theirs then note(refused, 'taken', keys[k]) end
        if redis.call('EXISTS', keys[k + 1]) == 1 then note(refused, 'client', keys[k + 1]) end
        i = i + 2
    end
    for k = clients + 1, #keys do
        if redis.call('EXISTS', keys[k]) == 1 then note(refused, 'taken', keys[k]) end
    end
    if #refused > 0 then return refused end
    if only_check == '1' or #existing > 0 and replace ~= '1' then return existing end
    for k = former + 1, clients do
        if owns(read(keys[k]), values[i], values[i + 1]) then redis.call('HSET', keys[k], 'ended_at', now) end
        i = i + 2
    end
    for _, user in ipairs(names) do take_subject(user.key, user.name, user.created_at) end
    i = 1
    for k = 2, users do
        local fields, last = {}, i + 2 * values[i]
        for j = i + 1, last do fields[#fields + 1] = values[j] end
        redis.call('DEL', keys[k])
        if #fields > 0 then redis.call('HSET', keys[k], unpack(fields)) end
        i = last + 1
    end
    return existing
end
register('import_records', import_records)
