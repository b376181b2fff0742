import { describe, expect, test } from 'vitest';
import { compilePolicies } from '../../../../src/policy/index.ts';
import { createTrustReader } from '../../../../src/trust/index.ts';
import { readChain, requireChain } from '../../../../src/verify/notation/chain.ts';
import { makeNotary } from '../../../world/notation.ts';

/** What is signed by an algorithm that is not allowed is told so, and not that somebody else has issued it. */
const NOW = Date.UTC(2026, 5, 1);
const rsa = makeNotary({ now: NOW, caKeyType: 'rsa-2048' });
const [SHA256, SHA1, MD5] = ['2a864886f70d01010b', '2a864886f70d010105', '2a864886f70d010104'] as const;
/** The certificate with another algorithm in both places. */
const signedBy = (der: Uint8Array, algorithm: string): Buffer => Buffer.from(Buffer.from(der).toString('hex').replaceAll(SHA256, algorithm), 'hex');
const pem = (der: Buffer): string => `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`;

function storeErrors(store: 'ca' | 'signingAuthority' | 'tsa', der: Buffer): string {
  const notation = store === 'tsa' ? { ca: rsa.root.pem, tsa: pem(der) } : { [store]: pem(der) };
  const text = JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'TrustRoot', metadata: { name: 'stores' }, spec: { notation } });
  return compilePolicies([{ path: 'p.yaml', text }], { trust: createTrustReader() }).problems.filter(({ severity }) => severity === 'error').map(({ message }) => message).join();
}

describe.each(['ca', 'signingAuthority', 'tsa'] as const)('a store %s', (store) => {
  test.each([['SHA-1 with RSA', SHA1], ['MD5 with RSA', MD5]])('refuses a root signed with %s by that name', (name, algorithm) => {
    expect(storeErrors(store, signedBy(rsa.root.der, algorithm))).toMatch(new RegExp(`CN=root is signed by an algorithm that is not allowed \\(${name}\\)$`));
  });

  test('takes the root as it is, and refuses what another has issued as that', () => {
    expect(storeErrors(store, Buffer.from(rsa.root.der))).toBe('');
    expect(storeErrors(store, signedBy(rsa.chain[1]?.der ?? Buffer.of(), SHA1))).toMatch(/did not sign itself/);
  });
});

describe('a chain', () => {
  const told = (at: number, algorithm: string): string => {
    try {
      requireChain(readChain(rsa.chain.map(({ der }, index) => (index === at ? signedBy(der, algorithm) : der))));
      return 'sound';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

  test.each([[0, SHA1, 'SHA-1 with RSA'], [1, SHA1, 'SHA-1 with RSA'], [2, MD5, 'MD5 with RSA']] as const)('whose certificate %i is signed so', (at, algorithm, name) => {
    expect(told(at, algorithm)).toBe(`the certificate is signed by an algorithm that is not allowed (${name})`);
  });

  test('that is signed as it should be', () => {
    expect(told(1, SHA256)).toBe('sound');
  });
});
