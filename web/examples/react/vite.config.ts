// Hands the chat's requests to the fake provider of `make demo`, which fails first.
// Put the address of your own server here.
const server = process.env.SERVER ?? "http://127.0.0.1:8080";
const run = Date.now();

export default {
  server: {
    proxy: {
      "/v1": { target: server, rewrite: (path: string) => `/fake/openai/overloaded/${run}${path}` },
    },
  },
};
