/** The suites that cost tens of seconds of processor time each: `npm run test:slow` runs them, and `.ci/run` with it. */
export const SLOW: readonly string[] = [
  'test/acceptance/memory.test.ts',
  'test/conformance-plus/over-https.test.ts',
  'test/unit/verify/hostile-costs.test.ts',
  'test/unit/verify/sigstore/mutation.test.ts',
];
