import js from '@eslint/js'
import tseslint from 'typescript-eslint'

const numeric = ['packages/{random,wasm,sampler,diagnostics,combiners,model}/src/**/*.ts', 'examples/*/model.ts']

/** `Math.pow`, `**` and `Math.atan` give other bits on other versions of V8 and other processors; draws must not depend on them. */
const unportable = {
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'pow', message: 'Not bit-reproducible across V8 versions: multiply, or use sqrt and exp.' },
    { object: 'Math', property: 'atan', message: 'Not bit-reproducible across platforms.' },
    { object: 'Math', property: 'atan2', message: 'Not bit-reproducible across platforms.' },
    { object: 'Math', property: 'random', message: 'Not seeded: use @chorale/random.' },
    { object: 'Date', property: 'now', message: 'No clock enters a chain.' },
  ],
  'no-restricted-syntax': [
    'error',
    {
      selector: "BinaryExpression[operator='**']",
      message: 'Not bit-reproducible for fractional exponents: multiply, or use sqrt and exp.',
    },
  ],
}

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/runs/**', 'coverage/**'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: ['error', 'always'],
      'no-restricted-imports': ['error', { paths: [{ name: 'execa', message: 'Only core/src/exec.ts starts processes.' }] }],
    },
  },
  { files: numeric, rules: unportable },
  { files: ['packages/core/src/exec.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['**/*.mjs', '**/*.js'],
    // A plugin's own `/* global */` line is right where nobody has this file.
    rules: { 'no-redeclare': ['error', { builtinGlobals: false }] },
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        TextDecoder: 'readonly',
        TextEncoder: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        setImmediate: 'readonly',
      },
    },
  },
)
