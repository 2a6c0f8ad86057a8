import { init } from "retrystream";
import wasmUrl from "retrystream/retrystream.wasm";
import "./main.js";

init({ wasmUrl });
