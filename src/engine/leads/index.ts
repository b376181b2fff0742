/** All kinds of leads, each with its rules. */
import type { Context } from '../context.ts';
import { IMAGE } from './image.ts';
import type { Leads } from './lead.ts';
import { REVISION } from './revision.ts';

/** Every kind of lead and its rules. Handed into the context of a request, because judging a lead may lead to judging others. */
export const LEADS: Leads<Context> = { image: IMAGE, revision: REVISION };
