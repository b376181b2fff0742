import { describe, expect, test } from 'vitest';
import { withLifetime } from '../../../src/wiring/lifetime.ts';

/** Opens three parts, of which the last may fail to open and the second to close; gives what was closed, in order. */
async function live({ opens, closes }: { readonly opens: boolean; readonly closes: boolean }): Promise<{ closed: string[]; outcome: unknown }> {
  const closed: string[] = [];
  const outcome: unknown = await withLifetime(async (lifetime) => {
    lifetime.defer(() => void closed.push('first'));
    lifetime.defer(async () => {
      await Promise.resolve();
      closed.push('second');
      if (!closes) throw new Error('does not close');
    });
    if (!opens) throw new Error('does not open');
    lifetime.defer(() => void closed.push('third'));
    await lifetime.disposeAsync();
    return 'open';
  }).catch((cause: Error) => cause.message);
  return { closed, outcome };
}

describe('the lifetime of what is made of parts', () => {
  test.each([
    ['all is closed, the last first', { opens: true, closes: true }, ['third', 'second', 'first'], 'open'],
    ['one that does not open closes those before it, and is the cause', { opens: false, closes: true }, ['second', 'first'], 'does not open'],
    ['one that does not close keeps none of the others open', { opens: true, closes: false }, ['third', 'second', 'first'], 'does not close'],
    ['the cause is what did not open, whatever then does not close', { opens: false, closes: false }, ['second', 'first'], 'does not open'],
  ])('%s', async (_name, parts, closed, outcome) => {
    expect(await live(parts)).toEqual({ closed, outcome });
  });
});
