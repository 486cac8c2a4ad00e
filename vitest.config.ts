import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ["default", "./test/support/count-reporter.ts"],
    globalSetup: ["./test/support/global-setup.ts"],
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["{src,bench}/**/*.test.ts", "test/*.test.ts"], testTimeout: 10_000 },
      },
      {
        extends: true,
        test: { name: "properties", include: ["test/properties/**/*.test.ts"], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: { name: "contracts", include: ["test/contracts/**/*.test.ts"], testTimeout: 20_000 },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
