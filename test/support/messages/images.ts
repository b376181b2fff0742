/** Mistakes about images: who signed what, when, and under which name. */
import { legacySignatures, simpleSigningLayer } from '../../world/cosign.ts';
import { bundleEvidence } from '../../world/domain.ts';
import { keyBundle } from '../../world/bundle.ts';
import { makeImage, makeIndex } from '../../world/image.ts';
import { push } from '../../world/push.ts';
import { podReview } from '../../world/review.ts';
import { spdxDocument } from '../../world/statement.ts';
import {
  alice, attested, bob, byCi, byKey, CI, DIGEST, elsewhere, HOUR, ISSUER, keySigner, NOW, OTHER, policy, root, SIGNERS, stranger, world as signing,
} from '../../acceptance/fixes/support.ts';
import type { FixWorld } from '../../acceptance/fixes/fetch-world.ts';
import { denial, OF_POD } from './mistake.ts';
import type { MistakeGroup } from './mistake.ts';

const BY_ALICE = SIGNERS + policy({ signature: { by: ['alice'] } });
const BY_CI = SIGNERS + policy({ signature: { by: ['ci'] } });
const signer = (spec: object): string => `${JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'Signer', metadata: { name: 'alice' }, spec })}\n---\n`;
const past = new Date(NOW - 24 * HOUR).toISOString();
const TWO_KEYS = { identities: [{ key: { data: alice.publicKeyPem, notAfter: past } }, { key: { data: bob.publicKeyPem } }] };
const REVOKED = { identities: [{ key: { data: alice.publicKeyPem } }], revocations: [{ key: alice.keyId, reason: 'lost with a laptop' }] };
const LOGGED = root() + keySigner('alice', alice, { trustRoot: 'world', transparencyLog: 'required' }) + policy({ signature: { by: ['alice'] } });
const elsewhereIssuer = { ...CI, issuer: `${ISSUER}/acme-corp/eu` };
const atAcme = { policy: 'policy acme / signed', path: 'spec.containers[0].image' } as const;
const MANY = { artifact: 'acme/many@', ...atAcme } as const;
const pods = async (world: FixWorld, images: number): Promise<string> => {
  const made = await world.image(world.registry, 'acme/many', { signed: false, made: makeImage({ seed: 'many' }) });
  const { text } = await world.review(podReview({ images: Array.from({ length: images }, () => `${world.registry.host}/acme/many@${made.digest}`) }));
  return text;
};

