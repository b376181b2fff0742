/** Who reads what: a repository together with the credentials of one request. */
import type { Repository } from '../../net/reachability.ts';
import type { Access } from '../credentials/keychain.ts';

/** A repository together with the credentials of one request. */
export interface Reader {
  readonly repository: Repository;
  readonly access: Access;
  /** Tokens are asked for that let it write as well; everything else only reads. */
  readonly writes?: true;
}
