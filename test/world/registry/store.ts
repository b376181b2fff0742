import { createHash } from 'node:crypto';

/** A manifest as pushed. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Content of one repository, by digest; tags point to manifests. */
export interface RepositoryContent {
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
  readonly blobs: Map<string, Uint8Array>;
}

/** All repositories of a test registry, in memory. */
export interface ContentStore {
  repository(name: string): RepositoryContent;
  has(name: string): boolean;
  putManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): string;
  putBlob(repository: string, bytes: Uint8Array): string;
  getManifest(repository: string, reference: string): StoredManifest | undefined;
  /** Descriptors of the manifests whose `subject` is this digest, as the referrers API lists them. */
  referrers(repository: string, subject: string): Record<string, unknown>[];
}

/** `sha256:` digest of bytes, as registries name content. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

interface ReferringManifest {
  readonly subject?: { readonly digest?: string };
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly annotations?: object;
}

function read(bytes: Uint8Array): ReferringManifest | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as ReferringManifest;
  } catch {
    // Tests push manifests that are no JSON; those refer to nothing.
    return undefined;
  }
}

/** An empty store. */
export function createStore(): ContentStore {
  const repositories = new Map<string, RepositoryContent>();
  /** Digests of the manifests that name a subject, by repository and subject: a large repository is not searched. */
  const subjects = new Map<string, Set<string>>();

  function repository(name: string): RepositoryContent {
    let content = repositories.get(name);
    if (content === undefined) {
      content = { manifests: new Map(), tags: new Map(), blobs: new Map() };
      repositories.set(name, content);
    }
    return content;
  }

  return {
    repository,
    has: (name) => repositories.has(name),
    putManifest(name, reference, bytes, mediaType) {
      const content = repository(name);
      const byDigest = /^sha(256|512):/.test(reference);
      const digest = reference.startsWith('sha512:') ? `sha512:${createHash('sha512').update(bytes).digest('hex')}` : sha256(bytes);
      content.manifests.set(digest, { digest, mediaType, bytes });
      const subject = read(bytes)?.subject?.digest;
      if (subject !== undefined) subjects.set(`${name}@${subject}`, (subjects.get(`${name}@${subject}`) ?? new Set()).add(digest));
      if (!byDigest) content.tags.set(reference, digest);
      return digest;
    },
    putBlob(name, bytes) {
      const digest = sha256(bytes);
      repository(name).blobs.set(digest, bytes);
      return digest;
    },
    getManifest(name, reference) {
      const content = repositories.get(name);
      return content?.manifests.get(content.tags.get(reference) ?? reference);
    },
    referrers(name, subject) {
      const found: Record<string, unknown>[] = [];
      const { manifests } = repository(name);
      for (const digest of subjects.get(`${name}@${subject}`) ?? []) {
        const manifest = manifests.get(digest);
        if (manifest === undefined) continue;
        const json = read(manifest.bytes);
        found.push({ mediaType: manifest.mediaType, digest, size: manifest.bytes.length, artifactType: json?.artifactType || json?.config?.mediaType, annotations: json?.annotations });
      }
      return found;
    },
  };
}
