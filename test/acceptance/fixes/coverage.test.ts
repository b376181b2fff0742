// Every reason that speaks against an admission is obeyed by a test, in exactly one table; nothing is obeyed that does not exist.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GATE_REASONS } from '../../../src/domain/decision/catalogue/gate-reasons.ts';
import { OWN_REASONS } from '../../../src/domain/decision/catalogue/own-reasons.ts';
import { PIPELINE_REASONS } from '../../../src/domain/decision/catalogue/pipeline-reasons.ts';
import { REASONS } from '../../../src/domain/decision/reasons.ts';
import { FETCH_FIXES } from './fetch.ts';
import { PIPELINE_INPUT_FIXES } from './pipelines.ts';
import { POLICY_FIXES } from './policy.ts';
import { VERIFY_FIXES } from './verify.ts';

/** The tables of rules about builds are made of cases, several for a code; each file checks or types that none is left out. */
const isTold = (file: string, code: string): boolean => readFileSync(new URL(file, import.meta.url), 'utf8').includes(code);

const ADMINISTRATORS = ['INPUT_IMAGE_UNPLACED', 'POLICY_FACT_UNKNOWN'];

const TABLES: Readonly<Record<string, readonly string[]>> = {
  verify: Object.keys(VERIFY_FIXES),
  policy: Object.keys(POLICY_FIXES),
  fetch: Object.keys(FETCH_FIXES),
  // pipelines.test.ts itself has those that an administrator obeys.
  pipelines: [...Object.keys(PIPELINE_INPUT_FIXES), ...ADMINISTRATORS],
  // gate-fixes.test.ts: a record of every code of the gate.
  gate: Object.keys(GATE_REASONS),
  // own-kinds.test.ts: refused, and the same as it should be.
  own: Object.keys(OWN_REASONS),
  // pipeline-fixes.test.ts: a case of every code by which a rule about builds denies, and that of requesters.
  'pipeline-fixes': [...Object.entries(PIPELINE_REASONS).filter(([code, { verdict }]) => code.startsWith('POLICY_') && verdict === 'violated').map(([code]) => code), 'POLICY_REQUESTER'],
};

test('X1: every reason is obeyed in exactly one table', () => {
  const against = Object.entries(REASONS).filter(([, { verdict }]) => verdict !== 'satisfied').map(([code]) => code);
  const told = Object.values(TABLES).flat();
  expect(told.filter((code, index) => told.indexOf(code) !== index), 'in two tables').toEqual([]);
  expect(against.filter((code) => !told.includes(code)), 'in none').toEqual([]);
  expect(told.filter((code) => !against.includes(code)), 'of no reason').toEqual([]);
});

test('X1: those that are told elsewhere are told there', () => {
  for (const code of ADMINISTRATORS) expect(isTold('pipelines.test.ts', code), code).toBe(true);
  for (const code of TABLES['pipeline-fixes'] ?? []) expect(isTold('../pipeline-fixes.test.ts', code), code).toBe(true);
  for (const code of TABLES['own'] ?? []) expect(isTold('../own-kinds.test.ts', code), code).toBe(true);
  for (const code of TABLES['gate'] ?? []) expect(isTold('../gate-fixes.test.ts', code), code).toBe(true);
});
