import type { Reporter, SerializedError, TestModule, TestRunEndReason } from "vitest/node";

/** Prints `N passed, N failed` as the very last line, so that a script can read the outcome.
 *  A module that fails outside its tests, an unhandled error and an interrupted run each count as a failure. */
export default class CountReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    let passed = 0;
    let failed = errors.length;
    for (const module of modules) {
      let failedHere = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed += 1;
        else if (state === "failed") failedHere += 1;
      }
      failed += failedHere === 0 && module.state() === "failed" ? 1 : failedHere;
    }
    if (reason !== "passed" && failed === 0) failed = 1;
    process.once("exit", () => process.stdout.write(`\n${passed} passed, ${failed} failed\n`));
  }
}
