export default {
  optimizeDeps: { exclude: ["retrystream"] },
  server: { headers: { "Content-Security-Policy": process.env.POLICY } },
};
