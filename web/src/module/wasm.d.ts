/** The address of the module, for bundlers that are told to take .wasm files as assets. */
declare const url: string;
export default url;
