/** The shipped gate and guard in the form in which an API server reads them from files (KEP-5793): made from the shipped manifests, never by hand. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments, stringify } from 'yaml';

const DEPLOY = new URL('../../deploy/', import.meta.url);
const SUFFIX = '.static.k8s.io';
/** Objects that only such files can guard: no policy of the API is asked about them. */
const ADMISSION = {
  apiGroups: ['admissionregistration.k8s.io'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE', 'DELETE'],
  resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
};

interface Manifest {
  kind: string;
  metadata: { name: string; labels?: object };
  webhooks?: { name: string; clientConfig: object }[];
  spec?: { policyName?: string; matchConstraints?: { resourceRules: object[] }; variables?: { name: string; expression: string }[] };
}

function shipped(file: string, ...kinds: readonly string[]): Manifest[] {
  return parseAllDocuments(readFileSync(new URL(file, DEPLOY), 'utf8')).map((one) => one.toJS() as Manifest).filter(({ kind }) => kinds.includes(kind));
}

/** The webhooks of pods and of our own resources, asked by a URL. */
export function staticWebhooks(url = 'https://gatehouse.example.internal:8443/validate', caBundle = '<the CA of its certificate, base64 of PEM>'): string {
  const all = ['manifests/install.yaml', 'resources/webhook.yaml'].flatMap((file) => shipped(file, 'ValidatingWebhookConfiguration'));
  return text('The gate as files of the API server: there before it answers anybody, and out of the reach of whoever writes to it. Where Gatehouse is\n# reached has to be a URL, since the network of Services may not be there yet; set it, and the CA.', all.map((one) => ({
    ...one, metadata: { ...one.metadata, name: `${one.metadata.name}${SUFFIX}` },
    webhooks: one.webhooks?.map((webhook) => ({ ...webhook, clientConfig: { url, caBundle } })),
  })));
}

/** The guard and four eyes, and the guard of the guard: who may change the policies of the same names in the API. */
export function staticPolicies(): string {
  const all = ['manifests/guard.yaml', 'resources/four-eyes.yaml'].flatMap((file) => shipped(file, 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'));
  return text('The guard as files of the API server. Here it also guards the policies of the API that are called gatehouse, about which the API server\n# asks nobody else.', all.map((one) => {
    const renamed = { ...one, metadata: { ...one.metadata, name: `${one.metadata.name}${SUFFIX}` } };
    if (one.kind === 'ValidatingAdmissionPolicyBinding') return { ...renamed, spec: { ...one.spec, policyName: `${one.spec?.policyName}${SUFFIX}` } };
    return one.metadata.name === 'gatehouse-guard' ? withPolicies(renamed) : renamed;
  }));
}

/** The same guard over two kinds more: by name, as webhook configurations. */
function withPolicies(guard: Manifest): Manifest {
  const { spec } = guard;
  const webhooks = "'admissionregistration.k8s.io/mutatingwebhookconfigurations',\n";
  const names = "'admissionregistration.k8s.io/validatingadmissionpolicies', 'admissionregistration.k8s.io/validatingadmissionpolicybindings',\n";
  return {
    ...guard,
    spec: {
      ...spec,
      matchConstraints: { ...spec?.matchConstraints, resourceRules: [...(spec?.matchConstraints?.resourceRules ?? []), ADMISSION] },
      variables: (spec?.variables ?? []).map((one) =>
        (one.name === 'ours' ? { ...one, expression: one.expression.replace(webhooks.trimEnd(), `${webhooks}  ${names}`.trimEnd()) } : one)),
    },
  };
}

function text(head: string, objects: readonly object[]): string {
  const said = '# Made from deploy/manifests and deploy/resources by test/unit/deploy/static.test.ts (npx vitest run test/unit/deploy/static.test.ts -u).\n';
  return `# ${head}\n#\n${said}${objects.map((one) => stringify(one, { lineWidth: 130 })).join('---\n')}`;
}
