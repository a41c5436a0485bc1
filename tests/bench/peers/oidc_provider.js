// oidc-provider as one process, set up to do what Stile does and no more; README.md says why each setting is its best.
//
//   node oidc_provider.js CLIENT_SECRET memory|redis|redis_pipelined [REDIS_SOCKET]
//
// It listens where there is room, and says where: port N.
import http from 'node:http';
import Provider from 'oidc-provider';

const [secret, store, socket] = process.argv.slice(2);
const { records } = await import(`./${store}_records.js`);
const issuer = 'http://localhost'; // as the generator's Host says

const provider = new Provider(issuer, {
  adapter: records(socket),
  clients: [{
    client_id: 'load',
    client_secret: secret,
    redirect_uris: ['https://www.example.com/redirect'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    scope: 'email',
  }],
  scopes: ['email'],
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    devInteractions: { enabled: false },
    // Not measured, and cheaper without.
    claimsParameter: { enabled: false },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    resourceIndicators: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
  },
  expiresWithSession: () => false,
  issueRefreshToken: () => true,
  rotateRefreshToken: true,
  ttl: {
    AccessToken: 300, AuthorizationCode: 300, ClientCredentials: 300, RefreshToken: 900,
    Grant: 86400, Interaction: 300, Session: 86400,
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
});

// Whoever comes is logged in and consents: the begin of a session, which no measurement contains.
async function interact(request, response) {
  const { session, params } = await provider.interactionDetails(request, response);
  if (!session)
    return provider.interactionFinished(request, response, { login: { accountId: 'admin' } });
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const grantId = await grant.save();
  return provider.interactionFinished(request, response, { consent: { grantId } });
}

const handle = provider.callback();
const server = http.createServer((request, response) => (
  request.url.startsWith('/interaction/') ? interact(request, response) : handle(request, response)));
server.listen(0, '127.0.0.1', 4096, () => console.log(`port ${server.address().port}`));
