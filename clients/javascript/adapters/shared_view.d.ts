/** What is known of a query; `result` is undefined before the first. */
export interface Live<Result> {
  readonly result: Result | undefined;
  readonly error: string | undefined;
  readonly seq: number | undefined;
}
