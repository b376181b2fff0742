import { expect, test } from 'vitest';
import { openEvidenceStores } from '../../../../src/fetch/index.ts';
import { PROJECT, startGrafeas } from '../../../world/stores/grafeas.ts';
import { artifact, manualClock, within } from '../support.ts';

// A store that repeats the token it was asked with: what it calls a piece is shown wherever the piece is told of.
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const NAME = 'registry.acme.example/app';
const TOKEN = 'very-secret-token';
const envelope = { payload: 'e30=', payloadType: 'application/vnd.in-toto+json', signatures: [{ sig: 'AAAA', keyid: '' }] };
const signatures = [{ signature: 'AAAA' }];
const OCCURRENCES: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['an envelope', { kind: 'DSSE_ATTESTATION', envelope }],
  ['a payload', { kind: 'ATTESTATION', attestation: { serializedPayload: 'e30=', signatures } }],
  ['a message of OpenPGP', { kind: 'ATTESTATION', attestation: { signatures: [{ signature: Buffer.from('-----BEGIN PGP MESSAGE-----').toString('base64') }] } }],
  ['what cannot be read', { kind: 'ATTESTATION', attestation: { signatures } }],
];

test.each(OCCURRENCES)('never shows it: %s', async (_, occurrence) => {
  const fake = await startGrafeas();
  const ask = async (token: string, also: boolean): Promise<string> => {
    const stores = await openEvidenceStores({
      clock: manualClock(), plainHttp: ['127.0.0.1'], limits: { requestTimeout: 60_000, retries: 0 },
      stores: [{ kind: 'grafeas', url: fake.url, project: PROJECT, notes: [], artifacts: ['**'], token: () => Promise.resolve(token) }],
    });
    const [one] = stores.for(artifact(NAME, DIGEST));
    const batch = (await one?.ask(within(60_000)))?.value;
    // What is kept is what was told.
    const kept = also ? (one?.known(false) ?? one?.part())?.value : batch;
    await stores.close();
    return [...(kept?.evidence ?? []), ...(kept?.problems ?? [])].map(({ source }) => source).join();
  };
  fake.occur(NAME, DIGEST, { ...occurrence, name: `projects/${TOKEN}/occurrences/1` });
  for (const also of [false, true]) {
    expect(await ask(TOKEN, also)).toContain('projects/(the token)/occurrences/1');
    expect(await ask('another-secret', also)).toContain(`projects/${TOKEN}/occurrences/1`);
  }
  await fake.close();
});
