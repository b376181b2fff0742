/** Mistakes about workloads as signers. */
import { DIGEST, NOW, HOUR, policy } from '../../acceptance/fixes/support.ts';
import { layerEvidence } from '../../world/domain.ts';
import type { HolderOptions } from '../../world/own-pki.ts';
import { createTrustDomain } from '../../world/spiffe.ts';
import { denial, OF_POD } from './mistake.ts';
import type { Mistake, MistakeGroup } from './mistake.ts';

const [prod, dev] = [createTrustDomain('prod.acme.example', NOW), createTrustDomain('dev.acme.example', NOW)];
const BUILD = '/ns/ci/sa/build';
const document = (kind: string, name: string, spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind, metadata: { name }, spec })}\n---\n`;
const under = (more: object = {}): string =>
  document('TrustRoot', 'prod', { spiffe: { trustDomain: prod.name, certificates: prod.root.certificate.pem } })
  + document('Signer', 'build', { identities: [{ spiffe: { id: `spiffe://${prod.name}${BUILD}`, trustRoot: 'prod', ...more } }] })
  + policy({ signature: { by: ['build'] } });

function signed(path = BUILD, options: HolderOptions = {}, policies = under(), from = prod): Mistake['says'] {
  return denial({ policies, evidence: [layerEvidence(from.signed(DIGEST, path, options))] });
}

const SIGN = /sign it as build/;

export const SPIFFE: MistakeGroup = {
  title: 'Workloads of SPIFFE',
  rows: [
    { row: 'W1', mistake: 'signed by the workload of that name in another trust domain', ...OF_POD, found: /found .*dev\.acme\.example|found .*SPIRE/, fixMust: SIGN, fixMustNot: /add the signer/, says: signed(BUILD, {}, under(), dev) },
    { row: 'W2', mistake: 'the authority of the trust domain names another one', ...OF_POD, found: /dev\.acme\.example/, fixMust: SIGN, fixMustNot: /add the signer/, says: signed(BUILD, { names: [{ type: 'uri', value: `spiffe://${dev.name}${BUILD}` }] }) },
    { row: 'W3', mistake: 'signed by another workload', ...OF_POD, found: /found .*spiffe:\/\/prod\.acme\.example\/ns\/ci\/sa\/test/, fixMust: SIGN, fixMustNot: /add the signer/, says: signed('/ns/ci/sa/test') },
    { row: 'W4', mistake: 'the SVID has ended, and nothing says when it signed', ...OF_POD, found: /is after notAfter/, fixMust: /sign again while the certificate is valid/, says: signed(BUILD, { notBefore: NOW - 2 * HOUR, notAfter: NOW - HOUR }) },
    { row: 'W5', mistake: 'the SVID lives longer than the policy wants', ...OF_POD, fixMust: /with an SVID that lives no longer/, fixMustNot: /keyless/, says: signed(BUILD, {}, under({ maxCertificateLifetime: '1h' })) },
  ],
};
