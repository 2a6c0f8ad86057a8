// The little of Node that the tests use. @types/node would declare its globals beside
// the DOM's.

declare module "node:test" {
  interface Timers {
    enable(options: { apis: readonly ("setTimeout" | "Date")[]; now?: number }): void;
    tick(ms: number): void;
    reset(): void;
  }
  interface Mock {
    readonly timers: Timers;
    method<T, K extends keyof T>(object: T, name: K, implementation: T[K]): unknown;
    reset(): void;
  }
  export const mock: Mock;
  export function test(name: string, run: () => void | Promise<void>): Promise<void>;
  export function afterEach(run: () => void): void;
  export function beforeEach(run: () => void): void;
}

declare module "node:assert/strict" {
  const assert: {
    (value: unknown, message?: string): asserts value;
    equal(actual: unknown, expected: unknown, message?: string): void;
    notEqual(actual: unknown, expected: unknown, message?: string): void;
    deepEqual(actual: unknown, expected: unknown, message?: string): void;
    throws(run: () => unknown, expected: object): void;
    rejects(promise: Promise<unknown>, expected: object): Promise<void>;
  };
  export default assert;
}

declare module "node:v8" {
  export function setFlagsFromString(flags: string): void;
}
