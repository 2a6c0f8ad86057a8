import * as retrystream from "/web/dist/retrystream.js"; globalThis.retrystream = retrystream;
