import { expect, test } from 'vitest';
import { unarmour } from '../../../../src/verify/git/armour.ts';

// A million blanks before another character: quadratic work would take minutes, and the test would run out of time.
test.each(['SSH SIGNATURE', 'SIGNED MESSAGE', 'PGP SIGNATURE'])('armour %s with a long run of blanks inside a line is refused at once', (label) => {
  expect(() => unarmour(`-----BEGIN ${label}-----\n\n${' '.repeat(1_000_000)}A\n-----END ${label}-----\n`)).toThrow(/base64/);
}, 5000);

test.each(['SSH SIGNATURE', 'SIGNED MESSAGE', 'PGP SIGNATURE'])('armour %s may have blanks and carriage returns at the ends of its lines', (label) => {
  const first = label === 'SSH SIGNATURE' ? '' : '\r';
  expect(unarmour(`-----BEGIN ${label}-----${first}\n${label === 'PGP SIGNATURE' ? '\r\n' : ''}QUJD \r\n-----END ${label}-----  \r\n`).bytes.toString()).toBe('ABC');
});

// ssh-keygen compares the first line as a whole, and so git does not verify such a signature.
test.each([' ', '\r', ' \r'])('armour of SSH has nothing behind its first line (%j)', (more) => {
  expect(() => unarmour(`-----BEGIN SSH SIGNATURE-----${more}\nQUJD\n-----END SSH SIGNATURE-----\n`)).toThrow(/ssh-keygen does not read it/);
});
