export default { server: { headers: { "Content-Security-Policy": process.env.POLICY } } };
