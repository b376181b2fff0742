import type { Reporter, TestModule } from 'vitest/node';

const LONGEST_MESSAGE = 300;

/** Prints what failed, a line each, and the closing line `N passed, N failed` that scripts read; a file that does not load counts as failed. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const fail = (name: string, message = ''): void => {
      count.failed += 1;
      process.stdout.write(`failed: ${name}: ${oneLine(message)}\n`);
    };
    for (const error of unhandled) fail('an error outside of all tests', error.message);
    for (const module of modules) {
      const file = module.relativeModuleId;
      // Of a file that does not load, or whose hooks fail, no test may have run.
      for (const suite of [module, ...module.children.allSuites()]) {
        for (const error of suite.errors()) fail(suite === module ? file : `${file} > ${'fullName' in suite ? suite.fullName : ''}`, error.message);
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'failed') fail(`${file} > ${test.fullName}`, errors[0]?.message);
        else if (state === 'passed' || state === 'skipped') count[state] += 1;
      }
    }
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}

function oneLine(message: string): string {
  return message.replaceAll(/\s+/g, ' ').slice(0, LONGEST_MESSAGE);
}
