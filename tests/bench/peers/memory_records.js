// What oidc-provider keeps, in its own memory: the least that its adapters must do. The adapter that it comes with
// forgets all but the last 1,000 records, fewer than a run has codes that wait.
const LIMIT = 50000; // records of one kind; the older half is forgotten as a whole, which costs nothing

export const records = () => () => {
  let young = new Map();
  let old = new Map();

  const find = async (id) => young.get(id) ?? old.get(id);
  const some = (condition) => [...old.values(), ...young.values()].filter(condition);
  const destroy = async (id) => { young.delete(id) || old.delete(id); };

  return {
    find,
    destroy,
    async upsert(id, record) {
      if (young.size === LIMIT) {
        old = young;
        young = new Map();
      }
      young.set(id, record);
    },
    async consume(id) { (await find(id)).consumed = Math.floor(Date.now() / 1000); },
    // Searched for, not indexed: no measured operation asks.
    async findByUid(uid) { return some((record) => record.uid === uid)[0]; },
    async revokeByGrantId(grantId) {
      some((record) => record.grantId === grantId).forEach((record) => destroy(record.jti));
    },
  };
};
