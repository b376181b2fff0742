/** The text of a first policy for those who know by whom their images are signed, and have none signed yet. */
import { UsageError } from '../context.ts';

/** By whom images are signed, as the flags say it; exactly one of them is there. */
export interface FirstSigner {
  /** Public keys, PEM. */
  readonly keys: readonly string[];
  readonly github?: string | undefined;
  readonly gitlab?: string | undefined;
  readonly email?: string | undefined;
  readonly issuer: string;
  readonly workflow: string;
}

/** A commented policy over images; throws {@link UsageError} for a text that is no repository, project, workflow or address. */
export function firstPolicy(signer: FirstSigner, images: readonly string[], name: string): string {
  const patterns = images.length > 0 ? images : usualImages(signer);
  if (patterns.length === 0) throw new UsageError('--image is missing: which images the policy is about');
  const list = patterns.map((pattern) => `    - image: ${JSON.stringify(pattern)}`);
  return [
    'apiVersion: gatehouse.dev/v1alpha1', 'kind: Signer', 'metadata:', `  name: ${name}-signer`, 'spec:', '  identities:',
    ...identity(signer),
    '  # This signer is believed about these images, and about no others.',
    '  mayCertify:',
    ...list,
    '---',
    'apiVersion: gatehouse.dev/v1alpha1', 'kind: ClusterArtifactPolicy', 'metadata:', `  name: ${name}`, 'spec:', '  artifacts:',
    ...list,
    '  # Admits, and warns where something is missing. Once the warnings are gone, write "mode: enforce": such images are then denied.',
    '  mode: warn',
    '  require:', '    - name: signed', '      signature:', `        by: [${name}-signer]`, '',
  ].join('\n');
}

function identity({ keys, github, gitlab, email, issuer, workflow }: FirstSigner): readonly string[] {
  if (github !== undefined) {
    held('--github', github, /^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/, 'OWNER/REPO');
    held('--workflow', workflow, /^[A-Za-z0-9._-]+\.ya?ml$/, 'the name of a file, such as release.yml');
    return [
      '    - keyless:',
      '        issuer: https://token.actions.githubusercontent.com',
      '        # This workflow, run for a tag. "*" does not cross "/": refs/tags/v1 matches, refs/pull/7/merge does not.',
      `        subjectGlob: ${JSON.stringify(`https://github.com/${github}/.github/workflows/${workflow}@refs/tags/*`)}`,
      '        claims:',
      '          runnerEnvironment: github-hosted',
      `          sourceRepositoryURI: ${JSON.stringify(`https://github.com/${github}`)}`,
    ];
  }
  if (gitlab !== undefined) {
    held('--gitlab', gitlab, /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)+$/, 'GROUP/PROJECT');
    return [
      '    - keyless:',
      '        issuer: https://gitlab.com',
      '        # The pipeline of this project, run for a tag.',
      `        subjectGlob: ${JSON.stringify(`https://gitlab.com/${gitlab}//.gitlab-ci.yml@refs/tags/*`)}`,
      '        claims:',
      `          sourceRepositoryURI: ${JSON.stringify(`https://gitlab.com/${gitlab}`)}`,
    ];
  }
  if (email !== undefined) {
    held('--email', email, /^[^\s@*]+@[^\s@*]+$/, 'an address');
    return ['    - keyless:', `        issuer: ${JSON.stringify(issuer)}`, `        subject: ${JSON.stringify(email)}`];
  }
  return keys.flatMap((pem) => ['    - key:', '        data: |', ...pem.trim().split(/\r?\n/).map((line) => `          ${line}`)]);
}

/** Where the images of a repository usually lie. */
function usualImages({ github, gitlab }: FirstSigner): readonly string[] {
  if (github !== undefined) return [`ghcr.io/${github.toLowerCase()}`];
  return gitlab === undefined ? [] : [`registry.gitlab.com/${gitlab.toLowerCase()}`];
}

function held(flag: string, text: string, form: RegExp, expected: string): void {
  if (!form.test(text)) throw new UsageError(`${flag} ${text}: expected ${expected}`);
}
