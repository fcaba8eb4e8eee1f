import type { BareRepository } from './bare-repository.ts';

/** What the forge remembers: one repository and what each family of routes keeps beside it. */
export class ForgeState {
  readonly owner: string;
  readonly repo: string;
  readonly git: BareRepository;
  /** Branches that nobody may update, with the message of GitHub. */
  readonly protectedRefs = new Map<string, string>();
  readonly #families = new Map<new () => object, object>();
  readonly #refLog = new Map<string, { readonly at: number; readonly sha: string }[]>();
  #nextId = 1000;

  constructor(owner: string, repo: string, git: BareRepository) {
    this.owner = owner;
    this.repo = repo;
    this.git = git;
  }

  /** The one `Family` of this forge, made on first use. */
  of<Family extends object>(family: new () => Family): Family {
    const known = this.#families.get(family) as Family | undefined;
    if (known !== undefined) return known;
    const made = new family();
    this.#families.set(family, made);
    return made;
  }

  /** Moves `ref` as `BareRepository.swapRef` does and remembers when. */
  async swapRef(ref: string, sha: string, old: string | undefined): Promise<boolean> {
    if (!(await this.git.swapRef(ref, sha, old))) return false;
    const log = this.#refLog.get(ref) ?? [];
    log.push({ at: performance.now(), sha });
    this.#refLog.set(ref, log);
    return true;
  }

  /** What `ref` showed `ms` milliseconds ago; undefined when it didn't exist, or was made by other means than the API. */
  refAsOf(ref: string, ms: number): string | undefined {
    const then = performance.now() - ms;
    return this.#refLog.get(ref)?.findLast(({ at }) => at <= then)?.sha;
  }

  /** Ids as GitHub's: positive, ascending, unique over all kinds. */
  nextId(): number {
    return this.#nextId++;
  }
}
