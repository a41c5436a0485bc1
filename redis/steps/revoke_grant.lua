-- revoke_grant: ends a grant with all its tokens. A Redis that is out of memory does this, too.
-- Outcome: revoked; unknown: there was no such grant.
local function revoke_grant(keys)
    local grant_key = unpack(keys)
    return outcome(revoke(grant_key) == 1 and 'revoked' or 'unknown')
end
register('revoke_grant', revoke_grant, { 'allow-oom' })
