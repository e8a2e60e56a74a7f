/** One kind of recorded case: how it is answered, and how an answer is held against the record. */
export interface ConformanceKind<Case, Expect> {
  /**
   * Answers a case from its inputs alone. The runner takes `expect` away before it calls,
   * so that no answer can come from the record.
   */
  answer(input: Case, worlds: Worlds): unknown;
  /**
   * Measures one answer: true or false for each measure that applies to the case. The name
   * is the row of the table. `input` is the whole case.
   */
  compare(
    expect: Expect,
    answer: unknown,
    input: Case & { expect: Expect },
  ): Record<string, boolean>;
}

/** The declared worlds of the admission corpora (`worlds.json`). */
export interface Worlds {
  readonly cluster: readonly Record<string, unknown>[];
  readonly namespaces: Readonly<Record<string, readonly Record<string, unknown>[]>>;
}
