-- revoke_grant: ends a grant with all its tokens. Also works when Redis is out of memory.
-- Outcome: revoked; unknown: the grant did not exist.
local function revoke_grant(keys)
    local grant_key = unpack(keys)
    return outcome(revoke(grant_key) == 1 and 'revoked' or 'unknown')
end
register('revoke_grant', revoke_grant, { 'allow-oom' })
