/** Mistakes in what is sent, each with what becomes of it when the line is obeyed. */
import { podObject, podReview, objectReview, workloadReview } from '../../world/review.ts';
import type { FetchCode, ObeyCase, ObeyCases } from './fetch.ts';
import type { FixWorld, Said } from './fetch-world.ts';

type InputCode = Extract<FetchCode, `${'INPUT' | 'SELECT' | 'ENGINE'}_${string}`>;

const good = async (world: FixWorld): Promise<string> => {
  const { digest } = await world.image(world.registry, 'acme/input');
  return `${world.registry.host}/acme/input@${digest}`;
};

/** A review that is posted as this text, and what is posted when the line is obeyed. */
function posted(fix: RegExp, wrong: (text: string) => string | Buffer, says?: RegExp, headers?: Readonly<Record<string, string>>): ObeyCases {
  const run: ObeyCase['run'] = async (world) => {
    const text = JSON.stringify(podReview({ images: [await good(world)] }));
    return { refused: await world.post(wrong(text), headers), obey: () => world.post(text) };
  };
  return { 'a review over HTTPS': { fix, run, ...(says === undefined ? {} : { says }) } };
}

/** A pod that the change spoils. */
function changed(fix: RegExp, change: (pod: Record<string, never>, request: Record<string, never>) => void, says?: RegExp): ObeyCases {
  const run: ObeyCase['run'] = async (world) => {
    const review = (): ReturnType<typeof podReview> => podReview({ images: ['nothing'], namespace: 'shop' });
    const image = await good(world);
    const [wrong, right] = [review(), review()].map((one) => JSON.parse(JSON.stringify(one).replaceAll('"nothing"', JSON.stringify(image))) as { request: Record<string, never> & { object: Record<string, never> } });
    if (wrong === undefined || right === undefined) throw new Error('two reviews');
    change(wrong.request.object, wrong.request);
    return { refused: await world.review(wrong), obey: () => world.review(right) };
  };
  return { 'a pod': { fix, run, ...(says === undefined ? {} : { says }) } };
}

const firstOf = (pod: Record<string, unknown>): unknown => (pod['spec'] as { containers: readonly unknown[] }).containers[0];
const set = (value: unknown, more: object): void => void Object.assign(value as object, more);

/** Warnings have one line; what helps is told by the command that every message leads to. */
async function explained(world: FixWorld, said: Said, code: InputCode): Promise<Said> {
  const { text } = await world.command('explain', code);
  return { ...said, text: `${said.text}\n${text.split('\n').filter((line) => /^fix/i.test(line.trim())).map((line) => `${line} [${code}]`).join('\n')}` };
}

