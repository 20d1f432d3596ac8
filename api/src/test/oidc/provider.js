// An OpenID provider on a free port, with one client and whoever signs in: node provider.js REDIRECT_URI
// Says "ready ISSUER" as soon as it answers; ends with its input.

import http from "node:http";
import Provider from "oidc-provider";

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "oriel", client_secret: "secret-of-the-test-client", redirect_uris: [process.argv[2]] }],
    claims: { openid: ["sub"], profile: ["preferred_username", "name"], email: ["email"] },
    cookies: { keys: ["key-of-the-test-provider"] },
    pkce: { required: () => true },
    findAccount: (context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id.replace(/^.*\|/, ""), name: "Somebody", email: `${id.length}@example.org` }),
    }),
  });
  server.on("request", provider.callback());
  console.log(`ready ${issuer}`);
});
process.stdin.on("end", () => process.exit(0)).resume();
