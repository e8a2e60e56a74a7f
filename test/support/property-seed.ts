// One seed for all property tests, so that a run of the tests depends on nothing but the code.
// `npm run fuzz` runs them under other seeds, and says which one found something.
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_260_628) });