export const IMAGES: MistakeGroup = {
  title: 'Images and signatures',
  rows: [
    {
      row: '1', mistake: 'the image is not signed', ...atAcme, artifact: 'acme/unsigned@', fixMust: /sign it as alice: cosign sign --key KEY IMAGE/,
      async says(world) {
        const made = await world.image(world.registry, 'acme/unsigned', { signed: false, made: makeImage({ seed: 'unsigned' }) });
        return (await world.pod(`${world.registry.host}/acme/unsigned@${made.digest}`)).text;
      },
    },
    {
      row: '2', mistake: 'signed with another key', ...OF_POD, found: /found .*key sha256:/, fixMust: /sign it as alice: cosign sign --key KEY IMAGE/, fixMustNot: /add the signer/,
      says: denial({ policies: BY_ALICE, evidence: [byKey({ key: stranger })] }),
    },
    {
      row: '3', mistake: 'signed by the workflow of a pull request', ...OF_POD, found: /found .*pr-7/, fixMust: /build it with the workflow under "expected"/, fixMustNot: /add the signer/,
      says: denial({ policies: BY_CI, evidence: [byCi({ identity: { ...CI, san: CI.san.replace('tags/v1', 'heads/pr-7') } })] }),
    },
    {
      row: '4', mistake: 'the issuer differs at its end', ...OF_POD, found: /differs .*acme-corp\/eu/, fixMust: /build it with the workflow under "expected"/, fixMustNot: /add the signer/,
      says: denial({ policies: BY_CI, evidence: [byCi({ identity: elsewhereIssuer })] }),
    },
    {
      row: '5', mistake: 'the signature is for another digest', ...OF_POD, found: new RegExp(`found .*${OTHER}`), fixMust: /sign this digest as alice/,
      says: denial({ policies: BY_ALICE, evidence: [byKey({ digest: OTHER })] }),
    },
    {
      row: '6', mistake: 'the tag was moved after the image was signed', ...atAcme, artifact: 'acme/moved:v1', fixMust: /sign it as alice/,
      async says(world) {
        await world.image(world.registry, 'acme/moved', { made: makeImage({ seed: 'moved' }) });
        await world.image(world.registry, 'acme/moved', { signed: false, made: makeImage({ seed: 'moved again' }) });
        return (await world.pod(`${world.registry.host}/acme/moved:v1`)).text;
      },
    },
    {
      row: '7', mistake: 'signed by cosign 2, in tags instead of referrers',
      async admitted(world) {
        const made = await world.image(world.registry, 'acme/older', { signed: false, made: makeImage({ seed: 'older' }) });
        const name = `${world.registry.host}/acme/older`;
        await push(world.registry, 'acme/older', legacySignatures(made.digest, [simpleSigningLayer(world.world, { digest: made.digest, reference: name }, { key: world.alice })]));
        return world.verify(`${name}@${made.digest}`, '--plain-http', world.registry.host);
      },
    },
    {
      row: '8', mistake: 'an attestation in place of a signature', ...OF_POD, found: /found .*spdx/i, fixMust: /sign it as alice: cosign sign --key KEY IMAGE/,
      says: denial({ policies: BY_ALICE, evidence: [attested(spdxDocument({ at: NOW }))] }),
    },
    {
      row: '9', mistake: 'the certificate had expired when it was used', ...OF_POD, fixMust: /sign again while the certificate is valid/,
      says: denial({ policies: BY_CI, evidence: [byCi({ override: { log: { at: NOW - HOUR / 2 } } })] }),
    },
    {
      row: '9b', mistake: 'a short-lived certificate, and nothing that proves when it was used', ...OF_POD, fixMust: /sign with a transparency log or a timestamp authority/,
      says: denial({ policies: BY_CI, evidence: [byCi({ log: 'v2', tsa: false })] }),
    },
    {
      row: '10', mistake: 'the key has expired', ...OF_POD, fixMust: /sign it with a key or identity that counts today as alice/,
      says: denial({ policies: signer(TWO_KEYS) + policy({ signature: { by: ['alice'] } }), evidence: [byKey()] }),
    },
    {
      row: '11', mistake: 'the key is revoked', ...OF_POD, fixMust: /sign again with a credential that is not revoked/,
      says: denial({ policies: signer(REVOKED) + policy({ signature: { by: ['alice'] } }), evidence: [byKey()] }),
    },
    {
      row: '18', mistake: 'upper case in the name of the image', artifact: 'Ghcr.io/Acme/App', path: 'spec.containers[0].image', policy: { none: 'a name that cannot be read is judged by no policy' }, fixMust: /lower case/,
      says: async (world) => (await world.pod('Ghcr.io/Acme/App')).text,
    },
    {
      row: '29', mistake: 'no policy speaks about the image', artifact: 'registry.example/other/app:1', path: 'spec.containers[0].image', policy: { none: 'there is none, which is what is told' }, fixMust: /use an artifact that a policy allows, or ask the owner of the policies/,
      says: async (world) => (await world.pod('registry.example/other/app:1')).text,
    },
    {
      row: '30', mistake: 'the policy is for other namespaces', artifact: 'acme/elsewhere@', path: 'spec.containers[0].image', policy: /\bacme\b/, fixMust: /ask its owner to extend that policy/,
      async says(world) {
        const made = await world.image(world.registry, 'acme/elsewhere', { made: makeImage({ seed: 'elsewhere' }) });
        const namespacesFile = world.file('namespaces.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {env: test}}\n');
        const server = await world.serve({ namespacesFile }, world.documents([world.registry.host], { namespaces: { matchLabels: { env: 'prod' } } }));
        return (await world.pod(`${world.registry.host}/acme/elsewhere@${made.digest}`, server)).text;
      },
    },
    {
      row: '30b', mistake: 'the labels of the namespace are not known', artifact: 'acme/labels@', path: 'spec.containers[0].image', policy: /acme/, fixMust: /ask an administrator of Gatehouse to check that it may list and watch namespaces/,
      async says(world) {
        const made = await world.image(world.registry, 'acme/labels', { made: makeImage({ seed: 'labels' }) });
        const server = await world.serve({}, world.documents([world.registry.host], { namespaces: { matchLabels: { env: 'prod' } } }));
        return (await world.pod(`${world.registry.host}/acme/labels@${made.digest}`, server)).text;
      },
    },
    {
      row: '31', mistake: 'two policies ask for different signers', artifact: 'acme/two@', path: 'spec.containers[0].image', policy: /policy acme \/ signed[^]*policy second \/ signed/, fixMust: /sign it as alice|bob/,
      async says(world) {
        const made = await world.image(world.registry, 'acme/two', { signed: false, made: makeImage({ seed: 'two' }) });
        const second = JSON.stringify({ apiVersion: 'gatehouse.dev/v1alpha1', kind: 'ClusterArtifactPolicy', metadata: { name: 'second' }, spec: { artifacts: [{ image: `${world.registry.host}/**` }], require: [{ name: 'signed', signature: { by: ['bob'] } }] } });
        const server = await world.serve({}, `${world.documents([world.registry.host])}${keySigner('bob', bob)}${second}`);
        return (await world.pod(`${world.registry.host}/acme/two@${made.digest}`, server)).text;
      },
    },
    {
      row: '40', mistake: 'the image of one platform, beside a tag whose index is signed', ...atAcme, artifact: 'acme/platform:v1@', fixMust: /index/,
      says: (world) => platform(world, ':v1'),
    },
    {
      row: '40b', mistake: 'the image of one platform, without a tag', ...atAcme, artifact: 'acme/platform@', fixMust: /index|sign/,
      says: (world) => platform(world, ''),
    },
    {
      row: '41', mistake: 'an index of which only the images are signed', ...atAcme, artifact: 'acme/children@', fixMust: /sign the index as well|own digest/,
      async says(world) {
        const made = makeIndex({ seed: 'children' });
        await world.image(world.registry, 'acme/children', { signed: false, made });
        for (const child of made.children) await world.sign(world.registry, 'acme/children', child);
        return (await world.pod(`${world.registry.host}/acme/children@${made.digest}`)).text;
      },
    },
    {
      row: '42', mistake: 'a bundle of a version that nobody knows', ...OF_POD, fixMust: /cosign 3/,
      says: denial({ policies: BY_ALICE, evidence: [byKey({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.9+json' })] }),
    },
    { row: '43', mistake: '300 containers of one unsigned image', ...MANY, fixMust: /sign it as alice/, says: (world) => pods(world, 300) },
    { row: '43b', mistake: '3000 containers', artifact: { none: 'no artifact is judged' }, path: 'spec', policy: { none: 'it happens before any policy is asked' }, fixMust: /split the object/, says: (world) => pods(world, 3000) },
    {
      row: '54', mistake: 'the signature was changed', ...OF_POD, found: /found .*referrer/, fixMust: /sign it again as alice/,
      says: denial({ policies: BY_ALICE, evidence: [byKey({ override: { signingKey: stranger } })] }),
    },
    {
      row: '55', mistake: 'not in the transparency log', ...OF_POD, fixMust: /upload to the transparency log/,
      says: denial({ policies: LOGGED, evidence: [byKey()] }),
    },
    {
      row: '55b', mistake: 'keyless, and not in a log of the trust root', ...OF_POD, fixMust: /upload to a transparency log/,
      says: denial({ policies: BY_CI, evidence: [byCi({ log: 'none', tsa: true })] }),
    },
    {
      row: '56', mistake: 'a certificate by the CA of somebody else', ...OF_POD, fixMust: /build it with the workflow under "expected"/,
      says: denial({ policies: BY_CI, evidence: [byCi({}, elsewhere)] }),
    },
    {
      row: '67', mistake: 'signed by one of two people', ...OF_POD, fixMust: /have further signers sign the same digest: bob/,
      says: denial({ policies: SIGNERS + policy({ signature: { by: ['alice', 'bob'], threshold: 2 } }), evidence: [bundleEvidence(keyBundle(signing, { key: alice, digest: DIGEST }))] }),
    },
  ],
};

/** A pod that names an image of one platform of a signed index by its digest. */
async function platform(world: FixWorld, tag: string): Promise<string> {
  const made = makeIndex({ seed: 'platform' });
  await world.image(world.registry, 'acme/platform', { made });
  return (await world.pod(`${world.registry.host}/acme/platform${tag}@${made.children[0]?.digest ?? ''}`)).text;
}
