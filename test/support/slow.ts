/** The suites that take ten seconds and more each: `npm run test:slow` runs them, and `.ci/run` with it. */
export const SLOW: readonly string[] = [
  'test/acceptance/memory.test.ts',
  'test/acceptance/policy-sets.test.ts',
  'test/acceptance/recorded-answers.test.ts',
  'test/acceptance/tuf-trust-root.test.ts',
  'test/conformance-plus/conformance-plus.test.ts',
  'test/conformance-plus/over-https.test.ts',
  'test/unit/fetch/neighbours.test.ts',
  'test/unit/policy/every-field-forms.test.ts',
  'test/unit/policy/hostile.test.ts',
  'test/unit/surfaces/cli.test.ts',
  'test/unit/surfaces/connections.test.ts',
  'test/unit/surfaces/door.test.ts',
  'test/unit/surfaces/limits.test.ts',
  'test/unit/verify/hostile-costs.test.ts',
  'test/unit/verify/sigstore/mutation.test.ts',
];
