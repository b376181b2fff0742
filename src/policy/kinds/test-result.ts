/** Which results of tests are accepted, and which tests must be among them. */
import type { z } from 'zod';
import { PREDICATE_FAMILIES } from '../../domain/policy/predicate-types.ts';
import { compileExamined } from '../compile/examined.ts';
import { lintVouched, vouchedDemands } from '../lint/vouched.ts';
import { examiningNewest, patterns } from '../schema/content.ts';
import { list, strict, word } from '../schema/fields.ts';
import type { RequirementPart } from './kind.ts';

const field = strict({
  ...examiningNewest,
  accept: list(word('PASSED', 'WARNED'), 'result').optional(),
  tests: patterns('test').optional(),
});

/** `testResult` as written. */
export type TestResultField = z.output<typeof field>;

/** `testResult`: the tests ran, and came to what is accepted. */
export const testResultPart: RequirementPart<'testResult', TestResultField> = {
  schema: () => field,
  compile: (written, site) =>
    compileExamined(written, site, () => ({
      written: 'testResult',
      wanted: 'test-result',
      types: PREDICATE_FAMILIES['test-result'],
      check: { kind: 'testResult', accept: written.accept ?? ['PASSED'], tests: written.tests ?? [] },
    })),
  demands: vouchedDemands,
  lint: lintVouched,
};
