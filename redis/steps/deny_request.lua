-- deny_request: the user denies a parked request (RFC 6749 §4.1.2.1). Also works when Redis is out of memory.
-- `browser_sha256`: of the secret in the request's cookie.
-- Outcome: denied (also if it was denied before); answered: it was approved before; unknown: no such request.
local function deny_request(keys, args)
    local request_key = unpack(keys)
    local browser_sha256 = unpack(args)
    local request = read(request_key)
    if not request or request.secret_sha256 ~= browser_sha256 then return outcome('unknown') end
    if request.answer == 'approved' then return outcome('answered') end
    redis.call('HSET', request_key, 'answer', 'denied')
    return outcome('denied')
end
register('deny_request', deny_request, { 'allow-oom' })