export const INPUT_FIXES: Readonly<Record<InputCode, ObeyCases>> = {
  INPUT_JSON_INVALID: posted(/send one JSON document encoded as UTF-8/, (text) => text.slice(0, -3)),
  INPUT_KEY_DUPLICATE: posted(/send every key once/, (text) => text.replace('"kind":', '"kind":"x","kind":')),
  INPUT_KEY_FORBIDDEN: posted(/remove the key/, (text) => text.replace('"request":', '"__proto__":{},"request":')),
  INPUT_TOO_DEEP: posted(/at most 512 levels/, (text) => text.replace('"request":', `"deep":${'['.repeat(600)}${']'.repeat(600)},"request":`)),
  INPUT_TOO_MANY_PARTS: posted(/fewer fields/, (text) => text.replace('"request":', `"many":[${'0,'.repeat(1_100_000)}0],"request":`)),
  INPUT_TOO_LARGE: {
    'a smaller object': {
      fix: /send a smaller object/,
      async run(world) {
        const text = JSON.stringify(podReview({ images: [await good(world)] }));
        return { refused: await world.post(`${text}${' '.repeat(9 * 1024 * 1024)}`), obey: () => world.post(text) };
      },
    },
    'a larger limit, by an administrator': {
      fix: /ask an administrator of Gatehouse to raise limits\.bodyBytes/,
      async run(world) {
        const text = `${JSON.stringify(podReview({ images: [await good(world)] }))}${' '.repeat(9 * 1024 * 1024)}`;
        const larger = await world.serve({ 'limits.bodyBytes': '16MiB' });
        return {
          refused: await world.post(text),
          obey: async () => {
            const answer = await larger.post('/validate?timeout=30s', text);
            return { allowed: (JSON.parse(answer.text) as { response: { allowed: boolean } }).response.allowed, text: answer.text };
          },
        };
      },
    },
  },
  INPUT_CONTENT_TYPE: posted(/send Content-Type: application\/json/, (text) => text, /expected Content-Type/, { 'content-type': 'text/plain' }),
  INPUT_NOT_A_REVIEW: posted(/send an AdmissionReview of admission\.k8s\.io\/v1/, () => JSON.stringify(podObject({ images: ['a'] }))),
  INPUT_PATH_UNKNOWN: {
    'another path': {
      fix: /one of the paths that are named/, says: /POST \/validate/,
      async run(world) {
        const text = JSON.stringify(podReview({ images: [await good(world)] }));
        const wrong = JSON.parse((await world.server.post('/validateX', text)).text) as { code: string; message: string; fix: string };
        return { refused: { allowed: false, text: `${wrong.message}\nfix: ${wrong.fix} [${wrong.code}]` }, obey: () => world.post(text) };
      },
    },
  },
  INPUT_METHOD: {
    'another method': {
      fix: /reviews are sent with POST/, says: /expected POST, found GET/,
      async run(world) {
        const text = JSON.stringify(podReview({ images: [await good(world)] }));
        const wrong = JSON.parse((await world.server.get('/validate')).text) as { code: string; message: string; fix: string };
        return { refused: { allowed: false, text: `${wrong.message}\nfix: ${wrong.fix} [${wrong.code}]` }, obey: () => world.post(text) };
      },
    },
  },
  INPUT_UID_MISSING: posted(/send request\.uid/, (text) => text.replace(/"uid":"[^"]*"/, '"uid":""')),
  INPUT_OBJECT_UNREADABLE: changed(/correct the field that is named/, (pod) => set(pod['spec'], { containers: 'x' }), /spec\.containers .* expected a list with at least one container found a string/),
  INPUT_IMAGE_MISSING: changed(/set the image/, (pod) => set(firstOf(pod), { image: undefined })),
  INPUT_IMAGE_PLACEHOLDER: {
    'a template that is left open, whose pod is judged': {
      fix: /write the image, or leave it: the pod is judged when it is made/,
      async run(world) {
        const image = await good(world);
        const review = JSON.stringify(workloadReview('Deployment', { images: [image] }));
        const said = await world.review(JSON.parse(review.replaceAll(JSON.stringify(image), '"auto"')) as unknown);
        return { refused: await explained(world, said, 'INPUT_IMAGE_PLACEHOLDER'), obey: () => world.review(JSON.parse(review) as unknown) };
      },
    },
  },
  INPUT_IMAGE_INVALID: changed(/host\/path:tag or host\/path@sha256:… in lower case/, (pod) => set(firstOf(pod), { image: 'Ghcr.io/Acme/App' })),
  INPUT_KIND_MISMATCH: changed(/apiVersion and kind agree with the request/, (pod) => set(pod, { kind: 'Deployment' })),
  INPUT_NAMESPACE_MISMATCH: changed(/set it to the namespace of the request/, (pod) => set(pod['metadata'], { namespace: 'other' })),
  INPUT_KIND_UNKNOWN: {
    'containers at a place that nobody reads': {
      fix: /leave the containers out, or ask an administrator of Gatehouse/, says: /has 2 containers at a place that is not read/,
      async run(world) {
        const object = (spec: object): Record<string, unknown> => ({ apiVersion: 'other.dev/v1', kind: 'Other', metadata: { name: 'o', namespace: 'shop' }, spec });
        const ask = (spec: object): Promise<Said> => world.review(objectReview(object(spec), 'others', { namespace: 'shop', name: 'o' }));
        return { refused: await ask({ template: { spec: { containers: ['a', 'b'] } } }), obey: () => ask({}).then(({ allowed }) => ({ allowed, text: '' })) };
      },
    },
  },
  INPUT_KIND_UNREAD: {
    'a kind without images is let through, and nothing is said to be violated': {
      fix: /could not verify.*an administrator of Gatehouse.*judged when they are made/, says: /Other shop\/o: .*image seen in it/,
      async run(world) {
        const object = { apiVersion: 'other.dev/v1', kind: 'Other', metadata: { name: 'o', namespace: 'shop' }, spec: { size: 3 } };
        const image = await good(world);
        const said = await world.review(objectReview(object, 'others', { namespace: 'shop', name: 'o' }));
        if (!said.allowed) throw new Error('a warning denies nothing');
        return { refused: await explained(world, said, 'INPUT_KIND_UNREAD'), obey: () => world.pod(image) };
      },
    },
  },
  INPUT_TOO_MANY_ARTIFACTS: {
    'a pod with thousands of containers': {
      fix: /split the object/, says: /expected at most/,
      async run(world) {
        const image = await good(world);
        return { refused: await world.review(podReview({ images: Array.from({ length: 3000 }, () => image) })), obey: () => world.pod(image) };
      },
    },
  },
  SELECT_NO_POLICY: {
    'a pod with an image that a policy allows': {
      fix: /use an artifact that a policy allows/,
      async run(world) {
        const image = await good(world);
        return { refused: await world.pod('registry.example/other/app:1'), obey: () => world.pod(image) };
      },
    },
    'the owner of the policies adds one': {
      fix: /ask the owner of the policies to add one that speaks about this artifact/,
      async run(world) {
        const { digest } = await world.image(world.registry, 'new/app');
        const image = `${world.registry.host}/new/app@${digest}`;
        const wider = await world.serve({}, world.documents([world.registry.host]).replaceAll('/acme/**', '/**'));
        return { refused: await world.pod(image), obey: () => world.pod(image, wider) };
      },
    },
    'a command line names the policies': {
      fix: /add a policy whose artifacts match it/,
      async run(world) {
        const { digest } = await world.image(world.registry, 'new/app');
        const image = `${world.registry.host}/new/app@${digest}`;
        const added = world.file('added.yaml', world.documents([world.registry.host]).replaceAll('/acme/**', '/new/**').replaceAll('"acme"', '"new"').replaceAll('"alice"', '"alice-new"'));
        const flags = ['--plain-http', world.registry.host];
        return { refused: await world.verify(image, ...flags), obey: () => world.verify(image, ...flags, '-p', added) };
      },
    },
  },
  SELECT_LABELS_UNKNOWN: {
    'a command line is given the namespace': {
      fix: /with -n NAMESPACE and --namespaces FILE/,
      async run(world) {
        const image = await good(world);
        const policies = world.file('labels.yaml', world.documents([world.registry.host], { namespaces: { matchLabels: { env: 'prod' } } }));
        const namespaces = world.file('namespaces.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: prod}}\n');
        const base = ['verify', image, '-p', policies, '--plain-http', world.registry.host];
        return { refused: await world.command(...base, '-n', 'shop'), obey: () => world.command(...base, '-n', 'shop', '--namespaces', namespaces) };
      },
    },
    'an administrator lets the server see namespaces': {
      fix: /ask an administrator of Gatehouse to check that it may list and watch namespaces/,
      async run(world) {
        const image = await good(world);
        const documents = world.documents([world.registry.host], { namespaces: { matchLabels: { env: 'prod' } } });
        const namespacesFile = world.file('seen.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {env: prod}}\n');
        const [blind, seeing] = [await world.serve({}, documents), await world.serve({ namespacesFile }, documents)];
        return { refused: await world.pod(image, blind), obey: () => world.pod(image, seeing) };
      },
    },
  },
  ENGINE_DEADLINE: {
    'the next try is faster': {
      fix: /could not verify, retry; what was verified is kept, so the next try is faster/,
      async run(world) {
        const image = await good(world);
        const off = world.registry.fault({ path: /acme\/input/, behaviour: { kind: 'delay', ms: 2500 } });
        const fresh = await world.serve({});
        const { allowed, status } = await fresh.validate(podReview({ images: [image] }), '?timeout=1s');
        off();
        return { refused: { allowed, text: status?.message ?? '' }, obey: () => world.pod(image, fresh) };
      },
    },
  },
  ENGINE_OVERLOADED: {
    'a retry when there is room': {
      fix: /could not verify, retry/,
      async run(world) {
        const image = await good(world);
        const small = await world.serve({ 'limits.maxInFlight': 1 });
        const off = world.registry.fault({ path: /acme\/waits/, behaviour: { kind: 'hang' } });
        const waiting = Array.from({ length: 12 }, (_, n) => small.validate(podReview({ images: [`${world.registry.host}/acme/waits${n}:v1`], namespace: `n${n}` }), '?timeout=3s'));
        const answers = await Promise.all(waiting);
        off();
        const turned = answers.find(({ status }) => status?.message.includes('[ENGINE_OVERLOADED]') === true);
        return { refused: { allowed: false, text: turned?.status?.message ?? 'nobody was turned away' }, obey: () => world.pod(image, small) };
      },
    },
  },
  ENGINE_FAULT: {
    'a fault of our own that does not last': {
      fix: /could not verify, retry; report it with the reference when it lasts/,
      async run(world) {
        const image = await good(world);
        const faulty = await world.serve({}, undefined, { admit: () => () => Promise.reject(new Error('a fault')) });
        const answer = await faulty.post('/validate', JSON.stringify(podReview({ images: [image] })));
        const read = JSON.parse(answer.text) as { code?: string; message?: string; fix?: string };
        return { refused: { allowed: false, text: `${read.message ?? answer.text}\nfix: ${read.fix ?? ''} [${read.code ?? ''}]` }, obey: () => world.pod(image) };
      },
    },
  },
};
