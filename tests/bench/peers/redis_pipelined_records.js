// What oidc-provider keeps, in Redis, as cheaply as we could make it: no transactions, nothing asked before something is
// saved, and what all requests under way ask for travels together (enableAutoPipelining).
import { Redis } from 'ioredis';

const ENDS_WITH_GRANT = ['AccessToken', 'AuthorizationCode', 'RefreshToken'];
const IS_CONSUMED = ['AuthorizationCode', 'RefreshToken'];

export function records(path) {
  const redis = new Redis({ path, enableAutoPipelining: true });
  return (kind) => {
    const key = (id) => `${kind}:${id}`;
    const find = async (id) => {
      if (!IS_CONSUMED.includes(kind))
        return JSON.parse(await redis.get(key(id))) ?? undefined;
      const [record, consumed] = await redis.hmget(key(id), 'record', 'consumed');
      return record ? { ...JSON.parse(record), consumed } : undefined;
    };
    return {
      find,
      async upsert(id, record, seconds) {
        const text = JSON.stringify(record);
        const calls = IS_CONSUMED.includes(kind)
          ? [redis.hset(key(id), 'record', text), redis.expire(key(id), seconds)]
          : [redis.set(key(id), text, 'EX', seconds)];
        if (ENDS_WITH_GRANT.includes(kind) && record.grantId) {
          const list = `grant:${record.grantId}`;
          calls.push(redis.rpush(list, key(id)), redis.expire(list, seconds));
        }
        if (record.uid)
          calls.push(redis.set(`uid:${record.uid}`, id, 'EX', seconds));
        await Promise.all(calls);
      },
      consume: (id) => redis.hset(key(id), 'consumed', Math.floor(Date.now() / 1000)),
      destroy: (id) => redis.del(key(id)),
      async findByUid(uid) { return find(await redis.get(`uid:${uid}`)); },
      async revokeByGrantId(grantId) {
        const list = `grant:${grantId}`;
        await redis.del(list, ...await redis.lrange(list, 0, -1));
      },
    };
  };
}
