/** What cannot be asked, and what cannot be proven, are findings of their own: neither is "unsigned". */
import type { PackageUrl } from '../../domain/artifact/package-url.ts';
import type { FetchProblem } from '../../domain/ports.ts';
import type { EcosystemName } from './ecosystem.ts';

/** An ecosystem that could be asked, if somebody said where: whether there is evidence is open. */
export function notConfigured(ecosystem: EcosystemName): FetchProblem {
  return {
    code: 'FETCH_NOT_CONFIGURED', source: ecosystem, found: `no address of the ecosystem ${ecosystem}`,
    expected: `packages: [{ecosystem: ${ecosystem}, url: …}] in the configuration, or --packages ${ecosystem}=URL on the command line`,
  };
}

/** A type of package whose ecosystem nobody here knows how to ask: there is only what is brought along. */
export function silentType({ type, name }: PackageUrl): FetchProblem {
  return {
    code: 'VERIFY_ECOSYSTEM_SILENT', source: name, found: `a package of the type ${type}`,
    cause: `no ecosystem of the type ${type} is known that could prove anything; only evidence that is brought along counts`,
    fix: 'hand over evidence with the question (a Sigstore bundle that speaks about this digest)',
  };
}

/** The ecosystem answered, and can prove no more than that everybody gets the same bytes. */
export function silent(source: string, found: string, cause: string): FetchProblem {
  return { code: 'VERIFY_ECOSYSTEM_SILENT', source, found, cause };
}
