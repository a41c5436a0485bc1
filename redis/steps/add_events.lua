-- add_events: appends to a stream of the audit trail, which keeps about the newest `kept` entries, rather more than fewer.
-- Also works when Redis is out of memory: a stranger who fills it must not be able to hide what he does then.
-- Keys: events:<function> or one of its kinds. `kept`: entries; then for each entry the number of its words, and the words:
--   field, text, …
-- Outcome: added.
local function add_events(keys, args)
    local events_key = unpack(keys)
    local kept = unpack(args, 1, 1) -- not all: Lua returns at most 8,000 values, and a batch has nearly as many
    local words = fields_after(args, 1)
    local at = 1
    while at <= #words do
        local last = at + tonumber(words[at])
        redis.call('XADD', events_key, 'MAXLEN', '~', kept, '*', unpack(words, at + 1, last))
        at = last + 1
    end
    return outcome('added')
end
register('add_events', add_events, { 'allow-oom' })
