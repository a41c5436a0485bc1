// What oidc-provider keeps, in Redis, in the way of the adapter for ioredis that its examples show: a transaction for
// what is saved, after a look at how long the list of its grant lives.
import { Redis } from 'ioredis';

const ENDS_WITH_GRANT = ['AccessToken', 'AuthorizationCode', 'RefreshToken'];
const IS_CONSUMED = ['AuthorizationCode', 'RefreshToken'];

export function records(path) {
  const redis = new Redis(path);
  return (kind) => {
    const key = (id) => `${kind}:${id}`;
    const find = async (id) => {
      if (!IS_CONSUMED.includes(kind))
        return JSON.parse(await redis.get(key(id))) ?? undefined;
      const { record, ...rest } = await redis.hgetall(key(id));
      return record && { ...JSON.parse(record), ...rest };
    };
    return {
      find,
      async upsert(id, record, seconds) {
        const text = JSON.stringify(record);
        const transaction = redis.multi();
        if (IS_CONSUMED.includes(kind))
          transaction.hset(key(id), 'record', text);
        else
          transaction.set(key(id), text);
        transaction.expire(key(id), seconds);
        if (ENDS_WITH_GRANT.includes(kind) && record.grantId) {
          const list = `grant:${record.grantId}`;
          transaction.rpush(list, key(id));
          if (await redis.ttl(list) < seconds)
            transaction.expire(list, seconds);
        }
        if (record.uid)
          transaction.set(`uid:${record.uid}`, id, 'EX', seconds);
        await transaction.exec();
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
